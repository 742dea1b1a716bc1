package listfile

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxText is the longest text that an entry keeps, in bytes.
	MaxText = 1000
	// maxShown is how much of a bad row is shown, in bytes.
	maxShown = 200
)

// line makes one printable line of a text: what is neither visible nor a
// plain blank becomes one. It is cut at MaxText.
func line(text string) string {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f || i >= MaxText {
			return cut(strings.Map(printable, text), MaxText)
		}
	}
	return text
}

func printable(c rune) rune {
	if unicode.IsPrint(c) {
		return c
	}
	return ' '
}

// words is a line without blanks around it, as other systems' texts are kept.
func words(text string) string { return line(strings.TrimFunc(text, unseen)) }

func unseen(c rune) bool { return c != utf8.RuneError && (!unicode.IsPrint(c) || c == ' ') }

// shown is a bad row as a report has it.
func shown(text []byte) string {
	more := len(text) > maxShown
	if more {
		text = text[:maxShown]
	}
	result := cut(strings.Map(printable, string(text)), maxShown)
	if more {
		result += "…"
	}
	return result
}

// cut shortens a text to at most so many bytes, between two characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// bareNumber is the text of a rule or a number: it needs its + and is no
// formula.
var bareNumber = regexp.MustCompile(`^\+\d+\*?(:to:\+?[\d*#]+)?$`)

// Protect puts an apostrophe before a cell that a spreadsheet would take for
// a formula, which may call out to anywhere, and before one that has an
// apostrophe already, so that the way back is known. Numbers stay as they
// are.
func Protect(cell string) string {
	if cell == "" || !suspicious(cell[0]) || cell[0] == '+' && bareNumber.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

// Unprotect takes away what Protect put before a cell, and leaves other
// apostrophes where they are.
func Unprotect(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && suspicious(cell[1]) {
		return cell[1:]
	}
	return cell
}

func suspicious(first byte) bool {
	switch first {
	case '=', '+', '-', '@', '\'':
		return true
	}
	return false
}
