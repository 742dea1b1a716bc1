package listfile

import "regexp"

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
