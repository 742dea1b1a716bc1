package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

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

// isShortCode asks the library, whose data names the short codes of each
// country.
func isShortCode(code, national string) bool {
	return phonenumbers.IsValidShortNumber(libraryNumber(code, national))
}
