package phone

import (
	"fmt"
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

// Dialled parses a dialled number, or a range of them, as Pattern does, with two
// exceptions. Up to three digits and a * are a range of Local numbers, that is of
// extensions: nobody has all national numbers that begin so. A pattern of Asterisk's
// dialplan that ends in Xs, such as _4930231250XX, says how long its numbers are: it is
// read as these are, also where a prefix alone would be ambiguous. The range then has
// numbers with fewer or more digits as well.
func (r Region) Dialled(text string) (Pattern, error) {
	text = strings.TrimSpace(text)
	base := r.dialplanBase(text)
	if isDigits(base) && !isLocalBase(base) {
		return Pattern{}, fmt.Errorf("pattern %q: %w", shown(text), errExtensions)
	}
	if digits, isRange := strings.CutSuffix(text, "*"); isRange && isLocalBase(digits) {
		base = digits
	}
	if p, err := ParsePattern(base + "*"); err == nil {
		return p, nil
	}
	return r.Pattern(text)
}

// errExtensions is said of a dialplan pattern such as _2125X in the US. The prefix 2125* has the numbers
// of an area there.
var errExtensions = fmt.Errorf("its numbers are extensions, of which a range begins with up to %d digits; write each number", maxLocalPrefix)

// isLocalBase reports whether digits begin a range of Local numbers.
func isLocalBase(digits string) bool {
	return isDigits(digits) && digits[0] != '0' && len(digits) <= maxLocalPrefix
}

// dialplanBase returns what all numbers of a dialplan pattern with Xs at its end, and
// nothing else, begin with in canonical form; "" if they begin in several ways, with a 0, or if
// it is no such pattern.
func (r Region) dialplanBase(text string) string {
	beginning := strings.TrimRight(text, "Xx")
	missing := len(text) - len(beginning)
	digits, isPattern := strings.CutPrefix(beginning, "_")
	if !isPattern || missing == 0 || missing > maxDigits || !isDigits(strings.TrimPrefix(digits, "+")) {
		return ""
	}
	low, high := strings.Repeat("0", missing), strings.Repeat("9", missing)
	first, err := r.Number(digits + low)
	if err != nil {
		return ""
	}
	last, err := r.Number(digits + high)
	base, ok := strings.CutSuffix(first.text, low)
	if err != nil || !ok || base+high != last.text || !strings.HasPrefix(base, "+") && (!isDigits(base) || base[0] == '0') {
		return ""
	}
	return base
}
