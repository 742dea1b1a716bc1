package repeat_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/span"
)

func TestParseRules(t *testing.T) {
	t.Parallel()
	five := repeat.Default()
	for text, want := range map[string]repeat.Rules{
		"off":                             nil,
		" Off ":                           nil,
		"on":                              {five},
		"5 in 5m":                         {five},
		"5 IN 5m Off-Hours":               {five},
		"5 in 300s per caller for good":   {five},
		"3 in 1h always":                  {{3, time.Hour, repeat.Always, repeat.PerCaller, 0}},
		"3 in 1h for 1d per dialled":      {{3, time.Hour, repeat.OffHours, repeat.PerDialled, span.Day}},
		"5 in 5m; 20 in 1h always for 1d": {five, {20, time.Hour, repeat.Always, repeat.PerCaller, span.Day}},
		"5\u202fin\u00a05 minutes off\u2013hours":           {five},
		"3 in 2 hours always for 1 day":                     {{3, 2 * time.Hour, repeat.Always, repeat.PerCaller, span.Day}},
		"3 in 2 hours 30 minutes Always FOR 1 day and 12 h": {{3, 150 * time.Minute, repeat.Always, repeat.PerCaller, 36 * time.Hour}},
		"3 in 1H for 1 y PER Dialled":                       {{3, time.Hour, repeat.OffHours, repeat.PerDialled, 365 * span.Day}},
		"2 in 1s":                                           {{2, time.Second, repeat.OffHours, repeat.PerCaller, 0}},
		"1000 in 1w for 365d":                               {{1000, span.Week, repeat.OffHours, repeat.PerCaller, 365 * span.Day}},
	} {
		got, err := repeat.ParseRules(text)
		if err != nil {
			t.Errorf("ParseRules(%q): %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseRules(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseRules_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "a number of calls and a duration are missing",
		"5":                        `use for example "5 in 5m off-hours"`,
		"5 calls in 5m":            "a number of calls and a duration are missing",
		"five in 5m":               `invalid number of calls "five": use 2 to 1000`,
		"1 in 5m":                  `invalid number of calls "1": use 2 to 1000`,
		"1001 in 5m":               `invalid number of calls "1001": use 2 to 1000`,
		"5 in 5":                   `invalid duration "5"`,
		"5 in 5M":                  `invalid duration "5M": the unit M can be read in two ways: use 5m for minutes, or 5mo for months`,
		"5 in 5 M":                 `invalid duration "5M": the unit M can be read in two ways: use 5m for minutes, or 5mo for months`,
		"5 in 1h for 1M":           `invalid duration "1M": the unit M can be read in two ways: use 1m for minutes, or 1mo for months`,
		"5 in 1h for 1 M always":   `invalid duration "1M": the unit M can be read in two ways: use 1m for minutes, or 1mo for months`,
		"5 in 5m per caller per":   `a value is missing after "per"`,
		"5 in 5m for 1d for":       `a value is missing after "for"`,
		"5 in 8d":                  `invalid duration "8d": use 1s to 7d`,
		"5 in 5m sometimes":        `a value is missing after "sometimes"`,
		"5 in 5m sometimes or so":  `unknown word "sometimes"`,
		"5 in 5m per":              `a value is missing after "per"`,
		"5 in 5m per call":         `invalid scope "call": use per caller or per dialled`,
		"5 in 5m for":              `a value is missing after "for"`,
		"5 in 5m for 1s":           `invalid duration "1s": use 1m to 365d`,
		"5 in 5m always off-hours": `"off-hours" repeats or contradicts an earlier word`,
		"5 in 5m for 1d for good":  `"for good" repeats or contradicts an earlier word`,
		"5 in 5m;":                 "a number of calls and a duration are missing",
		"5 in 5m; 5 in 300s":       `rule "5 in 5m off-hours" is there twice`,
		"2 in 1s;3 in 1s;4 in 1s;5 in 1s;6 in 1s;7 in 1s;8 in 1s;9 in 1s;10 in 1s;11 in 1s;12 in 1s": "11 rules are too many: use at most 10",
	} {
		rules, err := repeat.ParseRules(text)
		if err == nil {
			t.Errorf("ParseRules(%q) = %v, want an error", text, rules)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("ParseRules(%q): %v; want it to say %q", text, err, want)
		}
	}
}

// What is written can be read, and says the same.
func TestRules_AreReadAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfNDistinct(anyRule(), 0, repeat.MaxRules, rapid.ID[repeat.Rule]).Draw(t, "rules")
		want := repeat.Rules(rules)
		got, err := repeat.ParseRules(want.String())
		if err != nil {
			t.Fatal(err)
		}
		byText := func(a, b repeat.Rule) int { return strings.Compare(a.String(), b.String()) }
		if len(want) > 0 && !cmp.Equal(slices.SortedFunc(slices.Values(want), byText), slices.SortedFunc(slices.Values(got), byText)) {
			t.Errorf("ParseRules(%q) = %v", want, got)
		}
		if again, err := repeat.ParseRules(got.String()); err != nil || again.String() != got.String() {
			t.Errorf("%q is read as %q, %v", got, again, err)
		}
	})
}

