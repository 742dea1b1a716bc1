package phone

import (
	"iter"
	"strings"
)

// Covers reports whether the pattern matches every number that the other one
// matches. The zero Pattern covers nothing, and nothing covers it.
func (p Pattern) Covers(other Pattern) bool {
	switch {
	case p.text == "" || other.text == "":
		return false
	case !p.prefix:
		return p == other
	}
	return strings.HasPrefix(other.text, p.text)
}

// Overlaps reports whether some number matches both patterns.
func (p Pattern) Overlaps(other Pattern) bool { return p.Covers(other) || other.Covers(p) }

// Covering yields every pattern that covers this one, the longest first: the pattern
// itself, then prefixes down to the one of a single digit. Prefixes of a star code end
// before its first * or #.
func (p Pattern) Covering() iter.Seq[Pattern] {
	return func(yield func(Pattern) bool) {
		if p.text == "" || !yield(p) {
			return
		}
		shortest, longest := 1, len(p.text)
		if p.International() {
			shortest = len("+") + 1
		} else if i := strings.IndexAny(p.text, "*#"); i >= 0 {
			longest = i
		}
		if p.prefix {
			longest--
		}
		for end := longest; end >= shortest; end-- {
			if !yield(Pattern{text: p.text[:end], prefix: true}) {
				return
			}
		}
	}
}

// Sample returns a number that the pattern matches: the only one, or, for a prefix, one of
// the greatest length. For the zero Pattern, it is the zero Number.
func (p Pattern) Sample() Number {
	if p.prefix {
		p.prefix = false
		p.text += strings.Repeat("0", maxDigits-p.Digits())
	}
	return p.Number()
}

// MatchesAny reports whether one of the patterns matches the number.
func MatchesAny(patterns []Pattern, n Number) bool {
	for _, p := range patterns {
		if p.Matches(n) {
			return true
		}
	}
	return false
}
