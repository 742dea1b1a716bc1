package phone_test

import (
	"strings"
	"testing"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/phone/phonetest"
)

func TestCallerHasOneIdentityInEverySpelling(t *testing.T) {
	t.Parallel()
	total := 0
	for _, group := range phonetest.Spellings {
		region, err := phone.ParseRegion(group.Region)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range group.Texts {
			total++
			got := region.Caller(text)
			if got.String() != group.Want {
				t.Errorf("Region(%q).Caller(%q) = %q, want %q", region, text, got, group.Want)
			}
			if again := region.Caller(got.String()); again != got {
				t.Errorf("Region(%q).Caller(%q) = %q, which reads as %q", region, text, got, again)
			}
		}
	}
	if total < 200 {
		t.Errorf("there are %d spellings, want at least 200", total)
	}
}

func TestCallerKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]phone.Kind{
		"":            phone.Missing,
		"anonymous":   phone.Withheld,
		"alice":       phone.Unreadable,
		"100":         phone.Local,
		"+4930123456": phone.International,
	} {
		got := phone.Region("DE").Caller(text)
		if got.Kind() != want {
			t.Errorf("Caller(%q).Kind() = %v, want %v", text, got.Kind(), want)
		}
		if known := want >= phone.Local; got.Known() != known {
			t.Errorf("Caller(%q).Known() = %v, want %v", text, got.Known(), known)
		}
	}
	if zero := (phone.Number{}); zero.Kind() != phone.Missing || zero.Known() || zero.String() != "" {
		t.Errorf("the zero Number is %v %q", zero.Kind(), zero)
	}
}

// Zeros behind the country code are no number, also where it is written without +. Toll-free 8000000 is one
// in the Seychelles.
func TestCallerReadsZerosAsWithheld(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ region, text, want string }{
		{"US", "1000000000", "withheld"},
		{"US", "+1000000000", "withheld"},
		{"", strings.Repeat("0", 40), "withheld"},
		{"US", "100", "100"},
		{"SC", "8000000", "+2488000000"},
	} {
		if got := phone.Region(test.region).Caller(test.text).String(); got != test.want {
			t.Errorf("Region(%q).Caller(%q) = %q, want %q", test.region, test.text, got, test.want)
		}
	}
}

func TestCallerReadsLongHostileTexts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"hidden characters":   {"+49" + strings.Repeat("\u200b", 300) + "30123456", "+4930123456"},
		"300 digits":          {strings.Repeat("7", 300), "unreadable"},
		"300 digits and plus": {"+" + strings.Repeat("4", 300), "unreadable"},
		"300 zeros":           {strings.Repeat("0", 300), "withheld"},
		"trunk zeros":         {"+49" + strings.Repeat("0", 300) + "30123456", "unreadable"},
		"300 letters":         {strings.Repeat("x", 300), "unreadable"},
		"300 escapes":         {strings.Repeat("%25", 300), "unreadable"},
		"300 bad bytes":       {strings.Repeat("\xff", 300), ""},
		"300 percent signs":   {strings.Repeat("%", 300), "unreadable"},
		"300 brackets":        {strings.Repeat("<", 300), "unreadable"},
		"300 colons":          {"sip:" + strings.Repeat(":", 300), ""},
		"300 quotes":          {strings.Repeat(`"`, 300), ""},
		"open quote":          {`"\`, "unreadable"},
	} {
		if got := phone.Region("DE").Caller(test.text).String(); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestRegionThatIsNotKnownReadsAsNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"+4930123456": "+4930123456", "030123456": "030123456", "": ""} {
		if got := phone.Region("??").Caller(text).String(); got != want {
			t.Errorf("Caller(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestParseRegion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]phone.Region{"": "", " ": "", "DE": "DE", "de": "DE", " gb ": "GB", "XK": "XK"} {
		if got, err := phone.ParseRegion(text); got != want || err != nil {
			t.Errorf("ParseRegion(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"UK":  `invalid region "UK": use GB`,
		"49":  `invalid region "49": use the country, not its code: DE`,
		"+44": `invalid region "+44": use the country, not its code: GB`,
		"001": `invalid region "001": use the country, not its code: US`,
		"ZZ":  `invalid region "ZZ": use the two letters of a country, such as DE, GB or US`,
		"999": `invalid region "999": use the two letters of a country, such as DE, GB or US`,
	} {
		got, err := phone.ParseRegion(text)
		if err == nil || err.Error() != want || got != "" {
			t.Errorf("ParseRegion(%q) = %q, %v, want the error %s", text, got, err, want)
		}
	}
}

func TestNamesCountry(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		region, text string
		want         bool
	}{
		{"", "+4930123456", true},
		{"", "4930123456", false},
		{"", "0049 30 123456", true},
		{"", "00", false},
		{"", "011 49 30 123456", false},
		{"", "030 123456", false},
		{"", "+49*", true},
		{"", "0049*", true},
		{"", "sip:%2B4930123456@example.org", true},
		{"", "tel:30123456;phone-context=+49", true},
		{"", "tel:30123456;phone-context=example.org", false},
		{"", "Smith", false},
		{"", `="+4930123456"`, true},
		{"", "“+49 30 123456”", true},
		{"", "'0049 30 123456", true},
		{"", "_+4930123XX", true},
		{"", "_4930123XX", false},
		{"US", "011 49 30 123456", true},
		{"US", "0049 30 123456", true},
		{"US", "203-000-1637", false},
		{"US", "+1 203-000-1637", true},
		{"US", "1-203-000-1637", false},
		{"DE", "030 123456", false},
	} {
		if got := phone.Region(test.region).NamesCountry(test.text); got != test.want {
			t.Errorf("Region(%q).NamesCountry(%q) = %t", test.region, test.text, got)
		}
	}
}
