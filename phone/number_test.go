package phone_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/phone"
)

func TestNumberReadsWhatAnOperatorTypes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ region, text, want string }{
		{"DE", "+49 (0)30 / 123 456", "+4930123456"},
		{"DE", "030 123456", "+4930123456"},
		{"DE", "tel:+49-30-123456;ext=5", "+4930123456"},
		{"US", "(212) 555-0123", "+12125550123"},
		{"DE", "112", "112"},
		{"DE", "*31#", "*31#"},
		{"", "+4930123456", "+4930123456"},
		{"", "0049 30 123456", "+4930123456"},
		{"", "4930123456", "+4930123456"},
		{"", "100", "100"},
		{"", "123456", "123456"},
		{"", "*30", "*30"},
	} {
		got, err := phone.Region(test.region).Number(test.text)
		if err != nil || got.String() != test.want {
			t.Errorf("Region(%q).Number(%q) = %q, %v, want %q", test.region, test.text, got, err, test.want)
		}
	}
}

func TestPatternReadsWhatAnOperatorTypes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ region, text, want string }{
		{"DE", "+4420*", "+4420*"},
		{"", "+4420*", "+4420*"},
		{"DE", "+44 (0)20 *", "+4420*"},
		{"DE", "+44020*", "+4420*"},
		{"DE", "0044 20*", "+4420*"},
		{"", "0044 20*", "+4420*"},
		{"", "0044 (0)20*", "+4420*"},
		{"GB", "020*", "+4420*"},
		{"GB", "020 7946 0000", "+442079460000"},
		{"DE", "030*", "+4930*"},
		{"DE", "(030) *", "+4930*"},
		{"DE", "03*", "+493*"},
		{"DE", "0304070744*", "+49304070744*"},
		{"US", "212*", "+1212*"},
		{"US", "1212*", "+1212*"},
		{"US", "(212) *", "+1212*"},
		{"US", "011 44 20*", "+4420*"},
		{"US", "12*", "+12*"},
		{"RU", "8 495*", "+7495*"},
		{"RU", "8 10 44*", "+44*"},
		{"RU", "+7 800*", "+7800*"},
		{"RU", "+78*", "+78*"},
		{"HU", "06 1*", "+361*"},
		{"HU", "+36 06 1*", "+361*"},
		{"IT", "06*", "+3906*"},
		{"IT", "+39 06*", "+3906*"},
		{"DE", "0039 06*", "+3906*"},
		{"ES", "91*", "+3491*"},
		{"ES", "3491*", "+3491*"},
		{"MX", "+52 1 55*", "+5255*"},
		{"BR", "0044 20*", "+4420*"},
		{"BR", "0021 44 20*", "+4420*"},
		{"BR", "021*", "+5521*"},
		{"AU", "0011 44*", "+44*"},
		{"DE", "+440*", "+44*"},
		{"DE", "+4*", "+4*"},
		{"DE", "+999*", "+999*"},
		{"", "00999*", "+999*"},
		{"", "10*", "10*"},
		{"", "212*", "212*"},
		{"ES", "10*", "10*"},
		{"DE", "100", "100"},
		{"DE", "sip:+4420*@host", "+4420*"},
		{"DE", "+4420＊", "+4420*"},
	} {
		got, err := phone.Region(test.region).Pattern(test.text)
		if err != nil || got.String() != test.want {
			t.Errorf("Region(%q).Pattern(%q) = %q, %v, want %q", test.region, test.text, got, err, test.want)
		}
	}
}

func TestPatternMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, number string
		want            bool
	}{
		{"+4930123456", "+4930123456", true},
		{"+4930123456", "+49301234567", false},
		{"+4930123456", "+493012345", false},
		{"+4930*", "+4930123456", true},
		{"+4930123456*", "+4930123456", true},
		{"+4930*", "+4931123456", false},
		{"+4*", "+4930123456", true},
		{"49*", "+4930123456", false},
		{"+10*", "100", false},
		{"10*", "100", true},
		{"10*", "10#", true},
		{"100", "100", true},
		{"100", "+100", false},
		{"+100", "100", false},
		{"*30", "*30", true},
		{"3*", "*30", false},
		{"+4930*", "withheld", false},
		{"+4930*", "unreadable", false},
		{"+4930*", "", false},
	} {
		pattern, err := phone.ParsePattern(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		number, err := phone.ParseNumber(test.number)
		if err != nil {
			t.Fatal(err)
		}
		if got := pattern.Matches(number); got != test.want {
			t.Errorf("%q matches %q: %v, want %v", pattern, number, got, test.want)
		}
	}
	if (phone.Pattern{}).Matches(phone.Number{}) {
		t.Error("the zero Pattern matches the zero Number")
	}
}

func TestPatternsGoFromExactToTheShortestPrefix(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"+4930":     {"+4930", "+4930*", "+493*", "+49*", "+4*"},
		"100":       {"100", "100*", "10*", "1*"},
		"31#5":      {"31#5", "31*", "3*"},
		"*31#":      {"*31#"},
		"anonymous": nil,
		"alice":     nil,
		"":          nil,
	} {
		var got []string
		for p := range phone.Region("").Caller(text).Patterns() {
			got = append(got, p.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for p := range phone.Region("").Caller("+4930").Patterns() {
		if p.Digits() != 4 {
			t.Errorf("%q has %d digits, want 4", p, p.Digits())
		}
		break
	}
}

func TestParseRefusesWhatStringDoesNotWrite(t *testing.T) {
	t.Parallel()
	both := []string{
		"+49 30", "0049+", "+", "+4", "+12", "+0123", "+1234567890123456", "1234567890123456", "anonymous", "Withheld",
		"+49*30", "+4930#", "**", "#", "*", "+*", "++49", "4+9", "１００", "100 ", " 100", "100\x00", "10\xff",
	}
	for _, text := range slices.Concat(both, []string{"+4930*", "100*"}) {
		if n, err := phone.ParseNumber(text); err == nil {
			t.Errorf("ParseNumber(%q) = %q", text, n)
		}
	}
	for _, text := range slices.Concat(both, []string{"", "withheld", "unreadable", "+0*", "+4930**", "*1*", "1#*", "1234567890123456*"}) {
		if p, err := phone.ParsePattern(text); err == nil {
			t.Errorf("ParsePattern(%q) = %q", text, p)
		}
	}
	var n phone.Number
	if err := n.UnmarshalText([]byte("+49 30")); err == nil {
		t.Error("Number.UnmarshalText took +49 30")
	}
	var p phone.Pattern
	if err := p.UnmarshalText([]byte("+49 30")); err == nil {
		t.Error("Pattern.UnmarshalText took +49 30")
	}
	_, err := phone.ParseNumber("+49 30")
	if want := `number "+49 30": not in the canonical form`; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestKindString(t *testing.T) {
	t.Parallel()
	for kind, want := range map[phone.Kind]string{
		phone.Missing: "missing", phone.Withheld: "withheld", phone.Unreadable: "unreadable",
		phone.Local: "local", phone.International: "international", 9: "kind(9)",
	} {
		if got := kind.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
