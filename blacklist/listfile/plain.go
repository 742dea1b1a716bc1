package listfile

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// openPlain reads a number at the beginning of each line. The text after a delimiter
// or in a comment is the reason.
func openPlain(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
	l.delimiter = whole
	return parsed(l, func(rec record, yield func(Row) bool) bool {
		number, reason := plainLine(string(rec.text))
		if number == "" && reason == "" {
			return true // a blank line or a comment
		}
		row := Row{Line: rec.line, Reports: 1}
		var problem *Problem
		if row.Entry.Rule.Pattern, problem = n.read(number); problem != nil {
			return yield(rec.refused(problem))
		}
		row.Entry.Kind, row.Entry.Reason = options.Kind, words(reason)
		return yield(row)
	})
}

// plainLine splits a line into number and reason; both are "" if it only has a comment.
func plainLine(text string) (number, reason string) {
	text, comment := uncommented(text)
	text = strings.TrimFunc(text, isInvisible)
	if text == "" {
		return "", ""
	}
	number, rest := text, ""
	if quoted, ok := strings.CutPrefix(text, `"`); ok && strings.Contains(quoted, `"`) {
		number, rest, _ = strings.Cut(quoted, `"`)
	} else if i := strings.IndexAny(text, ",;\t|"); i >= 0 && !parameter(text[i:]) {
		number, rest = text[:i], text[i:]
	}
	if reason = plainWords(rest); reason == "" {
		reason = comment
	}
	if number == "" && reason == "" {
		number = text // A line of delimiters is a row without a number.
	}
	return number, reason
}

// parameter reports whether the rest belongs to the URI of the number.
func parameter(rest string) bool {
	return strings.HasPrefix(rest, ";") && strings.Contains(rest, "=") && !strings.ContainsAny(rest, " ,")
}

// plainWords joins the cells after a number.
func plainWords(rest string) string {
	var cells []string
	for _, cell := range strings.FieldsFunc(rest, func(c rune) bool { return strings.ContainsRune(",;\t|", c) }) {
		if cell = strings.Trim(cell, ` "`); cell != "" {
			cells = append(cells, cell)
		}
	}
	return strings.Join(cells, ", ")
}

// uncommented splits off a comment: a # at the start of a line, after a blank or
// delimiter, or before a blank or letter. The # of a star code stays.
func uncommented(line string) (text, comment string) {
	for i, before := 0, ' '; i < len(line); {
		c, size := utf8.DecodeRuneInString(line[i:])
		after, _ := utf8.DecodeRuneInString(line[i+size:])
		if c == '#' && (unicode.IsSpace(before) || strings.ContainsRune(",;|", before) || unicode.IsSpace(after) || unicode.IsLetter(after)) {
			return line[:i], line[i+1:]
		}
		before = c
		i += size
	}
	return line, ""
}

// looksPlain reports whether most of the first lines begin with a number. If a line with
// several columns does not begin with a number, it is an unknown header: columns are
// never detected by their position.
func looksPlain(l *lines, options Options) bool {
	const sample = 20
	n := numbers{region: options.Region, impossible: true}
	good, all := 0, 0
	for all < sample {
		rec, ok := l.next()
		if !ok {
			break
		}
		decode(&rec)
		number, reason := plainLine(string(rec.text))
		if number == "" && reason == "" {
			continue
		}
		all++
		_, problem := n.read(number)
		switch {
		case problem == nil || problem.Cause == NoCountry || problem.Cause == TooLong:
			good++
		case good == 0 && bytes.ContainsAny(rec.text, ",;\t|"):
			return false
		}
	}
	return good > 0 && 2*good >= all
}
