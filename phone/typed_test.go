package phone_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
)

// One number at a time: an ending or a second number is never glued on.
func TestTyped_RefusesSeveralNumbers(t *testing.T) {
	t.Parallel()
	for region, texts := range map[phone.Region][]string{
		"DE": {
			"030 23125012 / 13", "030 23125 012 / 13", "030 23125012/13", "030 23125-012/-013", "23125012 23125013", "2312501 2312502",
			"030 2312500-2312509", "+49 30 2310-2319", "+49 30 23125012 (13)", "+49 30 23125012 <13>", "030 23125 012 -14", "030 23125012-13", "23125012-13",
			"030 23125012 13", "030 23125012 1", "030 23125012...13", "030 23125012 .. 13", "030 23125 012-014", "030 23125 12-14",
			"030 23125-0-9", "030 23125 00-99", "030 23125012 - 13", "030 23125012 x13", "030 23125012 ext. 5", "030 23125012 und 13",
			"030 23125012; 13", "030 23125012, spam", "030 23125012|13", "030 23125012\n030 23125013", "030 23125012 or 030 23125013",
			"+493023125012 +493023125013", "+493023125012/+493023125013", "0049 30 23125012 0049 30 23125013",
			"030 23125012 030 23125013", "030 231250 030 231251", "*31# 030 23125012", "110/112", "100 101", `"030 23125012" "030 23125013"`,
			"sip:030%2023125012%20/%2013@host", "tel:+49-30-23125012/13", "030 23125012@030 23125013", "+493023125012@13",
			"1. 030 23125042", "1) 030 23125042", "12. 030 23125042", "1 030 23125042", "(1) 030 23125042", "1 - 030 23125042", "1\t030 23125042",
			"2 030 23125042", "33 030 23125042", "01 030 23125042", "001 030 23125042", "007 030 23125042", "0 030 23125042", "1. 0151 12345678",
			"030 888 030 999", "030888 030999", "030 231250 •• 12",
		},
		"GB": {"1. 020 7946 0123", "1 020 7946 0123", "5 020 7946 0123", "01 020 7946 0123", "1/020 7946 0123"},
		"AU": {"33 02 9876 5432", "2. 02 9876 5432", "0 02 9876 5432"},
		"KR": {"4 02-1234-5678", "49 02-1234-5678"},
		"BR": {"2. (11) 95555-0123"},
		"IT": {"49 06 12345678", "2. 06 12345678", "3) 333 1234567"},
		"ES": {"2 912 345 678", "12 612 345 678"},
		"BE": {"02 633 12 34 / 35", "02/633 12 34/35", "02 633 12 34 02 633 12 35"},
		"US": {"2 202-555-0123", "17 202 555 0123", "1. 202-555-0123", "2. 202-555-0123", "2) (202) 555-0123", "202-555-0123 12", "2025550101 2025550102", "202-555-0123/0124", "202-555-0100-0199", "5550104 5550105"},
		"FR": {"05 61 23 45 67 / 68", "05 61 23 45 67 06 61 23 45 67"},
		"IN": {"98765 43210 98765 43211", "+91 98765 43210 98765 43211"},
	} {
		for _, text := range texts {
			if n, err := region.Number(text); !errors.Is(err, phone.ErrSeveral) {
				t.Errorf("Region(%q).Number(%q) = %q, %v", region, text, n, err)
			}
			if p, err := region.Pattern(text); !errors.Is(err, phone.ErrSeveral) {
				t.Errorf("Region(%q).Pattern(%q) = %q, %v", region, text, p, err)
			}
		}
	}
}

