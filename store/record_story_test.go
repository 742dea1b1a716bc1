package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// anyText is any bytes, more often such as the codec itself uses.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.StringMatching(`[a-c |:*\\x\t\n0-9]{0,8}`), rapid.String(),
		rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

func TestAStoryIsKeptStepForStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		checks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calllog.Check {
			return calllog.Check{
				Name:    rapid.OneOf(rapid.Just("list"), anyText()).Draw(t, "name"),
				Outcome: rapid.OneOf(rapid.Just("no match"), anyText()).Draw(t, "outcome"),
				Reason:  rapid.OneOf(rapid.Just("the number is not on the list"), anyText()).Draw(t, "reason"),
				Decided: rapid.Bool().Draw(t, "decided"),
			}
		}), 1, 5).Draw(t, "checks")
		if diff := cmp.Diff(checks, readChecks(string(writeChecks(checks)))); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", writeChecks(checks), diff)
		}
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calllog.Event {
			return calllog.Event{
				Name:  anyText().Draw(t, "name"),
				After: time.Duration(rapid.Int64Range(-1e6, 1e12).Draw(t, "after")) * time.Microsecond,
			}
		}), 1, 5).Draw(t, "events")
		if diff := cmp.Diff(events, readEvents(string(writeEvents(events)))); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", writeEvents(events), diff)
		}
	})
}

// What another program has written there is read somehow.
func FuzzReadStory(f *testing.F) {
	f.Add("*list refuse: block +4930123456: a\\x7cb|prefix no match|", "0 entered|x|12 y")
	f.Fuzz(func(_ *testing.T, checks, events string) {
		readChecks(checks)
		readEvents(events)
	})
}

// The usual chain of a call must stay short: it is most of what a record takes.
func TestTheUsualReasonsAreLeftOut(t *testing.T) {
	t.Parallel()
	caller, err := phone.ParseNumber("+442071838750")
	if err != nil {
		t.Fatal(err)
	}
	verdict := screen.Decide(screen.Call{Caller: screen.Caller{Number: caller}}, screen.Facts{}, policy.Policy{Settings: policy.DefaultSettings()})
	checks := make([]calllog.Check, len(verdict.Checks))
	for i, check := range verdict.Checks {
		checks[i] = calllog.Check{Name: check.Name, Outcome: string(check.Outcome), Reason: check.Reason, Decided: check.Decided}
	}
	if text := string(writeChecks(checks)); strings.Contains(text, ": ") || !strings.Contains(text, "list no match|prefix no match|") {
		t.Errorf("the usual chain is %q", text)
	}
	checks[0].Reason = ""
	if got := readChecks(string(writeChecks(checks))); got[0].Reason != "" {
		t.Errorf("no reason is read as %q", got[0].Reason)
	}
}
