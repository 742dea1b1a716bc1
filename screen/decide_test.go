package screen_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// entry makes an entry of a text such as "block +4420*" or "allow 100 busy".
func entry(tb testing.TB, text string) blacklist.Entry {
	tb.Helper()
	words := strings.Fields(text)
	rule, err := blacklist.ParseRule(words[1])
	if err != nil {
		tb.Fatal(err)
	}
	made := blacklist.Entry{Kind: blacklist.Kind(words[0]), Rule: rule}
	if len(words) > 2 {
		made.Action = blacklist.Action(words[2])
	}
	return made
}

func entries(tb testing.TB, texts ...string) []blacklist.Entry {
	tb.Helper()
	var list []blacklist.Entry
	for _, text := range texts {
		list = append(list, entry(tb, text))
	}
	return list
}

func TestDecide(t *testing.T) {
	t.Parallel()
	const caller = "+442071838750"
	for name, test := range map[string]struct {
		caller, presentation string
		exact, rules         []string
		missing              string
		settings             func(*policy.Settings)
		want                 screen.Outcome
		check                string
		action               blacklist.Action
		observed             bool
	}{
		"not on the list": {
			caller: caller,
			want:   screen.Pass, check: screen.CheckDefault,
		},
		"listed": {
			caller: caller, exact: []string{"block +442071838750"},
			want: screen.Refuse, check: screen.CheckList, action: blacklist.Decline,
		},
		"listed with an action of its own": {
			caller: caller, exact: []string{"block +442071838750 busy"},
			want: screen.Refuse, check: screen.CheckList, action: blacklist.Busy,
		},
		"default action by setting": {
			caller: caller, exact: []string{"block +442071838750"},
			settings: func(s *policy.Settings) { s.Action = blacklist.NotFound },
			want:     screen.Refuse, check: screen.CheckList, action: blacklist.NotFound,
		},
		"an allowed number under a blocked prefix": {
			caller: caller, exact: []string{"allow +442071838750"}, rules: []string{"block +4420*"},
			want: screen.Pass, check: screen.CheckList,
		},
		"a blocked prefix": {
			caller: caller, rules: []string{"block +4420* reject"},
			want: screen.Refuse, check: screen.CheckPrefix, action: blacklist.Reject,
		},
		"a longer allowed prefix": {
			caller: caller, rules: []string{"block +4420*", "allow +442071*"},
			want: screen.Pass, check: screen.CheckPrefix,
		},
		"blocked for another dialled number": {
			caller: caller, exact: []string{"block +442071838750:to:200"},
			want: screen.Pass, check: screen.CheckDefault,
		},
		"blocked for this dialled number, allowed in general": {
			caller: caller, exact: []string{"allow +442071838750", "block +442071838750:to:100"},
			want: screen.Refuse, check: screen.CheckList, action: blacklist.Decline,
		},
		"blocked for the range of this dialled number, allowed in general": {
			caller: caller, exact: []string{"allow +442071838750", "block +442071838750:to:10*"},
			want: screen.Refuse, check: screen.CheckList, action: blacklist.Decline,
		},
		"allowed for a longer range": {
			caller: caller, exact: []string{"block +442071838750:to:1*", "allow +442071838750:to:10*"},
			want: screen.Pass, check: screen.CheckList,
		},
		"blocked for another range": {
			caller: caller, exact: []string{"block +442071838750:to:2*"}, rules: []string{"block +4420*:to:2*"},
			want: screen.Pass, check: screen.CheckDefault,
		},
		"a prefix blocked for the range": {
			caller: caller, rules: []string{"block +4420*:to:1* busy", "allow +4420*"},
			want: screen.Refuse, check: screen.CheckPrefix, action: blacklist.Busy,
		},
		"observe": {
			caller: caller, exact: []string{"block +442071838750"},
			settings: func(s *policy.Settings) { s.Mode = policy.Observe },
			want:     screen.Refuse, check: screen.CheckList, action: blacklist.Decline, observed: true,
		},
		"no caller, allowed by default": {
			want: screen.Pass, check: screen.CheckAnonymous,
		},
		"no caller, refused by setting": {
			settings: func(s *policy.Settings) { s.Anonymous = policy.RefuseHidden },
			want:     screen.Refuse, check: screen.CheckAnonymous, action: blacklist.Decline,
		},
		"anonymous with an action of its own": {
			caller:   "anonymous",
			settings: func(s *policy.Settings) { s.Anonymous = "busy" },
			want:     screen.Refuse, check: screen.CheckAnonymous, action: blacklist.Busy,
		},
		"a listed number that is withheld": {
			caller: caller, presentation: "prohib_not_screened", exact: []string{"block +442071838750"},
			want: screen.Refuse, check: screen.CheckList, action: blacklist.Decline,
		},
		"an allowed number that is withheld": {
			caller: caller, presentation: "prohib", exact: []string{"allow +442071838750"},
			settings: func(s *policy.Settings) { s.Anonymous = policy.RefuseHidden },
			want:     screen.Pass, check: screen.CheckList,
		},
		"a withheld number on no list": {
			caller: caller, presentation: "prohib",
			settings: func(s *policy.Settings) { s.Anonymous = policy.RefuseHidden },
			want:     screen.Refuse, check: screen.CheckAnonymous, action: blacklist.Decline,
		},
		"store unreachable": {
			caller: caller, missing: "down",
			want: screen.Pass, check: screen.CheckDefault,
		},
		"store unreachable, blocked prefix": {
			caller: caller, missing: "down", rules: []string{"block +4420*"},
			want: screen.Refuse, check: screen.CheckPrefix, action: blacklist.Decline,
		},
		"store unreachable, allowed number under a blocked prefix": {
			caller: caller, missing: "down", rules: []string{"block +4420*", "allow +442071838750"},
			want: screen.Pass, check: screen.CheckList,
		},
		"the store's word replaces the policy's copy": {
			caller: caller, rules: []string{"block +4420*", "allow +442071838750"},
			want: screen.Refuse, check: screen.CheckPrefix, action: blacklist.Decline,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := policy.Policy{Settings: policy.DefaultSettings(), Rules: blacklist.NewRules(entries(t, test.rules...))}
			if test.settings != nil {
				test.settings(&policy.Settings)
			}
			call := screen.ReadCall([]string{"100", test.caller, test.presentation}, "", "")
			call.At = noon
			verdict := screen.Decide(call, screen.Facts{Entries: entries(t, test.exact...), Missing: test.missing}, policy)
			if verdict.Outcome != test.want || verdict.Decided().Name != test.check || verdict.Action != test.action {
				t.Errorf("verdict = %s by %s with %q, want %s by %s with %q", verdict.Outcome, verdict.Decided().Name,
					verdict.Action, test.want, test.check, test.action)
			}
			if verdict.Observed != test.observed || verdict.Degraded != test.missing {
				t.Errorf("observed = %v, degraded = %q", verdict.Observed, verdict.Degraded)
			}
		})
	}
}

