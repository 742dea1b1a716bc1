package phone

import (
	"strings"
	"unicode"
)

// Line parses what a line sends about a caller. It reads as Caller does, and looks
// further where Caller finds no number, or finds one that does not exist and leaves
// out a part of the text: a listed caller must not pass by a trick of spelling.
// Uncertain says that the number is such a find, or that the text holds more than it:
// it is looked up, but may be the number of somebody else.
func (r Region) Line(text string) (n Number, uncertain bool) {
	n = r.Caller(text)
	if n.kind == Withheld || n.Known() && !leavesOut(text) || n.exists() {
		return n, false
	}
	address := withoutParameters(text)
	for _, digits := range []string{bareDigits(fromLastPlus(address)), bareDigits(address), bareDigits(withoutLetters(address)), bareDigits(behindStarCode(address))} {
		if found := r.Caller(digits); found.exists() {
			return found, true
		}
	}
	if n.Known() {
		if n.text != text && strings.ContainsAny(n.text, "*#") {
			if found, _ := r.Line(n.text); found != n {
				return found, true
			}
		}
		return n, digitsFollow(text)
	}
	for _, digits := range []string{fromLastPlus(address), address} {
		if found := r.Caller(bareDigits(digits)); found.Known() {
			return found, true
		}
	}
	return n, false
}

// exists reports whether the number is valid by the numbering plan of its country.
func (n Number) exists() bool { return n.kind == International && validAbroad(n.text[1:]) }

// leavesOut reports whether Caller may leave out a part of a text: a host, a display
// name, what follows a number, or the digits of an escape. A * or # makes digits a star code
// for it.
func leavesOut(text string) bool { return strings.ContainsAny(text, "%<@,?:*#＊＃") }

// behindStarCode returns a text behind its last * or #.
func behindStarCode(text string) string { return text[strings.LastIndexAny(text, "*#")+1:] }

func withoutLetters(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) {
			return -1
		}
		return c
	}, text)
}

// withoutParameters returns a text up to the parameters of a URI.
func withoutParameters(text string) string {
	if address, rest, found := strings.Cut(text, ";"); found && strings.Contains(rest, "=") {
		return address
	}
	return text
}

// fromLastPlus returns a text from its last + on, "" if there is none or if it is
// followed by fewer digits than a number has. A comma before it separates two texts,
// of which the second may be the number of somebody else.
func fromLastPlus(text string) string {
	at := strings.LastIndexFunc(text, isPlus)
	if at < 0 || strings.Contains(text[:at], ",") || len(bareDigits(text[at:])) <= minInternational {
		return ""
	}
	return text[at:]
}

// digitsFollow reports whether a number follows what stands in angle brackets.
func digitsFollow(text string) bool {
	end := strings.LastIndexByte(text, '>')
	if end < 0 {
		return false
	}
	rest := strings.TrimSpace(text[end+1:])
	return !strings.HasPrefix(rest, ";") && strings.ContainsFunc(rest, unicode.IsDigit)
}

// bareDigits returns the digits of a text up to the first letter or @ after them,
// with the + before them.
func bareDigits(text string) string {
	var digits strings.Builder
	some := false
	for _, c := range text {
		switch {
		case unicode.IsDigit(c):
			digits.WriteRune(c)
			some = true
		case some && (unicode.IsLetter(c) || c == '@'):
			return digits.String()
		case !some && digits.Len() == 0 && isPlus(c):
			digits.WriteByte('+')
		}
	}
	if !some {
		return ""
	}
	return digits.String()
}
