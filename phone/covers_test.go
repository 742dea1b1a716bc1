package phone_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
)

// Patterns are few and short, so that they meet.
func drawPattern(t *rapid.T, label string) phone.Pattern {
	p, err := phone.ParsePattern(rapid.StringMatching(`\+?[1-3]{3,5}|\+?[1-3]{1,5}\*|[*#]?[1-3]{1,2}#`).Draw(t, label))
	if err != nil {
		t.Skip(err)
	}
	return p
}

// A pattern that covers another matches all that this one matches.
func TestCovers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawPattern(t, "one"), drawPattern(t, "other")
		covering := slices.Collect(q.Covering())
		if p.Covers(q) != slices.Contains(covering, p) {
			t.Fatalf("%s covers %s: %v, but those that cover it are %v", p, q, p.Covers(q), covering)
		}
		sample := q.Sample()
		if !q.Matches(sample) {
			t.Fatalf("%s does not match its sample %s", q, sample)
		}
		if p.Covers(q) && (!p.Matches(sample) || !p.Overlaps(q) || !q.Overlaps(p)) {
			t.Fatalf("%s covers %s, but does not match %s", p, q, sample)
		}
		if !p.Overlaps(q) && (p.Matches(sample) || q.Matches(p.Sample())) {
			t.Fatalf("%s and %s do not overlap, but one matches the sample of the other", p, q)
		}
		if !q.IsPrefix() && !slices.Equal(covering, slices.Collect(q.Number().Patterns())) {
			t.Fatalf("%s: %v cover it, but others match it", q, covering)
		}
		if !slices.IsSortedFunc(covering, func(a, b phone.Pattern) int { return b.Digits() - a.Digits() }) {
			t.Fatalf("%s: %v are not the longest first", q, covering)
		}
	})
}

func TestNothingCoversTheZeroPattern(t *testing.T) {
	t.Parallel()
	var zero phone.Pattern
	one := phone.Region("").Caller("+4930123").Pattern()
	if zero.Covers(one) || one.Covers(zero) || zero.Overlaps(zero) || slices.Collect(zero.Covering()) != nil || zero.Sample().Known() ||
		phone.MatchesAny(nil, one.Number()) {
		t.Error("the zero Pattern covers something, or something covers it")
	}
}
