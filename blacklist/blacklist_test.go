package blacklist_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func rule(tb testing.TB, text string) blacklist.Rule {
	tb.Helper()
	r, err := blacklist.ParseRule(text)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func number(tb testing.TB, text string) phone.Number {
	tb.Helper()
	n, err := phone.ParseNumber(text)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestParseRule_RoundTrip(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"+4930123456", "+4420*", "100", "+4930123456:to:+49308888", "+4420*:to:200", "+4930123456:to:+4930*", "+4420*:to:2*", "+4420*:to:*31#"} {
		if got := rule(t, text).String(); got != text {
			t.Errorf("rule %q reads back as %q", text, got)
		}
	}
}

func TestParseRule_Refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "*", "+49 30", "anonymous", "+4930:to:", "+4930:to:x", "+4930:to:*", "+4930:to:withheld", "+4930:to:+0*", ":to:+4930"} {
		if r, err := blacklist.ParseRule(text); err == nil {
			t.Errorf("ParseRule(%q) = %v, want an error", text, r)
		}
	}
}

// Ensure the most specific rule speaks first, and allow wins a tie.
func TestRules_Match_Precedence(t *testing.T) {
	t.Parallel()
	inOrder := []blacklist.Entry{
		{Rule: rule(t, "+442071838750:to:100"), Kind: blacklist.Block},
		{Rule: rule(t, "+442071838750:to:100*"), Kind: blacklist.Allow},
		{Rule: rule(t, "+442071838750:to:10*"), Kind: blacklist.Block},
		{Rule: rule(t, "+442071838750:to:1*"), Kind: blacklist.Allow},
		{Rule: rule(t, "+442071838750"), Kind: blacklist.Allow},
		{Rule: rule(t, "+44207183*:to:100"), Kind: blacklist.Block},
		{Rule: rule(t, "+44207183*:to:1*"), Kind: blacklist.Allow},
		{Rule: rule(t, "+44207183*"), Kind: blacklist.Block},
		{Rule: rule(t, "+4420*:to:100"), Kind: blacklist.Allow},
		{Rule: rule(t, "+44*"), Kind: blacklist.Block},
	}
	shuffled := slices.Clone(inOrder)
	slices.Reverse(shuffled)
	rules := blacklist.NewRules(append(shuffled,
		blacklist.Entry{Rule: rule(t, "+4421*"), Kind: blacklist.Block},
		blacklist.Entry{Rule: rule(t, "+4420*:to:200"), Kind: blacklist.Block},
		blacklist.Entry{Rule: rule(t, "+442071838750:to:2*"), Kind: blacklist.Block},
		blacklist.Entry{Rule: rule(t, "+442071838750:to:1000*"), Kind: blacklist.Block},
		blacklist.Entry{Rule: rule(t, "+4*"), Kind: blacklist.Block, Expires: noon},
	))
	got := rules.Match(number(t, "+442071838750"), number(t, "100"), noon)
	if diff := gocmp.Diff(texts(inOrder), texts(got)); diff != "" {
		t.Errorf("order of entries (-want +got):\n%s", diff)
	}
}

func TestRules_About(t *testing.T) {
	t.Parallel()
	inOrder := []blacklist.Entry{
		{Rule: rule(t, "+44207*:to:200"), Kind: blacklist.Allow},
		{Rule: rule(t, "+44207*"), Kind: blacklist.Block},
		{Rule: rule(t, "+44*:to:100"), Kind: blacklist.Block},
	}
	rules := blacklist.NewRules(append(slices.Clone(inOrder),
		blacklist.Entry{Rule: rule(t, "+4421*"), Kind: blacklist.Block},
		blacklist.Entry{Rule: rule(t, "+442*:to:300"), Kind: blacklist.Block, Expires: noon},
	))
	if diff := gocmp.Diff(texts(inOrder), texts(rules.About(number(t, "+442071838750"), noon))); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if got := rules.About(phone.Number{}, noon); got != nil {
		t.Errorf("entries about nobody: %v", got)
	}
}

func TestNewRules_LaterEntryOfARuleCounts(t *testing.T) {
	t.Parallel()
	rules := blacklist.NewRules([]blacklist.Entry{
		{Rule: rule(t, "+4420*"), Kind: blacklist.Block},
		{Rule: rule(t, "+4420*"), Kind: blacklist.Allow},
	})
	if got := texts(rules.Entries()); !slices.Equal(got, []string{"allow +4420*"}) {
		t.Errorf("entries = %v", got)
	}
}

// Ensure the map of patterns finds what a walk over all entries finds.
func TestRules_Match_AgreesWithNaiveSearch(t *testing.T) {
	t.Parallel()
	digits := rapid.StringMatching(`[1-3]{3,6}`)
	rapid.Check(t, func(t *rapid.T) {
		var entries []blacklist.Entry
		seen := map[blacklist.Rule]bool{}
		for range rapid.IntRange(0, 20).Draw(t, "entries") {
			text := "+" + digits.Draw(t, "digits")
			if rapid.Bool().Draw(t, "prefix") {
				text = text[:rapid.IntRange(2, len(text)).Draw(t, "length")] + "*"
			}
			if rapid.Bool().Draw(t, "scoped") {
				text += ":to:" + rapid.SampledFrom([]string{"100", "100*", "10*", "1*", "2*", "+1*"}).Draw(t, "to")
			}
			r, err := blacklist.ParseRule(text)
			if err != nil {
				t.Fatal(err)
			}
			if !seen[r] {
				seen[r] = true
				kind := rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(t, "kind")
				entries = append(entries, blacklist.Entry{Rule: r, Kind: kind})
			}
		}
		caller, err := phone.ParseNumber("+" + digits.Draw(t, "caller"))
		if err != nil {
			t.Fatal(err)
		}
		dialled, err := phone.ParseNumber(rapid.SampledFrom([]string{"100", "200"}).Draw(t, "dialled"))
		if err != nil {
			t.Fatal(err)
		}
		var want []blacklist.Entry
		for _, entry := range entries {
			if entry.Rule.Matches(caller, dialled) {
				want = append(want, entry)
			}
		}
		slices.SortFunc(want, func(a, b blacklist.Entry) int {
			return cmp.Or(blacklist.Compare(a, b), cmp.Compare(a.String(), b.String()))
		})
		if diff := gocmp.Diff(texts(want), texts(blacklist.NewRules(entries).Match(caller, dialled, noon))); diff != "" {
			t.Fatalf("(-naive +rules):\n%s", diff)
		}
	})
}