// The usual separators are those of one number.
func TestTyped_ReadsGroups(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ region, want, text string }{
		{"DE", "+493023125012", "030/23125012"},
		{"DE", "+493023125012", "030 / 23125012"},
		{"DE", "+493023125012", "(030)/23125012"},
		{"DE", "+493023125012", "030-23125-012"},
		{"DE", "+493023125012", "030 - 23125012"},
		{"DE", "+493023125012", "(030) 231 25-012"},
		{"DE", "+493023125012", "+49 (0)30 / 23125 012"},
		{"DE", "+493023125012", "030.23125.012"},
		{"DE", "+493023125012", "(+49) 30 23125012"},
		{"DE", "+493023125012", "\u202a+49\u00a030 23125012\u202c"},
		{"DE", "+49302312512", "030 23125-12"},
		{"DE", "+4930231250", "030 23125-0"},
		{"DE", "+4930123456", "0 30 12 34 56"},
		{"DE", "+498003301000", "0800 / 330 1000"},
		{"DE", "+442079460123", "+44 (0)20 7946 0123"},
		{"DE", "+442079460123", "44 20 7946 0123"},
		{"DE", "+41442345678", "0041 044 234 56 78"},
		{"DE", "+390612345678", "0039 06 12345678"},
		{"DE", "+12125550123", "1 212 555 0123"},
		{"DE", "+493023125012", "49 030 23125012"},
		{"DE", "+493023125012", `tel:23125012;phone-context="+49-30"`},
		{"AT", "+436641234567", "0664/123 45 67"},
		{"AT", "+436641234567", "0664 123 45 67"},
		{"US", "+12025550123", "1 (202) 555-0123"},
		{"US", "+12025550123", "(1) 202 555 0123"},
		{"US", "+12025550123", "1.202.555.0123"},
		{"KR", "+82212345678", "02) 1234-5678"},
		{"DE", "+999123456", "+999 (12) 3456"},
		{"DE", "112", "1 1 2"},
		{"BE", "+3226331234", "02/633 12 34"},
		{"BE", "+32475123456", "0475/12.34.56"},
		{"US", "+12025550123", "202.555.0123"},
		{"US", "+12025550123", "202 - 555 - 0123"},
		{"US", "+12025550123", "202/555-0123"},
		{"US", "5550123", "555-0123"},
		{"US", "+4915123456789", "011 49 15123 456789"},
		{"GB", "+4915123456789", "0049 15123 456789"},
		{"FR", "+33561234567", "05 61 23 45 67"},
		{"FR", "+33561234500", "05.61.23.45.00"},
		{"IN", "+919876543210", "98765-43210"},
		{"HK", "+85223102319", "2310-2319"},
		{"JP", "+81312341235", "03-1234-1235"},
		{"RU", "+74951234567", "8 (495) 123-45-67"},
		{"BR", "+552123456789", "0 31 21 2345-6789"},
	} {
		if n, err := phone.Region(test.region).Number(test.text); err != nil || n.String() != test.want {
			t.Errorf("Region(%q).Number(%q) = %q, %v, want %q", test.region, test.text, n, err, test.want)
		}
	}
}

// Patterns of other systems are a prefix, or they are refused: never a number without its
// wildcard.
func TestTyped_Wildcards(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"_0900.": "+49900*", "_0900X.": "+49900*", "_0900XXX": "+49900*", "_+4930231250XX": "+4930231250*", "_030-23125!": "+493023125*",
		"0900.*": "+49900*", "_03023125012": "+493023125012", "#31#": "#31#", "##002#": "##002#",
	} {
		if p, err := phone.Region("DE").Pattern(text); err != nil || p.String() != want {
			t.Errorf("%q is read as %q, %v, want %q", text, p, err, want)
		}
	}
	for text, use := range map[string]string{
		"+4930231250??": "use +4930231250*", "+4930231250__": "use +4930231250*", "9011.": "use 9011*", "0160#": "use 0160*",
		"+493023125[0-4]": "use +493023125*", "2025550123%": "use 2025550123*", "030 23125XX": "use 030 23125*", "+4930231250!": "use +4930231250*",
		"+4930231250...": "use +4930231250*", "+4930231250…": "use +4930231250*", "030N.": "use 030*", "030 231250-": "use 030 231250*", "030 231250 /": "use 030 231250*", "+4930231250?*": "use +4930231250*",
		"%2025550123": "use a prefix", "?30123": "use a prefix", "+49302312500~9": "use a prefix", "030_123456": "use a prefix", "+49%2030123456": "use a prefix",
		"030231250···": "use 030231250*", "030231250•••": "use 030231250*", "030231250—": "use 030231250*", "+4930231250／": "use +4930231250*",
		"+4930231250～": "use +4930231250*", "+4930231250．": "use +4930231250*", "030231250・・": "use 030231250*", "030 231250−": "use 030 231250*",
		"+49 30 •••• 5012": "wildcard", "+49 ••• ••• 12": "wildcard", "0151····678": "wildcard", "+49 30 ---- 12": "wildcard", "+49151―――5678": "wildcard",
		"+49 151 - - - 5678": "wildcard", "•••5678": "wildcard", "...5678": "wildcard", "---5678": "wildcard", "// 030 23125045": "wildcard", "-- 030 23125045": "wildcard",
		"0142345000#01": "short codes", "110*112": "only at the end", "2024-11-02": "a date", "01.02.2024": "a date", "11/2/2024": "a date",
		"_0900[1-5].": "use for example", "_0900NXX": "use for example", "_X.": "every caller", "+4930*12": "only at the end", "^1?202555016": "'^'",
	} {
		if p, err := phone.Region("DE").Pattern(text); err == nil || !strings.Contains(err.Error(), use) {
			t.Errorf("%q is read as %q, %v, want an error with %q", text, p, err, use)
		}
		if n, err := phone.Region("DE").Number(text); err == nil {
			t.Errorf("%q is the number %q", text, n)
		}
	}
}

