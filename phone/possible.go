package phone

import (
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// International reports whether the pattern has a country code.
func (p Pattern) International() bool { return strings.HasPrefix(p.text, "+") }

// Possible reports whether the country has numbers as long as this one, or at
// least as long as this prefix, though there may be none such. Patterns
// without a country code always are.
func (p Pattern) Possible() bool {
	if !p.International() {
		return true
	}
	code, national := splitCode(p.text[1:])
	if code == "" {
		return p.prefix && len(national) < maxCode
	}
	if p.prefix {
		return possibleLengths()[code]>>len(national) != 0
	}
	return possibleLength(code, national)
}

// possibleLength reports whether a national number has as many digits as the
// country's numbers have.
func possibleLength(code, national string) bool {
	return possibleLengths()[code]&(1<<len(national)) != 0
}

// maxCode is the longest country code.
const maxCode = 3

// possibleLengths holds, for each country code, a bit for each length that
// its national numbers may have.
var possibleLengths = sync.OnceValue(func() map[string]uint32 {
	lengths := make(map[string]uint32)
	for code := range plansByCode() {
		for length := 2; length+len(code) <= maxDigits; length++ {
			if possibleInLibrary(code, strings.Repeat("1", length)) {
				lengths[code] |= 1 << length
			}
		}
	}
	return lengths
})

func possibleInLibrary(code, national string) bool {
	return phonenumbers.IsPossibleNumberWithReason(libraryNumber(code, national)) == phonenumbers.IS_POSSIBLE
}
