package phone_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
)

var (
	regions = slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
	codes   = slices.Sorted(maps.Keys(phonenumbers.GetSupportedCallingCodes()))
)

func anyRegion() *rapid.Generator[phone.Region] {
	return rapid.Custom(func(t *rapid.T) phone.Region {
		return phone.Region(rapid.SampledFrom(append([]string{"", "DE", "GB", "US", "RU", "IT"}, regions...)).Draw(t, "region"))
	})
}

// dirtyNumber is a country code, often one that exists, what may be trunk
// prefixes, and digits.
func dirtyNumber() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		code := strconv.Itoa(rapid.OneOf(rapid.SampledFrom(codes), rapid.IntRange(1, 999)).Draw(t, "code"))
		trunk := rapid.SampledFrom([]string{"", "", "0", "00", "8", "1", "06", "15", "9", "01", "44", "90", "183"}).Draw(t, "trunk")
		return code + trunk + rapid.StringMatching(`[0-9]{0,13}`).Draw(t, "digits")
	})
}

// validNumber is a number that exists by the numbering plan of its region.
func validNumber(t *rapid.T) (region phone.Region, code, national string) {
	text := rapid.SampledFrom(regions).Draw(t, "region")
	kind := rapid.SampledFrom([]phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE}).Draw(t, "type")
	example := phonenumbers.GetExampleNumberForType(text, kind)
	if example == nil {
		t.Skip("the region has no such numbers")
	}
	code = strconv.Itoa(int(example.GetCountryCode()))
	national = phonenumbers.GetNationalSignificantNumber(example)
	kept := rapid.IntRange(1, len(national)).Draw(t, "kept")
	varied := national[:kept] + rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), len(national)-kept, -1, -1).Draw(t, "varied")
	if number, err := phonenumbers.Parse("+"+code+varied, ""); err == nil && phonenumbers.IsValidNumber(number) &&
		phonenumbers.GetNationalSignificantNumber(number) == varied && len(code)+len(varied) <= 15 {
		national = varied
	}
	return phone.Region(text), code, national
}

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		dirtyNumber(),
		rapid.Map(dirtyNumber(), func(digits string) string { return "+" + digits }),
		rapid.Map(dirtyNumber(), func(digits string) string { return "00" + digits }),
		rapid.StringMatching(`[0-9]{1,17}`),
		rapid.StringMatching(`[0-9*#+]{1,8}`),
		rapid.StringMatching(`(sip:|tel:|<)?\+?[0-9 ()./-]{1,16}(@host|;ext=1|;phone-context=\+[0-9]{1,4}|>)?`),
		rapid.String(),
	)
}

func TestCallerIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region := anyRegion().Draw(t, "region")
		text := anyText().Draw(t, "text")
		checkCaller(t, region, text)
	})
}

// checkCaller holds what is true of every text in every region.
func checkCaller(t interface{ Fatalf(string, ...any) }, region phone.Region, text string) {
	n := region.Caller(text)
	if again := region.Caller(n.String()); again != n {
		t.Fatalf("Region(%q).Caller(%q) = %q, which reads as %q", region, text, n, again)
	}
	if slow := region.SlowCaller(text); slow != n {
		t.Fatalf("Region(%q).Caller(%q) = %q, but %q the slow way", region, text, n, slow)
	}
	if parsed, err := phone.ParseNumber(n.String()); err != nil || parsed != n {
		t.Fatalf("ParseNumber(%q) = %q, %v", n, parsed, err)
	}
	if n.Known() && (strings.Trim(n.String(), "+0123456789*#") != "" || len(n.String()) > 16) {
		t.Fatalf("Region(%q).Caller(%q) = %q: not an identity", region, text, n)
	}
	typed, err := region.Number(text)
	if n = region.Caller(phone.Cleaned(text)); err == nil && (typed != n || !n.Known()) {
		t.Fatalf("Region(%q).Number(%q) = %q, but its caller is %q", region, text, typed, n)
	}
	if cleaned := phone.Cleaned(text); err == nil && !strings.ContainsAny(cleaned, "<@:;=") {
		// Nothing that was typed is left out.
		digits := strings.Map(func(c rune) rune {
			if c == '+' || c == '*' || c == '#' || unicode.IsDigit(c) {
				return c
			}
			return -1
		}, norm(cleaned))
		if whole := region.Caller(digits); whole != typed {
			t.Fatalf("Region(%q).Number(%q) = %q, but its digits are %q", region, text, typed, whole)
		}
	}
	if err != nil && typed != (phone.Number{}) {
		t.Fatalf("Region(%q).Number(%q) = %q and the error %v", region, text, typed, err)
	}
}