// The prefix of a dialplan pattern has numbers of the same kind: 2125* in the US is no range of extensions.
func TestTyped_DialplanPatternsKeepTheirLength(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"_2125X", "_2000X", "_5550XXX", "_20X"} {
		if p, err := phone.Region("US").Pattern(text); err == nil || !strings.Contains(err.Error(), "extensions") {
			t.Errorf("%q is read as %q, %v", text, p, err)
		}
	}
	for text, want := range map[string]string{"_212XXXXXXX": "+1212*", "_1900XXXXXXX": "+1900*", "_4930231250XX": "+4930231250*"} {
		if p, err := phone.Region("US").Pattern(text); err != nil || p.String() != want {
			t.Errorf("%q is read as %q, %v, want %q", text, p, err, want)
		}
	}
}

// What a spreadsheet puts around a number is removed. What it has changed is refused.
func TestTyped_Spreadsheets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`="+442079460123"`, `"=""+442079460123"""`, `=""+442079460123""`, "'02079460123", "‘02079460123’", `"02079460123"`, "=+442079460123",
		"442079460123.0", "442079460123,00", "+442079460123.000", ` ="02079460123" `,
	} {
		if p, err := phone.Region("GB").Pattern(text); err != nil || p.String() != "+442079460123" {
			t.Errorf("%q is read as %q, %v", text, p, err)
		}
	}
	for text, want := range map[string]string{"100.0": "100", "9001.00": "9001", "555.0000": "5550000", "202.555.0000": "+12025550000"} {
		if p, err := phone.Region("US").Pattern(text); err != nil || p.String() != want {
			t.Errorf("%q is read as %q, %v, want %q", text, p, err, want)
		}
	}
	for _, text := range []string{
		"4,42079E+11", "4.93E+11", "1.23457e+12", "3.023125012E9", "3.1E9", "442,079,460,123.00", "442.079.460.123,00", "-23125", "#####", "#NAME?", "#REF!", "#N/A", `="4,42E+11"`,
	} {
		if p, err := phone.Region("GB").Pattern(text); !errors.Is(err, phone.ErrSpreadsheet) {
			t.Errorf("%q is read as %q, %v", text, p, err)
		}
	}
}

