package listfile

import (
	"bytes"
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
func line(text []byte) string {
	for i, c := range text {
		if c < ' ' || c >= 0x7f || i >= MaxText {
			return cut(strings.Map(printable, string(text)), MaxText)
		}
	}
	return string(text)
}

func printable(c rune) rune {
	if unicode.IsPrint(c) {
		return c
	}
	return ' '
}

// words is a line without blanks around it, as other systems' texts are kept.
func words(text []byte) string { return line(bytes.TrimFunc(text, unseen)) }

func unseen(c rune) bool { return c != utf8.RuneError && (!unicode.IsPrint(c) || c == ' ') }

// shown is a bad row as it is told.
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

// kept holds the text that a column had last: sources, authors and the
// like are the same in many rows, and need be made once.
type kept string

func (k *kept) of(text []byte) string {
	if string(text) != string(*k) {
		*k = kept(line(text))
		if string(*k) != string(text) {
			// It was cut or cleaned, and is not what the next row has.
			cleaned := string(*k)
			*k = ""
			return cleaned
		}
	}
	return string(*k)
}

// pool holds the texts of a column that has few different ones, each made
// once.
type pool map[string]string

// maxPool bounds a pool in a file whose texts all differ.
const maxPool = 1000

func (p *pool) of(text []byte) string {
	if known, ok := (*p)[string(text)]; ok {
		return known
	}
	made := words(text)
	if *p == nil || len(*p) >= maxPool {
		*p = make(pool)
	}
	(*p)[string(text)] = made
	return made
}
