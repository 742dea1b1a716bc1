package listfile

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxText is the maximum length of a text of an entry, in bytes.
	MaxText = 1000
	// maxShown is how much of a refused row is shown, in bytes.
	maxShown = 200
)

// line returns a text as one printable line, at most MaxText long. Other characters
// become blanks.
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

// words returns a line without blanks around it, for texts of other systems.
func words(text string) string { return line(strings.TrimFunc(text, isInvisible)) }

func isInvisible(c rune) bool { return c != utf8.RuneError && (!unicode.IsPrint(c) || c == ' ') }

// shown returns a refused row for a report.
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

// cut shortens a text to at most so many bytes, at the end of a character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

// bareNumber matches a rule or a number: its + is needed, and it is not a formula.
var bareNumber = regexp.MustCompile(`^\+\d+\*?(:to:\+?[\d*#]+)?$`)

// Protect puts an apostrophe before a cell that a spreadsheet would run as a formula,
// and before a cell that begins with an apostrophe, so that Unprotect can revert it.
// Numbers are not changed.
func Protect(cell string) string {
	if !startsFormula(cell) || bareNumber.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

// Unprotect reverts Protect. It does not change other apostrophes.
func Unprotect(cell string) string {
	if rest, found := strings.CutPrefix(cell, "'"); found && startsFormula(rest) {
		return rest
	}
	return cell
}

// startsFormula reports whether a cell begins as a formula does, in some spreadsheets
// with a wide character, or as a protected cell.
func startsFormula(cell string) bool {
	first, _ := utf8.DecodeRuneInString(cell)
	return strings.ContainsRune("=+-@'\t\r＝＋－＠", first)
}