func TestSeveral(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"+493023125012,+493023125013,+4420794601*,+12025550123": {"+493023125012", "+493023125013", "+4420794601*", "+12025550123"},
		"030 23125012 / 030 23125013":                           {"030 23125012", "030 23125013"},
		"030/23125012 ; 030/23125013":                           {"030/23125012", "030/23125013"},
		"+44 20 7946 0123 ::: +44 20 7946 0124":                 {"+44 20 7946 0123", "+44 20 7946 0124"},
		"030 23125012 oder 030 23125013":                        {"030 23125012", "030 23125013"},
		"030 23125012\n030 23125013\n":                          {"030 23125012", "030 23125013"},
		"+49 30 23125012 +49 30 23125013":                       {"+49 30 23125012", "+49 30 23125013"},
		"+493023125012 +493023125013":                           {"+493023125012", "+493023125013"},
		"110, 112":                                              {"110", "112"},
		"030 23125 012 030 23125 013":                           {"030 23125 012", "030 23125 013"},
		"(030) 23125012 (030) 23125013":                         {"(030) 23125012", "(030) 23125013"},
		"030 23125 012 013":                                     nil,
		"030 23125012 / 13":                                     nil,
		"030 23125012, spam":                                    nil,
		"030 23125012 - 030 23125019":                           nil,
		"030 23125012, 112":                                     nil,
		"030 23125012":                                          nil,
		"+49 (0)151/23456789":                                   nil,
		"100 101":                                               nil,
		"sip:+493023125012@host,+493023125013":                  nil,
		"":                                                      nil,
	} {
		if diff := cmp.Diff(want, phone.Region("DE").Several(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	_, err := phone.Region("DE").Number("030 23125012, 030 23125013")
	if !errors.Is(err, phone.ErrSeveral) || !strings.HasSuffix(err.Error(), ": 030 23125012 and 030 23125013") {
		t.Errorf("the error is %v", err)
	}
}

// A long text costs time in proportion to its length.
func TestTyped_LongTexts(t *testing.T) {
	t.Parallel()
	const count = 100_000
	for _, text := range []string{"1 ", "030 ", "0 ", "-1", "+1 ", "/", "_", "X", "1,", "030 23125012 ", ".0", "0.0,", "'1", `"1`, "(1"} {
		start := time.Now()
		if n, err := phone.Region("DE").Number("030 23125012" + strings.Repeat(text, count)); err == nil {
			t.Errorf("a text of many %q is the number %q", text, n)
		}
		if spent := time.Since(start); spent > 5*time.Second {
			t.Errorf("a text of many %q took %s", text, spent)
		}
	}
}

// written returns a number in a way that people write it.
func written(t *rapid.T, region phone.Region, code, national string) string {
	number, err := phonenumbers.Parse("+"+code+national, "")
	if err != nil {
		t.Skip("no number")
	}
	format := phonenumbers.INTERNATIONAL
	if phonenumbers.GetRegionCodeForNumber(number) == string(region) {
		format = rapid.SampledFrom([]phonenumbers.PhoneNumberFormat{format, phonenumbers.NATIONAL, phonenumbers.RFC3966}).Draw(t, "format")
	}
	text := phonenumbers.Format(number, format)
	if separator := rapid.SampledFrom([]string{"", ".", "\u00a0", "\u2009"}).Draw(t, "separator"); separator != "" {
		text = strings.ReplaceAll(text, " ", separator)
	}
	return text
}

// A number in the groups that its country writes is one number, and an ending or another
// number behind it is refused.
func TestTyped_OneNumberInEveryRegion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		region, code, national := validNumber(t)
		text := written(t, region, code, national)
		n, err := region.Number(text)
		if err != nil || n != region.Caller(text) {
			t.Fatalf("Region(%q).Number(%q) = %q, %v; as a caller it is %q", region, text, n, err, region.Caller(text))
		}
		other := written(t, region, code, national)
		end := rapid.SampledFrom([]string{
			" / 13", "/13", "/-13", " (13)", " -13", "...13", " .. 13", " x13", " ext. 5", "; 13", ", 13", "|13", "\n13", "??", "__", "[0-4]", "%", "XX", "!", "…", "#", "*1",
			" / " + other, ", " + other, ";" + other, "|" + other, "\n" + other, " or " + other, " " + other,
		}).Draw(t, "end")
		if n, err := region.Number(text + end); err == nil && n.Kind() == phone.International {
			t.Fatalf("Region(%q).Number(%q) = %q", region, text+end, n)
		}
	})
}
