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

// A prefix matches every number whose spelling begins so, or it is refused.
func TestPrefixesMatchTheNumbersThatBeginSo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region, code, national := validNumber(t)
		texts := []string{"+" + code + national, "00" + code + national}
		trunk := phonenumbers.GetNddPrefixForRegion(string(region), true)
		if trunk == "" {
			trunk = "0"
		} else {
			texts = append(texts, trunk+national)
		}
		if bracketed := "+" + code + "(" + trunk + ")" + national; region.Caller(bracketed) == region.Caller(texts[0]) {
			texts = append(texts, bracketed)
		}
		text := rapid.SampledFrom(texts).Draw(t, "text")
		beginning := text[:rapid.IntRange(1, len(text)).Draw(t, "length")]
		dialled, complete := strings.CutPrefix(strings.NewReplacer("(", "", ")", "").Replace(beginning), "+"+code)
		if complete && strings.Contains(text, "(") && phone.Begins(code, dialled) {
			t.Skip("other numbers begin so")
		}
		checkBeginning(t, region, text, beginning)
	})
}

// checkBeginning holds what is true of a beginning of a number's spelling.
func checkBeginning(t *rapid.T, region phone.Region, text, beginning string) {
	number := region.Caller(text)
	pattern, err := region.Pattern(beginning + "*")
	if err != nil {
		// What begins with 00 may be meant in two ways, and Argentina's 9 alone means nothing.
		onlyNine := region == "AR" && strings.HasSuffix(beginning, "9")
		if len(beginning) > 5 && !strings.HasPrefix(beginning, "00") && !onlyNine {
			t.Fatalf("Region(%q).Pattern(%q): %v", region, beginning+"*", err)
		}
		return
	}
	if !pattern.Matches(number) {
		t.Fatalf("Region(%q).Pattern(%q) = %q doesn't match %q, which is %q", region, beginning+"*", pattern, text, number)
	}
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
