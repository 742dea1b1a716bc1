package phone

import (
	"errors"
	"fmt"
	"strings"
)

// Caller parses what a SIP message says about the caller, or about the number that
// was dialled: a user part, a SIP or tel URI, a whole header with its display
// name. It never fails and never panics; bytes that aren't UTF-8, control
// characters and what can't be seen are passed over, and text that is no
// number gives a Number that is Missing, Withheld or Unreadable.
//
// The identity is stable: Caller(n.String()) == n for each Number n that is
// Known, in every region. The package comment says how digits are read.
func (r Region) Caller(text string) Number {
	if isIdentity(text) {
		return Number{kind: International, text: text}
	}
	n, _ := r.readSpelled(spell(text))
	return n
}

// isIdentity reports whether a text is the identity of a number with a country
// code, so that nothing needs to be read.
func isIdentity(text string) bool {
	if !isInternational(text) || isWithheldDigits(text[1:]) || isNobody(text[1:]) {
		return false
	}
	return isCanonical(text[1:]) || validAbroad(text[1:]) && !strings.HasPrefix(text[1:], argentina)
}

// ErrNoRegion is in the errors of Number and Pattern if digits may be a
// national number, and the country is unknown.
var ErrNoRegion = errors.New("its country is unknown; use + and the country code, or set --region")

// maxShort is how many digits an operator's number may have that belongs to
// no country while no region is set. Extensions and short codes are shorter.
const maxShort = 6

// Number reads a number that an operator typed, as Caller would read it, and
// says in the error what is wrong with any other text and what to type
// instead. Without a region it takes digits without a country code only if
// they can't be a national number: star codes, and up to six digits that
// don't begin with 0.
func (r Region) Number(text string) (Number, error) {
	n, err := r.readTyped(r.spellTyped(text))
	if err != nil {
		return Number{}, fmt.Errorf("number %q: %w", shown(text), r.withNumbers(text, err))
	}
	return n, nil
}

func (r Region) readTyped(s spelling, err error) (Number, error) {
	n, err := r.readSpelled(s, err)
	if err != nil {
		return Number{}, err
	}
	if n.kind == Local && isASCIIDigit(rune(n.text[0])) && !isDigits(n.text) {
		return Number{}, errStar
	}
	if n.kind == Local && !r.known() && (len(n.text) > maxShort || n.text[0] == '0') && isDigits(n.text) {
		return Number{}, ErrNoRegion
	}
	return n, nil
}

// readSpelled reads every text. The error says why a Number
// isn't Known.
func (r Region) readSpelled(s spelling, err error) (Number, error) {
	switch {
	case errors.Is(err, ErrMissing):
		return Number{kind: Missing}, err
	case errors.Is(err, ErrWithheld):
		return Number{kind: Withheld}, err
	case err != nil:
		return Number{kind: Unreadable}, err
	}
	if len(s.digits) > 1 && isZeros(s.digits) {
		return Number{kind: Withheld}, ErrWithheld
	}
	n, err := r.readDigits(s)
	switch {
	case errors.Is(err, ErrWithheld):
		return Number{kind: Withheld}, err
	case err != nil:
		return Number{kind: Unreadable}, err
	case n.kind == International && isNobody(s.digits) && !n.exists():
		return Number{kind: Withheld}, ErrWithheld
	case s.digits == withheldDigits || n.kind == International && isWithheldDigits(n.text[1:]):
		return Number{kind: Withheld}, ErrWithheld
	}
	return n, nil
}

// isNobody reports whether the digits after a + are a country code and zeros, which carriers send
// where there is no number, as they send zeros alone.
func isNobody(digits string) bool {
	if digits[len(digits)-1] != '0' {
		return false
	}
	code, national := splitCode(digits)
	return code != "" && isZeros(national)
}

func isZeros(digits string) bool { return digits != "" && strings.Trim(digits, "0") == "" }

func (r Region) readDigits(s spelling) (Number, error) {
	if strings.ContainsAny(s.digits, "*#") {
		if s.plus || strings.HasSuffix(s.digits, "*") || !isLocal(s.digits) {
			return Number{}, errStar
		}
		return Number{kind: Local, text: s.digits}, nil
	}
	if s.plus {
		return international(s.digits)
	}
	abroad := inContext(s)
	if abroad == "" {
		abroad = r.abroad(s.digits)
	}
	switch {
	case abroad != "":
		return international(abroad)
	case len(s.digits) > maxDigits:
		return Number{}, ErrTooLong
	}
	return Number{kind: Local, text: s.digits}, nil
}

// international makes the Number of the digits after a +.
func international(digits string) (Number, error) {
	if len(digits) < minInternational {
		return Number{}, ErrTooShort
	}
	if isNobody(digits) {
		return Number{}, ErrWithheld
	}
	// Trunk prefixes make a number longer, but only to some degree; the
	// bound also keeps long hostile input away from the library's expressions.
	if len(digits) > 2*maxDigits {
		return Number{}, ErrTooLong
	}
	switch digits = canonical(digits); {
	case len(digits) > maxDigits:
		return Number{}, ErrTooLong
	case isNobody(digits):
		return Number{}, ErrWithheld
	}
	return Number{kind: International, text: "+" + digits}, nil
}

// inContext returns the digits that would follow a + for digits with a
// phone-context, or "" if it doesn't help. Both are put together, as RFC 3966
// says, except where the digits have an international prefix.
func inContext(s spelling) string {
	if s.context == "" {
		return ""
	}
	context, err := spell(s.context)
	if err != nil || !context.plus || !isDigits(context.digits) {
		return ""
	}
	if code, area := splitCode(context.digits); area == "" {
		if d, ok := diallingByRegion()[regionOf(code)]; ok {
			if abroad := d.cutAbroad(s.digits); abroad != "" {
				return abroad
			}
		}
	}
	return context.digits + s.digits
}
