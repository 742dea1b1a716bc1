package phone_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
)

func TestPrefixesMatchTheNumbersThatBeginSo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region, code, national := validNumber(t)
		number := phone.Region("").Caller("+" + code + national)
		text := rapid.SampledFrom([]string{"+" + code + national, "00" + code + national}).Draw(t, "text")
		if trunk := phonenumbers.GetNddPrefixForRegion(string(region), true); trunk != "" && region != "AR" {
			text = rapid.SampledFrom([]string{text, trunk + national}).Draw(t, "national")
		}
		beginning := text[:rapid.IntRange(1, len(text)).Draw(t, "length")]
		pattern, err := region.Pattern(beginning + "*")
		if err != nil {
			// What begins with 00 may be meant in two ways.
			if len(beginning) > 5 && !strings.HasPrefix(beginning, "00") {
				t.Fatalf("Region(%q).Pattern(%q): %v", region, beginning+"*", err)
			}
			return
		}
		if !pattern.Matches(number) {
			t.Fatalf("Region(%q).Pattern(%q) = %q doesn't match %q", region, beginning+"*", pattern, number)
		}
	})
}

func TestPatternsAreThoseThatMatch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := phone.Region("DE").Caller(anyText().Draw(t, "number"))
		patterns := slices.Collect(n.Patterns())
		other := phone.Region("DE").Caller(anyText().Draw(t, "other"))
		for _, p := range slices.Concat(patterns, slices.Collect(other.Patterns())) {
			if p.Matches(n) != slices.Contains(patterns, p) {
				t.Fatalf("%q matches %q: %v, but it is one of its patterns: %v", p, n, p.Matches(n), !p.Matches(n))
			}
			checkPattern(t, "DE", p)
		}
	})
}

func checkPattern(t interface{ Fatalf(string, ...any) }, region phone.Region, p phone.Pattern) {
	if parsed, err := phone.ParsePattern(p.String()); err != nil || parsed != p {
		t.Fatalf("ParsePattern(%q) = %q, %v", p, parsed, err)
	}
	if p.IsPrefix() != strings.HasSuffix(p.String(), "*") || p.Digits() == 0 ||
		strings.Trim(p.String(), "+0123456789*#") != "" {
		t.Fatalf("Region(%q) gives %q: not a pattern", region, p)
	}
}

// checkPatternText holds that a pattern, read again as it is kept, is itself.
func checkPatternText(t interface{ Fatalf(string, ...any) }, region phone.Region, text string) {
	p, err := region.Pattern(text)
	if err != nil {
		if p != (phone.Pattern{}) {
			t.Fatalf("Region(%q).Pattern(%q) = %q and the error %v", region, text, p, err)
		}
		return
	}
	checkPattern(t, region, p)
	if again, err := region.Pattern(p.String()); again != p || err != nil {
		t.Fatalf("Region(%q).Pattern(%q) = %q, which reads as %q, %v", region, text, p, again, err)
	}
}

func TestPatternIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region := anyRegion().Draw(t, "region")
		text := anyText().Draw(t, "text") + rapid.SampledFrom([]string{"*", ""}).Draw(t, "star")
		checkPatternText(t, region, text)
	})
}

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	type pair struct {
		N phone.Number
		P phone.Pattern
	}
	rapid.Check(t, func(t *rapid.T) {
		n := phone.Region("GB").Caller(anyText().Draw(t, "text"))
		for p := range n.Patterns() {
			data, err := json.Marshal(pair{n, p})
			if err != nil {
				t.Fatalf("%v", err)
			}
			var got pair
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if got != (pair{n, p}) {
				t.Fatalf("%s reads as %v", data, got)
			}
		}
	})
}
