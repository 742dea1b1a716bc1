package schedule

import (
	"iter"
	"regexp"
	"strings"
)

// property is a content line (RFC 5545, 3.1) with a name that counts.
type property struct {
	// name is in upper case.
	name string
	// line is its number in the file, as an editor shows it.
	line int
	// rest is what follows the name: parameters, colon and value.
	rest string
}

// text returns the value: what follows the first colon that no quotes enclose, or the
// first one at all.
func (p property) text() string {
	colon := valueColon(p.rest)
	if colon < 0 {
		colon = strings.IndexByte(p.rest, ':')
	}
	return strings.TrimSpace(p.rest[colon+1:])
}

// aDate is the beginning of a value with dates or times.
var aDate = regexp.MustCompile(`^\s*\d{4}-?\d\d-?\d\d`)

// times returns the value of a property with dates or times, and its parameters. Some
// programs write parameters with a colon and no quotes: TZID=GMT+05:30.
func (p property) times() (value, parameters string) {
	colon := valueColon(p.rest)
	if colon < 0 || !aDate.MatchString(p.rest[colon+1:]) {
		for i := range len(p.rest) {
			if p.rest[i] == ':' && aDate.MatchString(p.rest[i+1:]) {
				colon = i
				break
			}
		}
	}
	if colon < 0 {
		colon = strings.IndexByte(p.rest, ':')
	}
	return p.rest[colon+1:], p.rest[:colon]
}

// parameter returns the first value of a parameter, "" for none.
func parameter(parameters, name string) string {
	for part := range outside(parameters, ';') {
		if key, value, found := strings.Cut(part, "="); found && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.Trim(value, "\" \t")
		}
	}
	return ""
}

// valueColon returns the index of the first colon that no quotes enclose, or -1.
func valueColon(rest string) int {
	quoted := false
	for i := range len(rest) {
		switch rest[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				return i
			}
		}
	}
	return -1
}

// outside yields the parts of a text between separators that no quotes enclose.
func outside(text string, separator byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		begin, quoted := 0, false
		for i := range len(text) {
			switch {
			case text[i] == '"':
				quoted = !quoted
			case text[i] == separator && !quoted:
				if !yield(text[begin:i]) {
					return
				}
				begin = i + 1
			}
		}
		yield(text[begin:])
	}
}

// The faults of a line, with the form that is right.
const (
	faultForm   = "not NAME:VALUE: begin a line that continues the one before with a blank"
	faultName   = "invalid name: use letters, digits and hyphens, and no blank before the colon"
	faultQuotes = "misplaced quotes: use them only around the whole value of a parameter"
)

// readLine reads a content line. It returns the name in upper case, what follows it,
// and the fault of a line that breaks the grammar; the name is "" if that leaves nothing
// to use.
func readLine(line string) (name, rest, fault string) {
	end := strings.IndexAny(line, ":;")
	if end < 0 || strings.IndexByte(line[end:], ':') < 0 {
		return "", "", faultForm
	}
	name, rest = strings.TrimSpace(line[:end]), line[end:]
	if name == "" || strings.ContainsFunc(name, func(c rune) bool { return !isNameRune(c) && c != '_' }) {
		return "", "", faultForm
	}
	if name != line[:end] || strings.Contains(name, "_") {
		fault = faultName
	} else if misquoted(rest) {
		fault = faultQuotes
	}
	return strings.ToUpper(name), rest, fault
}

func isNameRune(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'
}

// misquoted reports whether the parameters before a value have quotes where none may be.
func misquoted(rest string) bool {
	quoted := false
	for i := range len(rest) {
		switch c := rest[i]; {
		case c == ':' && !quoted:
			return false
		case c != '"':
		case !quoted && (i == 0 || rest[i-1] != '=' && rest[i-1] != ','):
			return true
		case quoted && (i+1 == len(rest) || !strings.ContainsRune(",;:", rune(rest[i+1]))):
			return true
		default:
			quoted = !quoted
		}
	}
	return true
}

// contentLines yields the lines of a feed that are not blank, unfolded, with the number
// of the line on which each begins. All may be indented as the first one is.
func contentLines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		var parts []string
		begun, number, indent := 0, 0, ""
		give := func() bool {
			line := strings.TrimSpace(strings.Join(parts, ""))
			parts = parts[:0]
			return line == "" || yield(begun, line)
		}
		for line := range fileLines(text) {
			number++
			line = strings.TrimPrefix(line, "\ufeff")
			if trimmed := strings.TrimLeft(line, " \t"); begun == 0 && trimmed != "" {
				indent = line[:len(line)-len(trimmed)]
			}
			line = strings.TrimPrefix(line, indent)
			switch {
			case line == "":
			case len(parts) > 0 && (line[0] == ' ' || line[0] == '\t'):
				parts = append(parts, line[1:])
			default:
				if !give() {
					return
				}
				parts, begun = append(parts, line), number
			}
		}
		give()
	}
}

// fileLines yields the lines of a file without their ends: LF, CR LF, CR, or the CR CR LF
// of a program that wrote CR LF through another that adds a CR.
func fileLines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			end := strings.IndexAny(text, "\r\n")
			if end < 0 {
				yield(text)
				return
			}
			line, rest := text[:end], text[end+1:]
			for _, more := range []string{"\n", "\r\n"} {
				if text[end] == '\r' && strings.HasPrefix(rest, more) {
					rest = rest[len(more):]
					break
				}
			}
			if !yield(line) {
				return
			}
			text = rest
		}
	}
}
