package phone

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrSeveral is in the errors of Number and Pattern for a text with more than one
// number, or with something behind its number.
var ErrSeveral = errors.New("there is more than one number")

// severalError is an error for such a text. It has the texts of the single numbers, as
// Several returns them.
type severalError []string

var errSeveral = severalError(nil)

// Error says to write one number at a time.
func (e severalError) Error() string {
	const text = "there is more than one number, or something behind it; write one number at a time"
	if len(e) == 0 {
		return text + ", without blanks and slashes, such as +4930123456"
	}
	const most = 3
	shown, more := e, ""
	if len(shown) > most {
		shown, more = shown[:most], " …"
	}
	return fmt.Sprintf("%s: %s%s", text, strings.Join(shown, " and "), more)
}

// Is makes errors.Is find ErrSeveral.
func (severalError) Is(target error) bool { return target == ErrSeveral }

// withNumbers adds to the error for several numbers what they are.
func (r Region) withNumbers(text string, err error) error {
	if !errors.Is(err, ErrSeveral) && !errors.As(err, new(strangeRune)) {
		return err
	}
	if numbers := r.Several(text); len(numbers) > 0 {
		return severalError(numbers)
	}
	return err
}

// Several returns the texts of the single numbers and prefixes of a text that holds
// more than one: Pattern reads each of them. They are separated by a comma, a semicolon,
// a slash, a vertical bar, three colons, a new line, or the words and, or, und, oder; or
// by blanks, if each is whole or begins with a + or with the trunk prefix. It returns nil
// for one number, and where it isn't sure which digits belong together, such as a number
// and another ending for it.
func (r Region) Several(text string) []string {
	if _, err := r.readPattern(text); err == nil || isURI(text) {
		return nil
	}
	// A slash may be inside of a number, so the other separators are tried first.
	for _, separators := range []string{",;|&^", ",;|&^/"} {
		if parts := fields(text, separators); r.areNumbers(parts, true) {
			return parts
		}
	}
	for _, parts := range [][]string{byPlus(text), strings.FieldsFunc(text, unicode.IsSpace)} {
		if r.areNumbers(parts, false) {
			return parts
		}
	}
	return r.byTrunk(text)
}

// maxTwo is how many bytes a text of two numbers may have. It bounds the work.
const maxTwo = 100

// byTrunk splits a text of two national numbers before the trunk prefix of the second one, nil
// if that is possible at no blank or at more than one.
func (r Region) byTrunk(text string) (parts []string) {
	if len(text) > maxTwo {
		return nil
	}
	for i, c := range text {
		left, right := text[:i], strings.TrimSpace(text[i:])
		if !unicode.IsSpace(c) || !r.existsTyped(left) || !r.existsTyped(right) || !r.dialsTrunk(spelling{digits: strings.TrimLeft(right, "(")}) {
			continue
		}
		if parts != nil {
			return nil
		}
		parts = []string{strings.TrimSpace(left), right}
	}
	return parts
}

// existsTyped reports whether a text is one number that exists.
func (r Region) existsTyped(text string) bool {
	p, err := r.readPattern(text)
	return err == nil && p.Number().exists()
}

// fields splits a text at the separators, at ::: and at words.
func fields(text, separators string) []string {
	words := strings.Fields(strings.NewReplacer(":::", ",", "\n", ",", "\r", ",", "\u2028", ",", "\u2029", ",").Replace(text))
	for i, word := range words {
		switch strings.ToLower(strings.Trim(word, ".")) {
		case "and", "or", "und", "oder", "bzw":
			words[i] = ","
		}
	}
	var parts []string
	for part := range strings.FieldsFuncSeq(strings.Join(words, " "), func(c rune) bool { return strings.ContainsRune(separators, c) }) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// byPlus splits a text before each +.
func byPlus(text string) []string {
	var parts []string
	start := 0
	for i, c := range text {
		if isPlus(c) && strings.TrimSpace(text[start:i]) != "" {
			parts = append(parts, strings.TrimSpace(text[start:i]))
			start = i
		}
	}
	return append(parts, strings.TrimSpace(text[start:]))
}

// areNumbers reports whether there are two or more texts, and each is a whole number or a prefix: all
// with a country code, or, if they may be, all of them extensions or short codes.
func (r Region) areNumbers(parts []string, extensions bool) bool {
	if len(parts) < 2 {
		return false
	}
	local := 0
	for _, part := range parts {
		p, err := r.readPattern(part)
		switch {
		case err != nil, !p.prefix && !p.Possible(), p.Digits() < minInternational:
			return false
		case !p.International() && (p.prefix || p.Digits() > maxShort || p.text[0] == '0'):
			return false
		case !p.International():
			local++
		}
	}
	return local == 0 || extensions && local == len(parts)
}
