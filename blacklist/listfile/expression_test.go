package listfile_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// readRule returns the rule of a plain line, or the cause of its refusal.
func readRule(t interface{ Fatalf(string, ...any) }, text string, region phone.Region) (phone.Pattern, listfile.Cause) {
	rows, err := all([]byte(text+"\n"), listfile.Options{Region: region, Format: listfile.Plain})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v of %q", len(rows), err, text)
	}
	if rows[0].Problem != nil {
		return phone.Pattern{}, rows[0].Problem.Cause
	}
	return rows[0].Entry.Rule.Pattern, ""
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`^1?202555016`: "+1202555016*", `^\+?1?202555016`: "+1202555016*", `^(\+1|1)?202555016`: "+1202555016*", `^1202555016`: "+1202555016*", `^202555016`: "+1202555016*",
		`^\+4930231250`: "+4930231250*", `^+4930231250`: "+4930231250*", `\+4930231250.*`: "+4930231250*", `+4930231250.*`: "+4930231250*", `^\+49\s*30`: "",
		`^\+493023125012$`: "+493023125012", `^\+4930231250\d{2}$`: "+4930231250*", `^\+4930231250[0-9]+`: "+4930231250*", `\+4930231250\d\d`: "+4930231250*",
		`(\+|00)?4930231250.*`: "", `(\+|011)4930231250.*`: "+4930231250*", `^[+]4930231250`: "+4930231250*",
		`^(202|203)555`: "", `^202555[1-5]`: "", `^[2-9]02`: "", `2025550101$`: "", `.*0101`: "", `.*`: "", `^`: "", `^.*$`: "", `^\d+`: "", `^+`: "", `^0*`: "",
		`^202.555`: "", `^2025550101\b`: "", `(?i)2025550101`: "+12025550101", `^\D`: "",
	} {
		pattern, cause := readRule(t, text, "US")
		if pattern.String() != want || want == "" && cause != listfile.BadPattern {
			t.Errorf("%s: %s %s, want %q", text, pattern, cause, want)
		}
	}
	for text, want := range map[string]string{
		`(\+|00)?4930231250.*`: "+4930231250*", `(0|\+49|0049)30231250.*`: "+4930231250*", `^\+?4930231250`: "+4930231250*", `^030231250`: "+4930231250*",
		`^(030|040)231250`: "", `^1?202555016`: "", `^(030|089)`: "", `^0?30231250`: "",
	} {
		if pattern, cause := readRule(t, text, "DE"); pattern.String() != want || want == "" && cause != listfile.BadPattern {
			t.Errorf("in Germany %s: %s %s, want %q", text, pattern, cause, want)
		}
	}
}

// A pattern of another system is never another number: the callers whom it means match
// what is read of it.
func TestAPatternMeansNobodyElse(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(
		rapid.StringMatching(`[0-9]{1,4}`), rapid.StringMatching(`\[[0-9]-[0-9]\]`),
		rapid.SampledFrom([]string{`\d`, `\d*`, `.`, `.*`, `.+`, `1?`, `0?`, `\+?`, `(0|1)`, `(1)?`, `\d{2}`, `[+]`, `\+`, `(202|203)`, `$`}),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"^", "^1?", `^\+?1?`, "", `^(\+1|1)?`}).Draw(t, "start") + strings.Join(rapid.SliceOfN(part, 1, 4).Draw(t, "parts"), "")
		if !strings.ContainsAny(text, `^$\`) && !strings.Contains(text, ".*") {
			t.Skip("no expression")
		}
		pattern, _ := readRule(t, text, "US")
		if pattern.String() == "" {
			return
		}
		anchored := text
		if !strings.HasPrefix(text, "^") {
			anchored = "^(?:" + text + ")$"
		}
		meant, err := regexp.Compile(anchored)
		if err != nil {
			t.Skip(err)
		}
		national := strings.TrimPrefix(strings.TrimPrefix(pattern.String(), "+"), "1")
		national = strings.TrimSuffix(national, "*")
		for range 20 {
			begin := rapid.SampledFrom([]string{national, "", national[:len(national)/2]}).Draw(t, "begin")
			caller := begin + rapid.StringMatching(`[2-9][0-9]{9}`).Draw(t, "rest")[min(10, len(begin)):]
			if caller[0] < '2' {
				continue
			}
			for _, spelled := range []string{caller, "1" + caller, "+1" + caller} {
				number := phone.Region("US").Caller(spelled)
				if strings.HasPrefix(number.String(), "+1"+caller) && meant.MatchString(spelled) && !pattern.Matches(number) {
					t.Fatalf("%s matches %s, but %s does not", text, spelled, pattern)
				}
			}
		}
	})
}

// What another system writes for any digit is no digit, and is not left out.
func TestWildcardsAreNeverLeftOut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SampledFrom([]string{"+4930231250", "03023125", "9011", "0160", "0900"}).Draw(t, "digits")
		mark := rapid.SampledFrom([]string{"?", "??", "__", "[1-5]", "[0-4].", "%", "XX", "!", ".*", `\d+`, "…", "~", "[!0]X", "X.", "ZXX", "#", "."}).Draw(t, "mark")
		text := digits + mark
		if mark != "#" && rapid.Bool().Draw(t, "before") {
			text = "_" + text
		}
		for _, file := range []string{text + "\n", "number,description\n" + text + ",x\n", "pattern\n" + text + "\n", "/blacklist/" + text + " : x\n", "Telefon;Name\n" + text + ";x\n"} {
			options := listfile.Options{Region: "DE"}
			if !strings.Contains(file[:len(file)-1], "\n") && file[0] != '/' {
				options.Format = listfile.Plain
			}
			rows, err := all([]byte(file), options)
			if err != nil {
				t.Fatalf("%v of %q", err, file)
			}
			for _, row := range rows {
				if row.Problem == nil && !row.Entry.Rule.Pattern.IsPrefix() {
					t.Fatalf("%q: %s", file, row.Entry.Rule)
				}
			}
		}
	})
}
