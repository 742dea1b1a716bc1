package phone

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// spelling is a text reduced to the parts that matter.
type spelling struct {
	plus   bool
	digits string // 0 to 9, * and #
	// context is the phone-context of a tel URI: "+49".
	context string
	// rest is what followed the number: parameters, or a second number.
	rest string
}

// The errors of a spelling, which errors.Is finds in those of
// Number and Pattern.
var (
	ErrMissing  = errors.New("it has no digits; use a number such as +4930123456")
	ErrWithheld = errors.New("it means no caller ID; to block such callers use: ringfence settings set anonymous=decline")
	errPlus     = errors.New("there is a + after digits; put it first or remove it")
	ErrTooLong  = errors.New("it has more than 15 digits; a number has at most 15")
	ErrTooShort = errors.New("it has fewer than three digits after the +; use the whole number, or a prefix such as +44*")
	errStar     = errors.New("* and # are only for short codes such as *31#; remove them")
)

// strangeRune is a character that numbers do not have.
type strangeRune rune

func (c strangeRune) Error() string {
	if unicode.IsLetter(rune(c)) {
		return fmt.Sprintf("it has the letter %q; use digits only, such as +4930123456", rune(c))
	}
	return fmt.Sprintf("it has the character %q; use digits only, such as +4930123456", rune(c))
}

// spell parses a number in plain text, or in a SIP or tel URI.
func spell(text string) (spelling, error) {
	if s, ok := spellPlain(text); ok {
		return s, nil
	}
	return spellAny(text)
}

// spellPlain is spell for the usual: ASCII digits with blanks, dashes, points,
// slashes and brackets. For any other text, ok is false.
func spellPlain(text string) (s spelling, ok bool) {
	var digits [2 * maxDigits]byte
	n, zeros := 0, true
	for i := range len(text) {
		switch c := text[i]; c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			if n == len(digits) {
				return spelling{}, false
			}
			digits[n] = c
			n++
			zeros = zeros && c == '0'
		case '+':
			if !zeros {
				return spelling{}, false
			}
			n, s.plus = 0, true
		case ' ', '-', '.', '/', '(', ')':
		default:
			return spelling{}, false
		}
	}
	switch {
	case n == 0:
		return spelling{}, false
	case n == len(text):
		s.digits = text
	default:
		s.digits = string(digits[:n])
	}
	s.plus = s.plus && s.digits[0] != '0'
	return s, true
}

// spellAny is spell without its short cut.
func spellAny(text string) (spelling, error) {
	user, rest := userPart(text)
	s := spelling{context: phoneContext(rest), rest: rest}
	var digits strings.Builder
	var strange rune
	for _, c := range user {
		switch {
		case c == utf8.RuneError: // a byte that isn't UTF-8, or its replacement character
		case isASCIIDigit(c) || c == '*' || c == '#':
			digits.WriteRune(c)
		case c == '＊':
			digits.WriteByte('*')
		case c == '＃':
			digits.WriteByte('#')
		case isPlus(c):
			if strings.Trim(digits.String(), "0") != "" {
				return s, errPlus
			}
			// Gateways put their 00 in front of a number that has its +.
			digits.Reset()
			s.plus = true
		case isSeparator(c):
		default:
			if digit, ok := digitOf(c); ok {
				digits.WriteByte(digit)
			} else if strange == 0 {
				strange = c
			}
		}
	}
	s.digits = digits.String()
	switch {
	case strange != 0 && isWithheldName(user):
		return s, ErrWithheld
	case strange != 0:
		return s, strangeRune(strange)
	case s.digits == "":
		return s, ErrMissing
	}
	if s.plus && s.digits[0] == '0' {
		// No country code begins with 0: the + was put in front of a
		// national number, or of a 00.
		s.plus = false
	}
	return s, nil
}

func isPlus(c rune) bool { return c == '+' || c == '＋' || c == '⁺' || c == '﹢' }

// isSeparator reports whether c is a separator of digits
// or invisible.
func isSeparator(c rune) bool {
	if strings.ContainsRune(" -.()/[]_~'\"", c) {
		return true
	}
	return unicode.In(c, unicode.Pd, unicode.Z, unicode.C, unicode.M) ||
		strings.ContainsRune("−ー（）［］．·•∙⋅・／⁄∕～∼´`‘’‚“”„«»", c)
}

// digitOf returns the ASCII digit for a decimal digit of any script.
func digitOf(c rune) (byte, bool) {
	// A range of the table is one or more rows of the digits 0 to 9.
	for _, row := range unicode.Nd.R16 {
		if first := int64(row.Lo); first <= int64(c) && int64(c) <= int64(row.Hi) {
			return "0123456789"[(int64(c)-first)%10], true
		}
	}
	for _, row := range unicode.Nd.R32 {
		if first := int64(row.Lo); first <= int64(c) && int64(c) <= int64(row.Hi) {
			return "0123456789"[(int64(c)-first)%10], true
		}
	}
	return 0, false
}

// withheldNames are what networks and telephones send instead of a hidden number,
// in lower case, letters only.
var withheldNames = map[string]bool{
	"anonymous": true, "anonymousinvalid": true, "anonymouscaller": true,
	"blocked": true, "blockedcaller": true, "callerblocked": true,
	"calleridblocked": true, "calleridunavailable": true, "calleridwithheld": true,
	"hidden": true, "idblocked": true, "idunavailable": true, "idwithheld": true,
	"nocallerid": true, "nonumber": true, "notavailable": true,
	"numberunavailable": true, "numberwithheld": true, "withheldnumber": true,
	"outofarea": true, "private": true, "privatecaller": true, "privatenumber": true,
	"restricted": true, "suppressed": true,
	"unavailable": true, "unknown": true, "unknowncaller": true, "unknownnumber": true,
	"withheld": true,
}

// withheldDigits are "anonymous" on a telephone's keys; Twilio sends them,
// with and without a +.
const withheldDigits = "266696687"

// isWithheldDigits reports whether the digits after a + are a word on a telephone's keys, as Twilio
// sends it: anonymous, restricted, blocked, unknown or unavailable.
func isWithheldDigits(digits string) bool {
	switch digits {
	case withheldDigits, "7378742833", "2562533", "8656696", "86282452253":
		return true
	}
	return false
}

func isWithheldName(user string) bool {
	name := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, user)
	return withheldNames[name]
}
