package blacklist

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A line is an entry as text: RULE, KIND, CREATED, EXPIRES, ACTION, SOURCE, AUTHOR and
// REASON, separated by tabs and without other control characters. Times are Unix
// seconds, "" for none. Lines are in the order of their rules.
//
// A full line also has HITS and LAST_HIT if the entry has hits. Edits are a diff: a
// full line for each side, with - or + before it.

const (
	lineParts = 8
	// fullParts is the number of parts of a line with hits.
	fullParts = lineParts + 2
)

// AppendLine appends the line of an entry, without its hits.
func AppendLine(to []byte, entry *Entry) []byte {
	to = append(to, entry.Rule.String()...)
	to = append(append(to, '\t'), entry.Kind...)
	to = appendUnix(append(to, '\t'), entry.Created)
	to = appendUnix(append(to, '\t'), End(entry.Expires))
	for _, text := range [...]string{string(entry.Action), entry.Source, entry.Author, entry.Reason} {
		to = append(append(to, '\t'), Escape(text)...)
	}
	return to
}

// appendUnix appends a time. A list has none before 1970.
func appendUnix(to []byte, at time.Time) []byte {
	if at.IsZero() {
		return to
	}
	return strconv.AppendInt(to, max(0, at.Unix()), 10)
}

// AppendFullLine appends the line of an entry with its hits.
func AppendFullLine(to []byte, entry *Entry) []byte {
	to = AppendLine(to, entry)
	if entry.Hits == 0 && entry.LastHit.IsZero() {
		return to
	}
	to = strconv.AppendInt(append(to, '\t'), entry.Hits, 10)
	return appendUnix(append(to, '\t'), entry.LastHit)
}

// ParseLine reads what AppendLine or AppendFullLine wrote. The texts of the
// entry may be parts of the line. With an action that cannot be read, the entry
// has the default one and comes with the error; with any other error it is zero.
func ParseLine(line string) (entry Entry, err error) {
	parts, n := cutLine(line)
	if n != lineParts && n != fullParts {
		return Entry{}, fmt.Errorf("invalid line of the list: it has %d parts, not %d", n, lineParts)
	}
	if entry, err = parseParts(parts[:lineParts]); err != nil {
		return Entry{}, err
	}
	if n == fullParts {
		if entry.Hits, err = strconv.ParseInt(parts[8], 10, 64); err != nil {
			return Entry{}, fmt.Errorf("invalid number of hits %q", parts[8])
		}
		if entry.LastHit, err = parseUnix(parts[9]); err != nil {
			return Entry{}, err
		}
	}
	if action := parts[4]; action != "" {
		entry.Action, err = ParseAction(action)
	}
	return entry, err
}

// cutLine returns the parts of a line, and how many there are.
func cutLine(line string) (parts [fullParts]string, n int) {
	for more := true; more; n++ {
		var part string
		if part, line, more = strings.Cut(line, "\t"); n < len(parts) {
			parts[n] = part
		}
	}
	return parts, n
}

func parseParts(parts []string) (entry Entry, err error) {
	entry = Entry{Source: Unescape(parts[5]), Author: Unescape(parts[6]), Reason: Unescape(parts[7])}
	if entry.Rule, err = ParseRule(parts[0]); err != nil {
		return entry, err
	}
	if entry.Kind, err = ParseKind(parts[1]); err != nil {
		return entry, err
	}
	if entry.Created, err = parseUnix(parts[2]); err != nil {
		return entry, err
	}
	entry.Expires, err = parseUnix(parts[3])
	entry.Expires = End(entry.Expires)
	return entry, err
}

// AppendEdit appends the diff of an edit.
func AppendEdit(to []byte, edit Edit) []byte {
	return appendSide(appendSide(to, '-', edit.Before), '+', edit.After)
}

func appendSide(to []byte, mark byte, entry *Entry) []byte {
	if entry == nil {
		return to
	}
	return append(AppendFullLine(append(to, mark), entry), '\n')
}

// ParseEdits reads what AppendEdit wrote, one edit after the other. Lines that
// cannot be read are left out and are in the error.
func ParseEdits(diff string) (edits []Edit, err error) {
	var damaged []error
	for line := range strings.Lines(diff) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] != '-' && line[0] != '+' {
			damaged = append(damaged, fmt.Errorf("invalid line %q of a diff", line))
			continue
		}
		entry, err := ParseLine(line[1:])
		last := len(edits) - 1
		switch {
		case err != nil:
			damaged = append(damaged, err)
		case line[0] == '-':
			edits = append(edits, Edit{Rule: entry.Rule, Before: &entry})
		case last >= 0 && edits[last].After == nil && edits[last].Rule == entry.Rule:
			edits[last].After = &entry
		default:
			edits = append(edits, Edit{Rule: entry.Rule, After: &entry})
		}
	}
	return edits, errors.Join(damaged...)
}

func parseUnix(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return time.Time{}, fmt.Errorf("invalid time %q, not in Unix seconds", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// Escape escapes control characters and backslashes for a line.
func Escape(text string) string {
	clean := 0
	for clean < len(text) && !escaped(text[clean]) {
		clean++
	}
	if clean == len(text) {
		return text
	}
	var out strings.Builder
	out.WriteString(text[:clean])
	for i := clean; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\n':
			out.WriteString(`\n`)
		case escaped(c):
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func escaped(c byte) bool { return c < ' ' || c == 0x7f || c == '\\' }

// Unescape reverts Escape.
func Unescape(text string) string {
	before, rest, found := strings.Cut(text, `\`)
	if !found {
		return text
	}
	var out strings.Builder
	for found {
		out.WriteString(before)
		switch {
		case strings.HasPrefix(rest, "t"):
			out.WriteByte('\t')
			rest = rest[1:]
		case strings.HasPrefix(rest, "n"):
			out.WriteByte('\n')
			rest = rest[1:]
		case len(rest) >= 3 && rest[0] == 'x':
			if code, err := strconv.ParseUint(rest[1:3], 16, 8); err == nil {
				out.WriteByte(byte(code))
				rest = rest[3:]
			}
		}
		before, rest, found = strings.Cut(rest, `\`)
	}
	return out.String() + before
}
