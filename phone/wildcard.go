package phone

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrWildcard is in the errors of Number and Pattern for a wildcard of another system
// that means no prefix.
var ErrWildcard = errors.New("it has a wildcard of another system")

// wildcard is an error: what another system's pattern has in it, and the prefix to write.
type wildcard struct {
	mark   string
	prefix string
}

// Is makes errors.Is find ErrWildcard.
func (wildcard) Is(target error) bool { return target == ErrWildcard }

func (w wildcard) Error() string {
	if w.prefix == "" {
		return fmt.Sprintf("it has %s, a wildcard of another system; use a prefix: the first digits and a *, such as +44*", w.mark)
	}
	return fmt.Sprintf("it has %s, a wildcard of another system; use %s for all numbers that begin so, or the whole number", w.mark, w.prefix)
}

// marks are the wildcards of other systems.
const (
	marks       = "?_%!~[]…"
	letterMarks = "XxZzNn"
)

// withoutWildcards returns a text as Pattern reads it. An Asterisk pattern that means a
// prefix becomes one. Other wildcards are refused.
func withoutWildcards(text string) (string, error) {
	if strings.HasPrefix(text, "_") {
		var err error
		if text, err = Asterisk(text); err != nil {
			return "", err
		}
	}
	at := strings.IndexFunc(text, func(c rune) bool { return strings.ContainsRune(marks, c) })
	if at < 0 {
		at = trailingMarks(text)
	}
	if at < 0 {
		if at = repeatedSign(text); at > 0 && hasDigits(text[:at], minWhole) {
			return text, nil // It is between two numbers.
		}
	}
	if at < 0 {
		return text, nil
	}
	mark, prefix := string([]rune(text[at:])[:1]), ""
	// Letters and such have an error of their own. Only a URI has escapes.
	if mark != "%" && strings.ContainsFunc(text, isForeign) {
		return text, nil
	}
	tail := strings.TrimFunc(text[at:], func(c rune) bool { return isSign(c) || strings.ContainsRune("*#＃ "+marks+letterMarks, c) })
	if before := strings.TrimRight(text[:at], letterMarks+" .-/(*"); hasDigits(before, 1) && (tail == "" || mark == "[") {
		prefix = before + "*"
	}
	return "", wildcard{mark: mark, prefix: prefix}
}

// isForeign reports whether a character is neither part of a number nor a wildcard.
func isForeign(c rune) bool {
	_, digit := digitOf(c)
	return !digit && !isPlus(c) && !isSeparator(c) && c != utf8.RuneError && !strings.ContainsRune("*#＊＃"+marks+letterMarks, c)
}

// trailingMarks returns where wildcards begin that are such at the end only: 9011., 0160#
// and 4930XX, and 030 231250-, where an extension is left out. A # after a star or
// another # is a star code. It returns -1 if there are none.
func trailingMarks(text string) int {
	isLast := func(c rune) bool { return isSign(c) || strings.ContainsRune("#＃"+letterMarks, c) }
	digits := strings.TrimRightFunc(text, func(c rune) bool { return c == utf8.RuneError || isSeparator(c) || isLast(c) })
	at := strings.IndexFunc(text[len(digits):], isLast)
	if at < 0 || !hasDigits(digits, 1) {
		return -1
	}
	if tail := text[len(digits)+at:]; strings.ContainsAny(digits, "*#＊＃") && strings.IndexFunc(tail, func(c rune) bool { return isLast(c) && c != '#' && c != '＃' }) < 0 {
		return -1
	}
	return len(digits) + at
}

// isSign reports whether a character is a dash, a point, a slash or a tilde. One of them separates
// digits.
func isSign(c rune) bool {
	return unicode.Is(unicode.Pd, c) || strings.ContainsRune("−ー.．·•∙⋅・/⁄∕／～∼", c)
}

// repeatedSign returns where two or more signs are in a row, with blanks between them or not, or -1. They
// hide digits, as in +49 30 •••• 5012, or the line is no entry, as behind // and --.
func repeatedSign(text string) int {
	first := -1
	for i, c := range text {
		switch {
		case isSign(c) && first >= 0:
			return first
		case isSign(c):
			first = i
		case !isBlank(c):
			first = -1
		}
	}
	return -1
}

var (
	errEvery = errors.New("it matches every caller")
	errInner = errors.New("only numbers and prefixes are supported; use for example 030123*")
)

// Asterisk converts a pattern of Asterisk's dialplan, with its _ or without, to a text that
// Region.Pattern reads: a number, or a prefix. X is any digit, a point one or more of any
// characters, ! none or more. At the end they become a *, so the prefix matches all that the
// pattern matches, and numbers with fewer or more digits. Where Z, N, [ ] or digits follow
// the first of them, the pattern is no prefix, and an error says so.
func Asterisk(pattern string) (string, error) {
	digits := strings.TrimPrefix(strings.TrimSpace(pattern), "_")
	beginning := strings.TrimRight(digits, "Xx.!")
	switch {
	case strings.ContainsAny(beginning, "XxZzNn.![]"):
		return "", errInner
	case strings.Trim(beginning, "+-") == "" && digits != "":
		return "", errEvery
	case beginning != digits:
		return beginning + "*", nil
	}
	return digits, nil
}
