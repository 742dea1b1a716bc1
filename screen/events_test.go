package screen_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/screen"
)

// TestScreener_RecordsWhatHappened sees the events of a call in their order,
// with their times since its arrival.
func TestScreener_RecordsWhatHappened(t *testing.T) {
	t.Parallel()
	const wait, message = 30 * time.Millisecond, 2 * time.Second
	checked := []calllog.Event{{Name: "entered"}, {Name: "checked", After: wait}}
	for name, test := range map[string]struct {
		entry             string
		play, continueErr error
		want              []calllog.Event
	}{
		"passed":  {want: []calllog.Event{{Name: "continued", After: wait}}},
		"refused": {entry: "block " + listed, want: []calllog.Event{{Name: calllog.BlockedText, After: wait}}},
		"refused with a message": {entry: "block " + listed + " message", want: []calllog.Event{
			{Name: "message played", After: wait + message}, {Name: calllog.BlockedText, After: wait + message},
		}},
		"refused with a message that does not play": {
			entry: "block " + listed + " message", play: errors.New("no such sound"),
			want: []calllog.Event{
				{Name: "message did not play", After: wait + message}, {Name: calllog.BlockedText, After: wait + message},
			},
		},
		"gone":         {continueErr: screen.ErrHungUp, want: []calllog.Event{{Name: "the caller hung up", After: wait}}},
		"continued":    {continueErr: screen.ErrContinued, want: []calllog.Event{{Name: "continued before the decision", After: wait}}},
		"not accepted": {continueErr: errors.New("500"), want: []calllog.Event{{Name: "Asterisk did not accept the decision", After: wait}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newSystem(t)
				h.store.entries = nil
				if test.entry != "" {
					h.store.entries = entries(t, test.entry)
				}
				h.store.fail = pausing(wait)
				h.asterisk.play, h.asterisk.continueErr, h.asterisk.playDuration = test.play, test.continueErr, message
				_ = h.call(t, listed)
				if diff := cmp.Diff(append(checked[:2:2], test.want...), h.records[0].Events); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestScreener_RecordsTheChainOfChecks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		_ = h.call(t, listed)
		var chain []string
		for _, check := range h.records[0].Checks {
			line := check.Name + " " + check.Outcome + ": " + check.Reason
			if check.Decided {
				line += " (decides)"
			}
			chain = append(chain, line)
		}
		for _, want := range []string{
			"list refuse: block " + listed + " (decides)", "anonymous no match: caller ID is present",
			"default pass: no rule matches this caller",
		} {
			if !strings.Contains(strings.Join(chain, "\n"), want) {
				t.Errorf("no %q in the chain %q", want, chain)
			}
		}
	})
}

// A number that arrives although it is withheld stays out of all that the
// record tells.
func TestScreener_RecordHidesWithheldNumbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		h.store.entries = entries(t, "block "+listed+" message")
		call := screen.ReadCall([]string{"100", listed, "prohib"}, "", "")
		call.At = time.Now()
		if err := h.screener.Screen(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		record := h.records[0]
		record.HitRule = "" // which the log does not keep
		if text := fmt.Sprintf("%+v", record); record.Verdict != calllog.Refused || strings.Contains(text, listed[1:]) {
			t.Errorf("record = %s", text)
		}
	})
}
