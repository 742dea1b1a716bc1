package listfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// Ten digits are a number of +1, even a forged one that no caller has. Other digits may be
// those of other countries, whose callers would be blocked.
func TestComplaintsAreAboutTheirOwnCountry(t *testing.T) {
	t.Parallel()
	numbers := []string{
		"203-000-1637", "496-912-3456", "493-012-3456", "2030001637", "496 912 34567", "203-760-1637", "1-203-760-1637",
		"+4969123456", "+49 69 123456", "0049 69 123456", "011 49 69 123456",
	}
	want := "+12030001637\n+14969123456\n+14930123456\n+12030001637\nnot of this country\n" +
		"+12037601637\n+12037601637\n" + strings.Repeat("+4969123456\n", 4)
	for format, file := range map[listfile.Format]string{
		listfile.FTC:     "Company_Phone_Number,Subject\n" + strings.Join(numbers, ",x\n") + ",x\n",
		listfile.FCC:     "Caller ID Number,Issue\n" + strings.Join(numbers, ",x\n") + ",x\n",
		listfile.FCCJSON: `[{"caller_id_number":"` + strings.Join(numbers, `"},{"caller_id_number":"`) + `"}]`,
	} {
		for _, region := range []phone.Region{"", "DE", "US"} {
			for _, impossible := range []bool{false, true} {
				got := outcomes(t, file, listfile.Options{Region: region, Impossible: impossible})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, region %q, impossible %t: %s", format, region, impossible, diff)
				}
			}
		}
	}
}

