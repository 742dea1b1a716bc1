package listfile

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// openPlain reads a number at the beginning of each line. What stands behind
// it, after a delimiter or as a comment, is the reason.
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

// plainLine parts a line into number and reason; both are "" if there is
// nothing but a comment.
func plainLine(text string) (number, reason string) {
	text, comment := uncommented(text)
	text = strings.TrimFunc(text, unseen)
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
		number = text // A line of delimiters holds no number, but is a line.
	}
	return number, reason
}

// parameter reports whether what follows a number belongs to its URI.
func parameter(rest string) bool {
	return strings.HasPrefix(rest, ";") && strings.Contains(rest, "=") && !strings.ContainsAny(rest, " ,")
}

// plainWords makes one text of the cells behind a number.
func plainWords(rest string) string {
	var cells []string
	for _, cell := range strings.FieldsFunc(rest, func(c rune) bool { return strings.ContainsRune(",;\t|", c) }) {
		if cell = strings.Trim(cell, ` "`); cell != "" {
			cells = append(cells, cell)
		}
	}
	return strings.Join(cells, ", ")
}

// uncommented cuts off a comment: a # at the start of a line, after a blank or
// delimiter, or before words. The # of a star code stays.
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

// looksPlain reports whether the first column of the first lines reads as a
// number. A line that parts several columns and doesn't begin with a number
// is a header that isn't known: then no column may be taken for the number
// because of where it stands.
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
