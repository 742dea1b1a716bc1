package phone

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Kind is the kind of a Number.
type Kind uint8

// The kinds of a Number.
const (
	// Missing is a caller who sent nothing. It is the kind of the zero Number.
	Missing Kind = iota
	// Withheld is a caller who hides the number.
	Withheld
	// Unreadable is a caller whose text is not a number: letters, symbols, more
	// than 15 digits.
	Unreadable
	// Local is a number without a country: an extension, a
	// short code, a national number while no region is set.
	Local
	// International is a number with its country code (E.164).
	International
)

// String returns the kind's name in lower case.
func (k Kind) String() string {
	switch k {
	case Missing:
		return "missing"
	case Withheld:
		return textWithheld
	case Unreadable:
		return textUnreadable
	case Local:
		return "local"
	case International:
		return "international"
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

const (
	textWithheld   = "withheld"
	textUnreadable = "unreadable"

	// maxDigits is the longest number that E.164 allows, country code
	// included. Local numbers are held to it as well.
	maxDigits = 15
	// minInternational is the smallest number of digits after a + in a
	// number. No valid one is shorter than six digits; spoofed ones are.
	minInternational = 3
)

// Number is the one identity of a caller or a dialled number, whatever way it
// was spelled. Numbers are compared with ==. The zero Number is Missing.
type Number struct {
	kind Kind
	text string
}

// Kind returns what is known of the number.
func (n Number) Kind() Kind { return n.kind }

// String returns the identity: "+4930123456" for an International number, the
// digits (with * and # of a star code) for a Local one, else "withheld",
// "unreadable" or, if it is Missing, "".
func (n Number) String() string {
	switch n.kind {
	case Withheld:
		return textWithheld
	case Unreadable:
		return textUnreadable
	case Missing, Local, International:
	}
	return n.text
}

// Known reports whether the number is Local or International: only such a
// number can be listed and looked up.
func (n Number) Known() bool { return n.kind == Local || n.kind == International }

// Patterns yields every pattern that matches the number: the exact one, then
// its prefixes from the longest, which holds all digits, to the shortest,
// which holds one. It yields nothing for a number that isn't Known.
func (n Number) Patterns() iter.Seq[Pattern] { return n.Pattern().Covering() }

var errNotCanonical = errors.New("not in the canonical form")

// ParseNumber parses the result of String alone, and no other
// spelling of a number. It checks the form only, not the numbering
// plans, so that a list stays readable when these change.
func ParseNumber(canonical string) (Number, error) {
	switch canonical {
	case "":
		return Number{}, nil
	case textWithheld:
		return Number{kind: Withheld}, nil
	case textUnreadable:
		return Number{kind: Unreadable}, nil
	}
	if isInternational(canonical) {
		return Number{kind: International, text: canonical}, nil
	}
	if isLocal(canonical) {
		return Number{kind: Local, text: canonical}, nil
	}
	return Number{}, fmt.Errorf("number %q: %w", shown(canonical), errNotCanonical)
}

// MarshalText writes the number as String does.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads the number as ParseNumber does.
func (n *Number) UnmarshalText(text []byte) (err error) {
	*n, err = ParseNumber(string(text))
	return err
}

// isInternational reports whether text is a + and 3 to 15 digits, of which
// the first isn't 0: no country code begins with it.
func isInternational(text string) bool {
	digits, plus := strings.CutPrefix(text, "+")
	return plus && len(digits) >= minInternational && len(digits) <= maxDigits &&
		digits[0] != '0' && isDigits(digits)
}

// isLocal reports whether text can be a Local number. It never ends in *,
// which would make it the text of a prefix.
func isLocal(text string) bool {
	return len(text) <= maxDigits && strings.ContainsAny(text, "0123456789") && !strings.HasSuffix(text, "*") &&
		!strings.ContainsFunc(text, func(c rune) bool { return !isASCIIDigit(c) && c != '*' && c != '#' })
}

func isDigits(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(c rune) bool { return !isASCIIDigit(c) })
}

func isASCIIDigit(c rune) bool { return '0' <= c && c <= '9' }

// shown returns the text, shortened for an error.
func shown(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// maxSurelyShort is how many digits after a country code are never a
// subscriber's number.
const maxSurelyShort = 3

// Short reports whether the number is an emergency number, a short code or an
// extension, with its country code or without: one that no subscriber of the
// public network calls from. Star codes are, numbers that aren't Known are not.
func (n Number) Short() bool {
	switch n.kind {
	case Local:
		return len(n.text) <= maxShort || strings.ContainsAny(n.text, "*#")
	case International:
		code, national := splitCode(n.text[1:])
		return len(national) <= maxSurelyShort || len(national) <= maxShort && isShortCode(code, national)
	case Missing, Withheld, Unreadable:
	}
	return false
}

// isShortCode checks the library's data of the short codes of each
// country.
func isShortCode(code, national string) bool {
	return phonenumbers.IsValidShortNumber(libraryNumber(code, national))
}