func TestRules_Match_NothingForCallersWithoutNumber(t *testing.T) {
	t.Parallel()
	rules := blacklist.NewRules([]blacklist.Entry{{Rule: rule(t, "+4*"), Kind: blacklist.Block}})
	if got := rules.Match(phone.Number{}, phone.Number{}, noon); got != nil {
		t.Errorf("Match = %v, want none", got)
	}
}

func TestRisk(t *testing.T) {
	t.Parallel()
	own := []phone.Pattern{rule(t, "+4940888100").Pattern, rule(t, "+494023125*").Pattern}
	for _, test := range []struct {
		rule string
		kind blacklist.Kind
		want string
	}{
		{"+4930*", blacklist.Block, "the prefix +4930* has fewer than 5 digits"},
		{"+49301*", blacklist.Block, ""},
		{"+4940888*", blacklist.Block, "+4940888* covers the own number +4940888100"},
		{"+4940888100", blacklist.Block, "+4940888100 is an own number"},
		{"+4940888101", blacklist.Block, ""},
		{"+4940231250", blacklist.Block, "+4940231250 is in the range of own numbers +494023125*"},
		{"+494023125*", blacklist.Block, "+494023125* is in the range of own numbers +494023125*"},
		{"+494023125000*", blacklist.Block, "+494023125000* is in the range of own numbers +494023125*"},
		{"+49402312*", blacklist.Block, "+49402312* covers the range of own numbers +494023125*"},
		{"+494023126*", blacklist.Block, ""},
		{"+494023125", blacklist.Block, "+494023125 is in the range of own numbers +494023125*"},
		{"+49402312", blacklist.Block, ""},
		{"494023125", blacklist.Block, ""},
		{"112", blacklist.Block, "112 is an emergency number"},
		{"+49110", blacklist.Block, "+49110 is an emergency number"},
		{"112", blacklist.Allow, ""},
		{"116", blacklist.Block, ""},
		{"12", blacklist.Block, "the number 12 has fewer than 3 digits"},
		{"+4930*", blacklist.Allow, ""},
	} {
		entry := blacklist.Entry{Rule: rule(t, test.rule), Kind: test.kind}
		if got := blacklist.Risk(entry, own); got != test.want {
			t.Errorf("Risk(%s) = %q, want %q", entry, got, test.want)
		}
	}
}

func TestParseAction(t *testing.T) {
	t.Parallel()
	for _, action := range blacklist.Actions() {
		if got, err := blacklist.ParseAction(string(action)); err != nil || got != action {
			t.Errorf("ParseAction(%q) = %q, %v", action, got, err)
		}
	}
	_, err := blacklist.ParseAction("hangup")
	want := `invalid action "hangup": choose one of decline, busy, reject, not-found, message`
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func texts(entries []blacklist.Entry) []string {
	list := make([]string, 0, len(entries))
	for _, entry := range entries {
		list = append(list, fmt.Sprint(entry))
	}
	return list
}

func BenchmarkRules_Match(b *testing.B) {
	for _, size := range []int{0, 1000} {
		b.Run(fmt.Sprintf("prefixes=%d", size), func(b *testing.B) {
			var entries []blacklist.Entry
			for i := range size {
				entries = append(entries, blacklist.Entry{Rule: rule(b, fmt.Sprintf("+49%04d*", i)), Kind: blacklist.Block})
			}
			rules := blacklist.NewRules(entries)
			caller := number(b, "+499999123456")
			for b.Loop() {
				rules.Match(caller, phone.Number{}, noon)
			}
		})
	}
}

func TestParseEntry(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"block +4420*", "allow +4930123456", "block 100 for calls to +4930888", "allow *43"} {
		entry, err := blacklist.ParseEntry(text)
		if err != nil || entry.String() != text {
			t.Errorf("ParseEntry(%q) = %s, %v", text, entry, err)
		}
	}
	for _, text := range []string{
		"", "block", "block ", "refuse +4420*", "block of a withheld number", "block +44 20", "block +4420* for calls to ",
		"block +4420* for calls to withheld", "block +4420* for calls to +49 30",
	} {
		if entry, err := blacklist.ParseEntry(text); err == nil {
			t.Errorf("ParseEntry(%q) = %s, want an error", text, entry)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add("block +4420* for calls to +4930888")
	f.Add("allow *43")
	f.Fuzz(func(t *testing.T, text string) {
		if entry, err := blacklist.ParseEntry(text); err == nil && entry.String() != text {
			t.Errorf("ParseEntry(%q) reads back as %q", text, entry)
		}
	})
}
