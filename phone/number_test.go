package phone_test

import (
	"slices"
	"strings"
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

func TestErrorsSayWhatIsWrongAndWhatToType(t *testing.T) {
	t.Parallel()
	const (
		missing  = "there are no digits in it; write a number such as +4930123456"
		withheld = "this is what withheld callers send, all of them; a setting decides about them, not an entry"
		star     = "* and # are for short codes such as *31#; leave them out here"
		long     = "it has more than 15 digits, which no number has; look for a digit too many"
		several  = "there is something behind the number; write one number at a time, without a comma or a semicolon"
		noRegion = "its country isn't known; write it with + and the country code, or set --region"
		inner    = "a * may stand at the end only, for any further digits"
		empty    = "there are no digits in front of the *; write a beginning such as +44*"
	)
	number := func(r phone.Region, text string) error { _, err := r.Number(text); return err }
	pattern := func(r phone.Region, text string) error { _, err := r.Pattern(text); return err }
	for _, test := range []struct {
		read               func(phone.Region, string) error
		region, text, want string
	}{
		{number, "DE", "", `number "": ` + missing},
		{number, "DE", " + ", `number " + ": ` + missing},
		{number, "DE", "anonymous", `number "anonymous": ` + withheld},
		{number, "DE", "+266696687", `number "+266696687": ` + withheld},
		{number, "DE", "spam", `number "spam": it has the letter 's'; write digits only, such as +4930123456`},
		{number, "DE", "--reason", `number "--reason": it has the letter 'r'; write digits only, such as +4930123456`},
		{number, "DE", "030&31", `number "030&31": it has the character '&'; write digits only, such as +4930123456`},
		{number, "DE", "49+30", `number "49+30": a + stands behind digits; write it in front, or leave it out`},
		{number, "DE", "+49", `number "+49": there are less than three digits behind the +; write the whole number, or a prefix such as +44*`},
		{number, "DE", "+4420*", `number "+4420*": ` + star},
		{number, "DE", "4420*", `number "4420*": ` + star},
		{number, "DE", "+4930#", `number "+4930#": ` + star},
		{number, "DE", "1234567890123456", `number "1234567890123456": ` + long},
		{number, "DE", "+9991234567890123", `number "+9991234567890123": ` + long},
		{number, "DE", "030123,030456", `number "030123,030456": ` + several},
		{number, "DE", "030123;030456", `number "030123;030456": ` + several},
		{number, "", "030123456", `number "030123456": ` + noRegion},
		{number, "", "2125550123", `number "2125550123": ` + noRegion},
		{number, "", "0123", `number "0123": ` + noRegion},
		{number, "", "1234567", `number "1234567": ` + noRegion},
		{number, "DE", strings.Repeat("x", 300), `number "` + strings.Repeat("x", 60) + `…": it has the letter 'x'; write digits only, such as +4930123456`},
		{pattern, "DE", "*", `pattern "*": ` + empty},
		{pattern, "DE", "+*", `pattern "+*": ` + empty},
		{pattern, "DE", "", `pattern "": ` + missing},
		{pattern, "DE", "+44*20", `pattern "+44*20": ` + inner},
		{pattern, "DE", "*4420", `pattern "*4420": ` + inner},
		{pattern, "DE", "+4420**", `pattern "+4420**": ` + inner},
		{pattern, "DE", "*31#", `pattern "*31#": ` + inner},
		{pattern, "DE", "31#*", `pattern "31#*": a # can't be part of a beginning; leave it out`},
		{pattern, "DE", "spam*", `pattern "spam*": it has the letter 's'; write digits only, such as +4930123456`},
		{pattern, "DE", "+4420,+4421*", `pattern "+4420,+4421*": ` + several},
		{pattern, "DE", "+4420*,+4421*", `pattern "+4420*,+4421*": ` + several},
		{pattern, "DE", "+1234567890123456*", `pattern "+1234567890123456*": ` + long},
		{pattern, "DE", "0*", `pattern "0*": so begin national and international numbers; write a beginning such as +44*`},
		{pattern, "IT", "0*", `pattern "0*": so begin national and international numbers; write a beginning such as +44*`},
		{pattern, "DE", "00*", `pattern "00*": it ends with the international prefix; write a beginning such as +44*`},
		{pattern, "US", "011*", `pattern "011*": it ends with the international prefix; write a beginning such as +44*`},
		{pattern, "US", "1*", `pattern "1*": no national number begins so; for all numbers of the country write +1*`},
		{pattern, "US", "020*", `pattern "020*": no national number begins so; for all numbers of the country write +1*`},
		{pattern, "DE", "000*", `pattern "000*": no national number begins so; for all numbers of the country write +49*`},
		{pattern, "DE", "4930*", `pattern "4930*": it may begin with the country code or not; write +4930* or 04930*`},
		{pattern, "IT", "39*", `pattern "39*": it may begin with the country code or not; write +39* or +3939*`},
		{pattern, "DE", "4420*", `pattern "4420*": it may begin a national number or an international one; write 04420* or +4420*`},
		{pattern, "RU", "495*", `pattern "495*": it may begin a national number or an international one; write 8495* or +495*`},
		{pattern, "SG", "0049*", `pattern "0049*": it may be read as +9* or +49*; write the one that is meant`},
		{pattern, "BR", "005521*", `pattern "005521*": it may be read as +21* or +5521*; write the one that is meant`},
		{pattern, "ES", "4420*", `pattern "4420*": no national number begins so; if it begins with a country code, write +4420*`},
		{pattern, "", "020*", `pattern "020*": ` + noRegion},
		{pattern, "", "4420*", `pattern "4420*": ` + noRegion},
		{pattern, "", "00*", `pattern "00*": ` + noRegion},
		{pattern, "", "030123456", `pattern "030123456": ` + noRegion},
	} {
		if err := test.read(phone.Region(test.region), test.text); err == nil || err.Error() != test.want {
			t.Errorf("Region(%q), %q:\n got %v\nwant %s", test.region, test.text, err, test.want)
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
	if want := `number "+49 30": not in the form in which numbers are kept`; err.Error() != want {
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