func TestDecide_IgnoresExpiredEntries(t *testing.T) {
	t.Parallel()
	expired := entry(t, "block +442071838750")
	expired.Expires = noon
	call := screen.ReadCall([]string{"100", "+442071838750"}, "", "")
	call.At = noon
	policy := policy.Policy{Settings: policy.DefaultSettings()}
	if verdict := screen.Decide(call, screen.Facts{Entries: []blacklist.Entry{expired}}, policy); verdict.Refused() {
		t.Errorf("refused by an entry that expires at this moment: %+v", verdict)
	}
	call.At = noon.Add(-time.Second)
	if verdict := screen.Decide(call, screen.Facts{Entries: []blacklist.Entry{expired}}, policy); !verdict.Refused() {
		t.Errorf("not refused a second before the entry expires: %+v", verdict)
	}
}

// Ensure every check is named with its reason, decided or not.
func TestDecide_NamesEveryCheck(t *testing.T) {
	t.Parallel()
	listed := entry(t, "allow +442071838750")
	listed.Reason = "the plumber"
	policy := policy.Policy{Settings: policy.DefaultSettings(), Rules: blacklist.NewRules(entries(t, "block +4420*"))}
	call := screen.ReadCall([]string{"100", "+442071838750"}, "", "")
	verdict := screen.Decide(call, screen.Facts{Entries: []blacklist.Entry{listed}}, policy)
	var got []string
	for _, check := range verdict.Checks {
		got = append(got, check.Name+" "+string(check.Outcome)+" "+check.Reason)
	}
	want := []string{
		"list pass allow +442071838750: the plumber",
		"prefix refuse block +4420*",
		"anonymous no match caller ID is present",
		"default pass no rule matches this caller",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
}

// Ensure an entry that both the store and the policy know is one check, where the store
// has answered in part.
func TestDecide_NamesNoEntryTwice(t *testing.T) {
	t.Parallel()
	listed := entries(t, "allow +442071838750")
	policy := policy.Policy{Settings: policy.DefaultSettings(), Rules: blacklist.NewRules(append(entries(t, "block +4420*", "allow +442071838750:to:1*"), listed...))}
	call := screen.ReadCall([]string{"100", "+442071838750"}, "", "")
	verdict := screen.Decide(call, screen.Facts{Entries: listed, Missing: "a key is damaged"}, policy)
	var got []string
	for _, check := range verdict.Checks {
		if check.Entry != nil {
			got = append(got, check.Entry.String())
		}
	}
	want := []string{"allow +442071838750 for calls to 1*", "allow +442071838750", "block +4420*"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// Ensure nothing that a withheld caller's verdict shows gives the number away.
func TestDecide_KeepsWithheldNumbersSecret(t *testing.T) {
	t.Parallel()
	policy := policy.Policy{Settings: policy.DefaultSettings(), Rules: blacklist.NewRules(entries(t, "block +4420*"))}
	call := screen.ReadCall([]string{"100", "%2B442071838750", "prohib"}, "+442071838750", "")
	verdict := screen.Decide(call, screen.Facts{Entries: entries(t, "block +442071838750")}, policy)
	for _, check := range verdict.Checks {
		if strings.Contains(check.Reason, "+44") {
			t.Errorf("check %s says %q", check.Name, check.Reason)
		}
	}
	if call.Caller.String() != "withheld" {
		t.Errorf("caller shows as %q", call.Caller)
	}
}

// Ensure a decision exists for any arguments that a dialplan can hand over,
// that exactly one check decides, and that no failure of the store refuses a
// caller whom no rule covers.
func TestDecide_AlwaysDecides(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		args := rapid.SliceOfN(rapid.String(), 0, 7).Draw(t, "args")
		facts := screen.Facts{Missing: rapid.SampledFrom([]string{"", "down"}).Draw(t, "missing")}
		call := screen.ReadCall(args, rapid.String().Draw(t, "number"), "DE")
		verdict := screen.Decide(call, facts, policy.Policy{Settings: policy.DefaultSettings()})
		decided := 0
		for _, check := range verdict.Checks {
			if check.Decided {
				decided++
			}
		}
		if decided != 1 || verdict.Outcome != screen.Pass {
			t.Fatalf("verdict = %+v", verdict)
		}
	})
}

func TestReadCall(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args   []string
		number string
		want   string
		shows  string
	}{
		"all arguments":          {[]string{"100", "%2B4930123456", "allowed_not_screened", "A", "1.1"}, "", "+4930123456", "+4930123456"},
		"no arguments":           {nil, "+4930123456", "+4930123456", "+4930123456"},
		"a bad escape":           {[]string{"100", "+49301%2"}, "", "+493012", "unreadable"},
		"bytes that are no text": {[]string{"100", "%2B4930123456%FF"}, "", "+4930123456", "+4930123456"},
		"withheld":               {[]string{"100", "%2B4930123456", "prohib_passed_screen"}, "", "+4930123456", "withheld"},
		"cut by Asterisk":        {[]string{"100", "%2B4930123456", "", "", "1.1", "79"}, "", "+4930123456", "unreadable"},
		"nearly cut":             {[]string{"100", "%2B4930123456", "", "", "1.1", "78"}, "", "+4930123456", "+4930123456"},
		"a stray character":      {[]string{"100", "%2B4930123456%23"}, "", "+4930123456", "unreadable"},
		"stray characters":       {[]string{"100", "p%2B4930!123=456x12"}, "", "+4930123456", "unreadable"},
		"a star code before it":  {[]string{"100", "%2331%23%2B4930123456"}, "", "+4930123456", "unreadable"},
		"a percent sign inside":  {[]string{"100", "%2B4%25930123456"}, "", "+4930123456", "unreadable"},
		"brackets before it":     {[]string{"100", "%3C1%3E%2B4930123456"}, "", "+4930123456", "unreadable"},
		"a name":                 {[]string{"100", "alice"}, "", "unreadable", "unreadable"},
		"national":               {[]string{"100", "030123456"}, "", "+4930123456", "+4930123456"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := screen.ReadCall(test.args, test.number, phone.Region("DE"))
			if got := call.Caller.Number.String(); got != test.want {
				t.Errorf("number = %q, want %q", got, test.want)
			}
			if got := call.Caller.String(); got != test.shows {
				t.Errorf("shows %q, want %q", got, test.shows)
			}
		})
	}
}
