package phone_test

import (
	"slices"
	"strings"
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

func TestDialled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		region phone.Region
		text   string
		want   string // "" for an error
	}{
		{"DE", "_4930231250XX", "+4930231250*"},
		{"DE", " _4930231250xx ", "+4930231250*"},
		{"DE", "_+4930231250XX", "+4930231250*"},
		{"DE", "_004930231250XX", "+4930231250*"},
		{"DE", "_030231250XX", "+4930231250*"},
		{"DE", "_2XX", "2*"},
		{"", "_4930231250XX", "+4930231250*"},
		{"", "_2XX", "2*"},
		{"US", "_4930231250XX", "+4930231250*"},
		{"US", "_212555XXXX", "+1212555*"},
		{"US", "_1212555XXXX", "+1212555*"},
		{"GB", "_02071838XXX", "+442071838*"},
		{"GB", "_442071838XXX", "+442071838*"},
		{"FR", "_01231250XX", "+331231250*"},
		{"DE", "+493023125*", "+493023125*"},
		{"DE", "030 23125*", "+493023125*"},
		{"DE", "00493023125*", "+493023125*"},
		{"DE", "030 23125012", "+493023125012"},
		{"DE", "100", "100"},
		{"DE", "2*", "2*"},
		{"US", "212*", "212*"},
		{"", "212*", "212*"},
		{"DE", "02*", "+492*"},
		{"DE", "_12XXX", "12*"},
		{"DE", "_1234XX", ""},
		{"US", "_2125X", ""},
		{"US", "_2000X", ""},
		{"US", "_5550XXX", ""},
		{"ES", "_9123X", ""},
		{"DE", "2125*", ""},
		{"DE", "0*", ""},
		{"DE", "*", ""},
		{"DE", "_XXX", ""},
		{"DE", "_0XX", ""},
		{"DE", "_4930231250XX1", ""},
		{"DE", "_4930[1-3]50XX", ""},
		{"DE", "23125*", ""},
		{"DE", "+4930231250-+4930231259", ""},
		{"", "030231250*", ""},
		{"DE", "", ""},
		{"DE", "Bob", ""},
	} {
		got, err := test.region.Dialled(test.text)
		if (err == nil) != (test.want != "") || got.String() != test.want {
			t.Errorf("Region(%q).Dialled(%q) = %q, %v; want %q", test.region, test.text, got, err, test.want)
		}
	}
}

// A dialplan pattern is the range that has its numbers, however these are written.
func TestDialled_HasTheNumbersOfItsPattern(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region, code, national := validNumber(t)
		number, err := region.Number("+" + code + national)
		if err != nil {
			t.Skip(err)
		}
		cut := rapid.IntRange(1, 3).Draw(t, "Xs")
		digits := rapid.SampledFrom([]string{"+" + code + national, "00" + code + national, code + national}).Draw(t, "text")
		text := "_" + digits[:len(digits)-cut] + strings.Repeat("X", cut)
		p, err := region.Dialled(text)
		if err == nil && p.IsPrefix() && digits[0] == '+' && !p.Matches(number) {
			t.Fatalf("Region(%q).Dialled(%q) = %s does not have %s", region, text, p, number)
		}
		if again, err2 := region.Dialled(p.String()); err == nil && (again != p || err2 != nil) {
			t.Fatalf("Region(%q).Dialled(%q) = %s, which reads as %s, %v", region, text, p, again, err2)
		}
		if err == nil && !p.IsPrefix() {
			t.Fatalf("Region(%q).Dialled(%q) = %s is not a range", region, text, p)
		}
	})
}
