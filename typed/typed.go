// Package typed folds text that people type, or copy from a browser, a letter or
// a spreadsheet, into plain characters. All readers of times, dates, durations and
// working time use it, so that they accept the same characters.
package typed

import (
	"strings"
	"unicode"
)

// Plain returns the text with one kind of blank, dash, colon and digit: any blank
// is U+0020, any dash or minus "-", an ellipsis "..", a digit of any script one of 0
// to 9, and a full-width character its ASCII one. Characters that nobody sees, such
// as the zero-width space, are left out. Runs of blanks become one; those at both
// ends are left out. Line breaks are blanks, too. Letters keep their case.
//
// Plain(Plain(text)) is Plain(text), and ASCII text changes in its blanks only.
func Plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		b.WriteString(fold(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Lower returns Plain text in lower case.
func Lower(text string) string { return strings.ToLower(Plain(text)) }

// IsBlank reports whether Plain makes a blank of a character, or leaves it out.
func IsBlank(r rune) bool {
	folded := fold(r)
	return folded == " " || folded == ""
}

// others are characters that no range or category of Unicode covers.
var others = map[rune]string{
	'…': "..", '‥': "..",
	'∶': ":", '꞉': ":", '︓': ":", '﹕': ":",
	'、': ",", '﹐': ",", '﹑': ",",
	'。': ".", '﹒': ".", '․': ".",
	'﹔': ";", '︔': ";",
	'⁄': "/", '∕': "/",
	'−': "-", '⁃': "-", '～': "-", '⁓': "-", '∼': "-", '˗': "-", '➖': "-",
}

const (
	// The full-width forms of the ASCII characters from ! to ~.
	firstWide, lastWide = '！', '～'
	wideToASCII         = firstWide - '!'
)

// fold returns what a character is in plain text.
func fold(r rune) string {
	if r <= unicode.MaxASCII {
		if unicode.IsSpace(r) {
			return " "
		}
		return string(r)
	}
	if plain, found := others[r]; found {
		return plain
	}
	switch {
	case firstWide <= r && r <= lastWide:
		return string(r - wideToASCII)
	case unicode.IsSpace(r):
		return " "
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
		return ""
	case unicode.Is(unicode.Pd, r):
		return "-"
	case unicode.Is(unicode.Nd, r):
		return string('0' + digit(r))
	}
	return string(r)
}

// digit returns the value of a decimal digit: Unicode has them in runs of ten, from
// zero on, of which some follow each other.
func digit(r rune) rune {
	before := rune(0)
	for unicode.Is(unicode.Nd, r-before-1) {
		before++
	}
	return before % 10
}
