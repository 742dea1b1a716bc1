package phone

import (
	"fmt"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// Pattern is an exact number or a prefix of numbers. Patterns are compared
// with ==. The zero Pattern matches nothing.
type Pattern struct {
	text   string // as in Number, without the trailing * of a prefix
	prefix bool
}

// String returns the canonical form: "+4930123456", or "+4420*" if it
// is a prefix.
func (p Pattern) String() string {
	if p.prefix {
		return p.text + "*"
	}
	return p.text
}

// IsPrefix reports whether the pattern matches all numbers that begin as
// it does.
func (p Pattern) IsPrefix() bool { return p.prefix }

// Digits returns how many digits the pattern has, without +, * and #.
func (p Pattern) Digits() int {
	n := 0
	for _, c := range p.text {
		if isASCIIDigit(c) {
			n++
		}
	}
	return n
}

// Matches reports whether the pattern matches the number. A pattern with
// a country code never matches a Local number, nor one without it an
// International one.
func (p Pattern) Matches(n Number) bool {
	if !n.Known() || p.text == "" {
		return false
	}
	if p.prefix {
		return strings.HasPrefix(n.text, p.text)
	}
	return n.text == p.text
}

// ParsePattern parses the result of String alone. Like
// ParseNumber it checks the form only. A Pattern that matches nothing
// is refused.
func ParsePattern(canonical string) (Pattern, error) {
	if text, prefix := strings.CutSuffix(canonical, "*"); prefix {
		digits, _ := strings.CutPrefix(text, "+")
		if isDigits(digits) && len(digits) <= maxDigits && !strings.HasPrefix(text, "+0") {
			return Pattern{text: text, prefix: true}, nil
		}
	} else if isInternational(canonical) || isLocal(canonical) {
		return Pattern{text: canonical}, nil
	}
	return Pattern{}, fmt.Errorf("pattern %q: %w", shown(canonical), errNotCanonical)
}

// Pattern returns the pattern that matches only this number. For a number that is not
// Known, it is the zero Pattern.
func (n Number) Pattern() Pattern {
	if !n.Known() {
		return Pattern{}
	}
	return Pattern{text: n.text}
}

// Number returns the only number that the pattern matches. For a prefix and for the
// zero Pattern, it is the zero Number.
func (p Pattern) Number() Number {
	switch {
	case p.prefix || p.text == "":
		return Number{}
	case p.International():
		return Number{kind: International, text: p.text}
	}
	return Number{kind: Local, text: p.text}
}

// MarshalText writes the pattern as String does.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the pattern as ParsePattern does.
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}

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
