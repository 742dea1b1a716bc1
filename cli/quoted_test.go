package cli

import (
	"strings"
	"testing"
)

// Arguments that look like one number ask for quotes; Redis is not asked.
func TestUnquoted(t *testing.T) {
	quote := func(command, words string) string {
		text := "these look like one number: quote it: ringfence " + command + " '" + words + "'"
		if command != "check" {
			text += "; if it is several, use --force"
		}
		return text
	}
	for _, test := range []struct{ command, words, want string }{
		{"block", "030 23125000", ""},
		{"block", "030 666 200", ""},
		{"block", "030 666200", ""},
		{"block", "+49 30 23125000", ""},
		{"block", "+49 (0)30 23125000", ""},
		{"block", "(030) 23125000", ""},
		{"block", "030 / 23125000", ""},
		{"block", "030 - 23125000", ""},
		{"block", "0049 30 23125000", ""},
		{"block", "004930 23125000", ""},
		{"block", "030666 200200", ""},
		{"block", "+4930 666200", ""},
		{"block", "01 23 45 67 89", ""},
		{"block", "020 7183 8750", ""},
		{"block", "212 555 0199", ""},
		{"block", "110 112", ""},
		{"allow", "030 23125000", ""},
		{"remove", "030 23125000", ""},
		{"check", "030 23125000", ""},
		{"block", "+493023125012 1100", `"1100" looks like a piece of a number: quote a number with blanks: ringfence block '030 123456'; if it is several, use --force`},
		{"block", "030 23125000 030 23125001", `"030" looks like a piece of a number: quote a number with blanks: ringfence block '030 123456'; if it is several, use --force`},
		{"block", "100 +44207*", `"100" looks like a piece of a number: quote a number with blanks: ringfence block '030 123456'; if it is several, use --force`},
		{"list", "030 23125000", "these look like one number: quote it: ringfence list '030 23125000'"},
		{"list", "--search 030 23125000", "these look like one number: quote it: ringfence list '030 23125000'"},
		{"log", "--number 030 23125000", "these look like one number: quote it: ringfence log '030 23125000'"},
		{"audit", "+49 3023125000", "these look like one number: quote it: ringfence audit '+49 3023125000'"},
		{"audit", "+493023125000 +493023125001", `unexpected argument "+493023125001": name one number, and quote one with blanks`},
		{"log", "--number +493023125000 +493023125001", "name the number once: as the argument or by --number"},
		{"hours remove", "030 23125000", "these look like one number: quote it: ringfence hours remove '030 23125000'"},
		{"hours remove", "+49 30 23125000", "these look like one number: quote it: ringfence hours remove '+49 30 23125000'"},
		{"hours remove", "(030) 23125000", "these look like one number: quote it: ringfence hours remove '(030) 23125000'"},
		{"hours check", "030 23125000", "these look like one number: quote it: ringfence hours check '030 23125000'"},
		{"hours show", "0171 123 4567", "these look like one number: quote it: ringfence hours show '0171 123 4567'"},
		{"block", "+4930666200 --to 030 23125000", "these look like one number: quote it: --to '030 23125000'"},
		{"block", "--to 030 23125000 +4930666200", "these look like one number: quote it: --to '030 23125000'"},
		{"remove", "+4930666200 --to +49 3023125000", "these look like one number: quote it: --to '+49 3023125000'"},
		{"check", "+4930666200 --to (030) 23125000", "these look like one number: quote it: --to '(030) 23125000'"},
		{"log", "--to 030 23125000", "these look like one number: quote it: --to '030 23125000'"},
		{"block", "+4930666200 --to 030 23125000 --force", "these look like one number: quote it: --to '030 23125000'"},
	} {
		want := test.want
		if want == "" {
			want = quote(test.command, test.words)
		}
		_, _, err := runHere(t, strings.Fields(test.command+" "+test.words)...)
		if err == nil || err.Error() != want {
			t.Errorf("%s %s:\n got %v\nwant %s", test.command, test.words, err, want)
		}
	}
}

// Whole numbers are several.
func TestUnquotedTakesSeveral(t *testing.T) {
	for _, words := range []string{
		"+493023125012 +493023125013", "030666200 030666201", "+4930666200 +44207*", "4930666200 4930666201",
		"2125550199 2125550198", "030666200", "- +4930666200", "100 -",
		"+4930666200 4930666201999", "--force 100 101", "--force 030 23125000",
	} {
		_, _, err := runHere(t, append([]string{"block", "--region", "DE", "--to", "x"}, strings.Fields(words)...)...)
		if err == nil || !strings.Contains(err.Error(), "the letter") {
			t.Errorf("%s: got %v, want the error of --to only", words, err)
		}
	}
}

// Dialled numbers are often extensions.
func TestUnquotedTakesSeveralDialledNumbers(t *testing.T) {
	for _, words := range []string{"100 101", "01 02", "default 030", "030 default", "030666200 030666201", "+4930888 100", "030 +4930888"} {
		_, _, err := runHere(t, append([]string{"hours", "remove", "--region", "DE"}, strings.Fields(words+" x")...)...)
		if err == nil || !strings.Contains(err.Error(), "the letter") {
			t.Errorf("%s: got %v, want the error of x only", words, err)
		}
	}
}