func anyRule() *rapid.Generator[repeat.Rule] {
	return rapid.Custom(func(t *rapid.T) repeat.Rule {
		seconds := func(least, most time.Duration, label string) time.Duration {
			return time.Duration(rapid.Int64Range(int64(least/time.Second), int64(most/time.Second)).Draw(t, label)) * time.Second
		}
		rule := repeat.Rule{
			Calls:  rapid.IntRange(repeat.MinCalls, repeat.MaxCalls).Draw(t, "calls"),
			Within: seconds(repeat.MinWithin, repeat.MaxWithin, "within"),
			When:   rapid.SampledFrom([]repeat.When{repeat.OffHours, repeat.Always}).Draw(t, "when"),
			Scope:  rapid.SampledFrom([]repeat.Scope{repeat.PerCaller, repeat.PerDialled}).Draw(t, "scope"),
		}
		if rapid.Bool().Draw(t, "ends") {
			rule.For = seconds(repeat.MinFor, repeat.MaxFor, "for")
		}
		return rule
	})
}

func FuzzParseRules(f *testing.F) {
	f.Add("5 in 5m; 20 in 1h always per dialled for 1d")
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := repeat.ParseRules(text)
		if err != nil {
			return
		}
		again, err := repeat.ParseRules(rules.String())
		if err != nil || !cmp.Equal(rules, again) {
			t.Errorf("%q is read as %q, and this as %v, %v", text, rules, again, err)
		}
	})
}

// The rule that weighs most comes first, whatever the order in which they are
// written.
func TestParseRules_SortsByStrictness(t *testing.T) {
	t.Parallel()
	got, err := repeat.ParseRules("2 in 1m per dialled; 3 in 1m for 1h; 4 in 1m for 1d; 5 in 1m; 6 in 1m for 1h")
	if err != nil {
		t.Fatal(err)
	}
	const want = "5 in 1m off-hours; 4 in 1m off-hours for 1d; 3 in 1m off-hours for 1h; 6 in 1m off-hours for 1h; 2 in 1m off-hours per dialled"
	if got.String() != want {
		t.Errorf("read as %q, want %q", got, want)
	}
}

func TestRule_Lasts(t *testing.T) {
	t.Parallel()
	for strike, want := range map[int]time.Duration{1: time.Hour, 2: 7 * time.Hour, 3: 0, 4: 0} {
		rule := repeat.Rule{For: time.Hour}
		if got := rule.Lasts(strike); got != want {
			t.Errorf("the listing after strike %d lasts %s, want %s", strike, got, want)
		}
		rule.For = 0
		if got := rule.Lasts(strike); got != 0 {
			t.Errorf("the listing for good after strike %d lasts %s", strike, got)
		}
	}
}

func TestRules_Active(t *testing.T) {
	t.Parallel()
	rules, err := repeat.ParseRules("5 in 5m; 20 in 1h always")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rules, rules.Active(true)); diff != "" {
		t.Errorf("outside working time (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(rules[1:], rules.Active(false)); diff != "" {
		t.Errorf("within working time (-want +got):\n%s", diff)
	}
}