// Bare digits that happen to be valid behind a + are of any country.
func TestWithoutARegionBareDigitsAreNotGuessed(t *testing.T) {
	t.Parallel()
	numbers := []string{"2037601637", "4930123456", "2037*", "+12037601637", "0049 30 123456", "123456", "100", "030 123456"}
	guarded := strings.Repeat("country not known\n", 3) + "+12037601637\n+4930123456\n123456\n100\ncountry not known\n"
	for header, format := range map[string]listfile.Format{
		"":                     listfile.Plain,
		"number,description\n": listfile.FreePBX,
		"PhoneNo,Name\n":       listfile.CallAttendant,
		"Name,Number,Type\n":   listfile.YeastarP,
		"ANI,delete\n":         listfile.Plum,
	} {
		before := ""
		if format == listfile.YeastarP {
			before = "x,"
		}
		file := header + before + strings.Join(numbers, ",\n"+before) + ",\n"
		if diff := cmp.Diff(guarded, outcomes(t, file, listfile.Options{Format: format})); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
	for _, test := range []struct {
		file, want string
		options    listfile.Options
	}{
		{"number,kind\n4930123456,block\n", "country not known\n", listfile.Options{}},
		{"Phone,Reason\n4930123456,x\n", "country not known\n", listfile.Options{}},
		{"number,kind,hits\n4930123456,block,0\n", "+4930123456\n", listfile.Options{}},
		{`{"number":"49 30 123456"}`, "country not known\n", listfile.Options{}},
		{`{"number":"49 30 123456","kind":"block"}`, "+4930123456\n", listfile.Options{}},
		{`{"numbers":[{"phone":"4930123456"}]}`, "country not known\n", listfile.Options{}},
		{"2037601637\n", "+12037601637\n", listfile.Options{Region: "US"}},
	} {
		if diff := cmp.Diff(test.want, outcomes(t, test.file, test.options)); diff != "" {
			t.Errorf("%s: %s", test.file, diff)
		}
	}
}

// The cause of a pattern of another system, which package phone refuses, and what to write.
func TestPatternsOfOtherSystemsAreRefused(t *testing.T) {
	for number, want := range map[string]string{
		"0900?":     "pattern not supported: it has ?, a wildcard of another system; use 0900* for all numbers that begin so, or the whole number",
		"_0900?":    "pattern not supported: it has ?, a wildcard of another system; use 0900* for all numbers that begin so, or the whole number",
		"_+4930~":   "pattern not supported: it has ~, a wildcard of another system; use +4930* for all numbers that begin so, or the whole number",
		"_+4930Z12": "pattern not supported: only numbers and prefixes are supported; use for example 030123*",
		"_X.":       "pattern not supported: it matches every caller",
		"_12!":      "pattern not supported: it is ambiguous, a national or an international prefix; use 012* or +12*",
		"John_Doe":  `not a number: it has the letter 'J'; use digits only, such as +4930123456`,
	} {
		rows, err := all([]byte("number,reason\n"+number+",x\n"), listfile.Options{Region: "DE"})
		if err != nil || len(rows) != 1 || rows[0].Problem == nil || rows[0].Problem.Error() != want {
			t.Errorf("%s: %v, %v, want %s", number, rows, err, want)
		}
	}
}

// outcomes reads a file, and returns each row's rule or cause on a line.
func outcomes(t *testing.T, file string, options listfile.Options) string {
	t.Helper()
	rows, err := all([]byte(file), options)
	if err != nil {
		t.Fatalf("%v of\n%s", err, file)
	}
	return outcomesOf(rows)
}

// outcomesOf returns each row's rule or cause on a line.
func outcomesOf(rows []listfile.Row) string {
	var text strings.Builder
	for _, row := range rows {
		if row.Problem != nil {
			text.WriteString(string(row.Problem.Cause) + "\n")
		} else {
			text.WriteString(row.Entry.Rule.String() + "\n")
		}
	}
	return text.String()
}

// Digits that are hidden, left out, or the mark of a line in a list make no other number.
func TestHiddenDigitsAndMarksAreRefused(t *testing.T) {
	t.Parallel()
	numbers := []string{
		"+493099999999", "030231250•••", "030231250···", "+49 30 •••• 5012", "•••5678", "...5678", "---5678", "// 030 23125045",
		"1. 030 23125042", "2 030 23125042", "0142345000#01", "2024-11-02",
	}
	want := "+493099999999\n" + strings.Repeat("pattern not supported\n", 7) + strings.Repeat("several numbers\n", 2) + "pattern not supported\nnot a number\n"
	lines := "\n{\"number\":\"" + strings.Join(numbers, "\"}\n{\"number\":\"") + "\"}"
	for format, file := range map[listfile.Format]string{
		listfile.CSV: "Phone,x\n" + strings.Join(numbers, ",\n") + ",\n", listfile.Plain: strings.Join(numbers, "\n"), listfile.JSONLines: lines[1:],
	} {
		if diff := cmp.Diff(want, outcomes(t, file, listfile.Options{Region: "DE", Format: format})); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

// A pattern of a telephone system with few digits has extensions, not the numbers of an area.
func TestPatternsKeepTheirLength(t *testing.T) {
	t.Parallel()
	want := "pattern not supported\n+12125550*\n+1212555*\n+12125550123\n"
	got := outcomes(t, "Name,Number,Type\nx,2125X&2125550XXX&_212555.&2125550123,\n", listfile.Options{Region: "US", Format: listfile.YeastarP})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A number without the beginning that another column has is the number of somebody else.
func TestPartsOfANumberInTwoColumnsAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ region, file, want string }{
		{"DE", "Vorwahl;Rufnummer\n030;23125012\n0151;12345678\n030;030 23125013\n030;+493023125014\n;030 23125015\n", "incomplete number\nincomplete number\n+493023125013\n+493023125014\n+493023125015\n"},
		{"DE", "Country code,Phone\n1,2125550123\n49,3023125012\n+49,030 23125013\nDE,030 23125014\n44,2079460123\n44,442079460123\n", "incomplete number\n+493023125012\n+493023125013\n+493023125014\nincomplete number\n+442079460123\n"},
		{"US", "Area Code,Number,Reason\n212,5550123,x\n212,212-555-0124,x\n", "incomplete number\n+12125550124\n"},
		{"ES", "Prefijo;Teléfono\n91;2345678\n34;912345678\n", "incomplete number\n+34912345678\n"},
	} {
		if diff := cmp.Diff(test.want, outcomes(t, test.file, listfile.Options{Region: phone.Region(test.region)})); diff != "" {
			t.Errorf("%s: %s", test.file, diff)
		}
	}
}

// A line that names the delimiter for a spreadsheet may stand before rows without a header.
func TestSeparatorLineBeforePlainText(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"sep=;\r\n", "SEP=,\n", `"sep=;"` + "\n"} {
		if diff := cmp.Diff("+493023125012\n+493023125013\n", outcomes(t, line+"030 23125012;x\n030 23125013;y\n", listfile.Options{Region: "DE"})); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

// A number whose pieces have delimiters between them is none of the numbers that the pieces would be.
func TestPiecesOfANumberAreRefused(t *testing.T) {
	t.Parallel()
	file := "+493099999999\n030;23125012\n0151\t12345678\n030,23125012,spam\n+49,30,23125012\n49;30;23125012\n" +
		"1;03023125013\n030 23125014;030 23125015\n100,101,102\n100;030 23125016\n"
	want := "+493099999999\n" + strings.Repeat("several numbers\n", 5) + "1\n+493023125013\n+493023125014\n+493023125015\n100\n101\n102\n100\n+493023125016\n"
	if diff := cmp.Diff(want, outcomes(t, file, listfile.Options{Region: "DE"})); diff != "" {
		t.Error(diff)
	}
	if texts, _, err := listfile.TypedLine("030;23125012", "DE"); err == nil {
		t.Errorf("the line is read as %q", texts)
	}
}

// A number with words behind it is no reason of the number before it.
func TestNumberWithWordsIsNoReason(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"+493023125012, +493023125013 spam":        "several numbers\n",
		"+493023125012; (030) 23125013 (the shop)": "several numbers\n",
		"030 23125012\t0044 20 7946 0123: again":   "several numbers\n",
		"2125550123,2125550124 words":              "several numbers\n",
		"+493023125012, 24.12.2026 at noon":        "+493023125012\n",
		"+493023125012, 2026-12-24 10:00 spam":     "+493023125012\n",
		"+493023125012, 1795000000 is the time":    "+493023125012\n",
		"+493023125012, 3 calls in 5 minutes":      "+493023125012\n",
		"+493023125012, 010 is no number":          "+493023125012\n",
	} {
		region := phone.Region("DE")
		if strings.HasPrefix(line, "2") {
			region = "US"
		}
		if diff := cmp.Diff(want, outcomes(t, "+493099999999\n"+line+"\n", listfile.Options{Region: region})[len("+493099999999\n"):]); diff != "" {
			t.Errorf("%s: %s", line, diff)
		}
	}
}

// The callers of a family that lets them through are not blocked.
func TestAllowedFamiliesAreNotBlocked(t *testing.T) {
	t.Parallel()
	for _, family := range []string{"whitelist", "allowed", "VIP", "cidname"} {
		file := "/" + family + "/03023125012 : Meier\n1 results found.\n"
		for kind, want := range map[blacklist.Kind]string{blacklist.Block: "of the other kind\n", blacklist.Allow: "+493023125012\n"} {
			if diff := cmp.Diff(want, outcomes(t, file, listfile.Options{Region: "DE", Kind: kind})); diff != "" {
				t.Errorf("%s as %s: %s", family, kind, diff)
			}
		}
	}
}