// norm returns a text with the usual signs for other forms of + * and #.
func norm(text string) string {
	return strings.NewReplacer("＋", "+", "⁺", "+", "﹢", "+", "＊", "*", "＃", "#").Replace(text)
}

// Digits that are taken for canonical are those that the slow way leaves alone.
func TestShortCutLeavesOnlyWhatTheSlowWayLeaves(t *testing.T) {
	t.Parallel()
	short, long := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		digits := dirtyNumber().Draw(t, "digits")
		stripped := phone.Strip(digits)
		if phone.IsCanonical(digits) {
			short++
			if stripped != digits {
				t.Fatalf("%s counts as canonical, but becomes %s", digits, stripped)
			}
		} else {
			long++
		}
		if again := phone.Strip(stripped); again != stripped {
			t.Fatalf("%s becomes %s, which becomes %s", digits, stripped, again)
		}
	})
	if short == 0 || long == 0 {
		t.Errorf("%d numbers took the short cut, %d did not: both must be tried", short, long)
	}
}

// Each country code is tried with each first digits, which is where the
// national prefixes are.
func TestShortCutForEachCountryCode(t *testing.T) {
	t.Parallel()
	for _, code := range codes {
		for first := range 100 {
			digits := strconv.Itoa(code) + strconv.Itoa(first) + "51234567"
			if stripped := phone.Strip(digits); phone.IsCanonical(digits) && stripped != digits {
				t.Errorf("%s counts as canonical, but becomes %s", digits, stripped)
			}
		}
	}
}

// A valid number is itself with +, and found under its other spellings in
// its own region.
func TestValidNumberHasOneIdentity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region, code, national := validNumber(t)
		whole := "+" + code + national
		want := whole
		if code == "54" { // with the 9 of mobile numbers and without it
			want = "+54" + strings.TrimPrefix(national, "9")
		}
		number, err := phonenumbers.Parse(whole, "")
		if err != nil {
			t.Fatalf("%v", err)
		}
		spelled := map[string]phone.Region{
			whole: "", want: "", code + national: region, "tel:" + national + ";phone-context=+" + code: "",
			phonenumbers.Format(number, phonenumbers.INTERNATIONAL):                 "",
			phonenumbers.Format(number, phonenumbers.RFC3966):                       "",
			phonenumbers.FormatOutOfCountryCallingNumber(number, otherRegion(code)): phone.Region(otherRegion(code)),
		}
		switch region {
		case "RW": // 006… is a national number there, trunk prefix and zero
		default:
			spelled["00"+code+national] = region
		}
		switch region {
		case "AR", "KI": // written with an area code of one digit, or without the trunk prefix
		default:
			spelled[phonenumbers.Format(number, phonenumbers.NATIONAL)] = region
		}
		for text, in := range spelled {
			if got := in.Caller(text); got.String() != want {
				t.Fatalf("Region(%q).Caller(%q) = %q, want %q", in, text, got, want)
			}
		}
	})
}

// otherRegion is one whose callers dial a prefix of digits only.
func otherRegion(code string) string {
	if code == "1" {
		return "DE"
	}
	return "US"
}
