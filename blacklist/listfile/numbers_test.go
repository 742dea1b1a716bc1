package listfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
