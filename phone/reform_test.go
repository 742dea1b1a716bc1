package phone_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
)

// oldNumbers are the national numbers of before a reform, by country code: expressions, and
// how many digits decide what they became.
var oldNumbers = map[string]struct {
	region  phone.Region
	pattern string
	decides int
}{
	"52":  {"MX", `(1|01|044|045)55[1-9][0-9]{7}`, 5},
	"54":  {"AR", `(9|0|09)?(11(15)?[2-7][0-9]{7}|351(15)?[2-7][0-9]{6}|2966(15)?[4-6][0-9]{5})`, 7},
	"55":  {"BR", `(11|21|31|41|71|98)[689][6-9][0-9]{6}`, 3},
	"84":  {"VN", `(12[0126]|12[34579]|16[2-9]|18[68])[0-9]{7}`, 3},
	"225": {"CI", `((0[1-9]|4[0-9]|[5-8][4-9])[0-9]{6}|2(0[023]|1[02357]|2[045])[0-9]{5}|3(06|1[69])[0-9]{5})`, 3},
	"229": {"BJ", `(9[05-7]|6[1-9]|5[1-4])[0-9]{6}`, 2},
	"237": {"CM", `(7[5-9]|9[5-9])[0-9]{6}|(22|33)[0-9]{6}`, 2},
}

// An old number is one caller with the new one, and its beginnings match it.
func TestReforms_OldNumbersAreTheNewOnes(t *testing.T) {
	t.Parallel()
	changed := make(map[string]int)
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"52", "54", "55", "84", "225", "229", "237"}).Draw(t, "code")
		old := oldNumbers[code]
		national := rapid.StringMatching(old.pattern).Draw(t, "old")
		want := phone.Region("").Caller("+" + code + national)
		digits := want.String()[1:]
		if !phone.Valid(code, strings.TrimPrefix(digits, code)) {
			t.Skip("an operator had no such numbers")
		}
		if digits != code+national {
			changed[code]++
		}
		texts := []string{"+" + code + national, "00" + code + national, want.String()}
		if code == "54" {
			texts = append(texts, "+549"+strings.TrimPrefix(digits, code))
		}
		for _, text := range texts {
			for _, region := range []phone.Region{"", "DE", "US", old.region} {
				if n := region.Caller(text); n != want {
					t.Fatalf("Region(%q).Caller(%q) = %q, want %q", region, text, n, want)
				}
			}
		}
		// Of the beginnings, those that new numbers have as well are new.
		beginning := national[:rapid.IntRange(min(old.decides, len(national)), len(national)).Draw(t, "length")]
		if code != "54" && phone.Begins(code, beginning) || code == "54" && strings.HasSuffix(beginning, "1") {
			t.Skip("new numbers begin so, or a part of 15 ends it")
		}
		pattern, err := phone.Region("").Pattern("+" + code + beginning + "*")
		if err != nil || !pattern.Matches(want) {
			t.Fatalf("+%s%s* is the pattern %q, %v, which doesn't match %q", code, beginning, pattern, err, want)
		}
	})
	for code := range oldNumbers {
		if changed[code] == 0 {
			t.Errorf("no old number of +%s was tried", code)
		}
	}
}

// A trunk prefix before what no number begins with is one, for numbers and for prefixes.
func TestTrunkBeforeForgedDigits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region := phone.Region(rapid.SampledFrom([]string{"GB", "NG", "RO", "UA", "SA", "CH", "IE", "KE", "EG", "CO"}).Draw(t, "region"))
		trunk, code, length := region.Trunk()
		national := rapid.StringMatching(`[1-9]`).Draw(t, "first") + rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), length-1, length-1, -1).Draw(t, "rest")
		if phone.Begins(code, national[:1]) {
			t.Skip("numbers begin so")
		}
		want := region.Caller("+" + code + national)
		if n := region.Caller(trunk + national); n != want || n.String() != "+"+code+national {
			t.Fatalf("Region(%q).Caller(%q) = %q, want %q", region, trunk+national, n, want)
		}
		beginning := trunk + national[:rapid.IntRange(1, length).Draw(t, "length")]
		if pattern, err := region.Pattern(beginning + "*"); err != nil || !pattern.Matches(want) {
			t.Fatalf("Region(%q).Pattern(%q) = %q, %v, which doesn't match %q", region, beginning+"*", pattern, err, want)
		}
	})
}

// Ten digits are a national number in country code 1, whatever they would be behind a +.
func TestTenDigitsInCountryCodeOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region := phone.Region(rapid.SampledFrom([]string{"US", "CA", "JM", "PR"}).Draw(t, "region"))
		digits := rapid.StringMatching(`[2-9][0-9]{9}`).Draw(t, "digits")
		if n := region.Caller(digits); n != phone.Region("").Caller("+1"+digits) {
			t.Fatalf("Region(%q).Caller(%q) = %q", region, digits, n)
		}
	})
}

// Zeros are no number, in any length and with any country code.
func TestZerosAreWithheld(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region := anyRegion().Draw(t, "region")
		zeros := strings.Repeat("0", rapid.IntRange(2, 15).Draw(t, "zeros"))
		code := rapid.SampledFrom(codes).Draw(t, "code")
		texts := []string{zeros, "+" + zeros, "sip:" + zeros + "@host", zeros[:1] + "-" + zeros[1:]}
		if text := "+" + strconv.Itoa(code) + zeros; len(text) <= 16 {
			texts = append(texts, text)
		}
		for _, text := range texts {
			if n := region.Caller(text); n.Kind() != phone.Withheld {
				t.Fatalf("Region(%q).Caller(%q) = %q", region, text, n)
			}
			if n, err := region.Number(text); !errors.Is(err, phone.ErrWithheld) {
				t.Fatalf("Region(%q).Number(%q) = %q, %v", region, text, n, err)
			}
		}
	})
}
