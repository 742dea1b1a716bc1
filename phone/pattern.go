package phone

import (
	"fmt"
	"strings"
)

// Pattern is an exact number or a prefix of numbers. Patterns are compared
// with ==. The zero Pattern matches nothing.
type Pattern struct {
	text   string // as in Number, without the trailing * of a prefix
	prefix bool
}

// String returns the pattern as it is kept: "+4930123456", or "+4420*" if it
// is a prefix.
func (p Pattern) String() string {
	if p.prefix {
		return p.text + "*"
	}
	return p.text
}

// IsPrefix reports whether the pattern stands for all numbers that begin as
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

// Matches reports whether the pattern stands for the number. A pattern with
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

// ParsePattern reads back what String wrote, and nothing else. Like
// ParseNumber it looks at the form only. A Pattern that stands for nothing
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

// MarshalText writes the pattern as String does.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the pattern as ParsePattern does.
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}
