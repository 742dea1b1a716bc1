package lab_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// hostileTexts are what a caller may put where a number is expected.
var hostileTexts = []string{
	"%ff%fe", "%00", "49%0030", "%c3%28", "%f0%9f", "%ed%a0%80", "%e2%80%ae123", "%ef%bc%91%ef%bc%92",
	"1,2,3", "1%2c2%2c3", ",,,,", "%2c",
	"%24%7BEXTEN%7D", "%24%7BSHELL(id)%7D", "%24%5B1+1%5D",
	"1)", "1(", "()", "1(2", "%28", "%29", "%28%29", "((((", "1%29,Hangup(21)", "a%7Cb", "a&b=c", "a!b", "a%21b",
	"%22", "%27", "'1'", "%5c", "a%5c%22b", "%22,", "%0d%0aX-Evil:%201", "%0a", "%09",
	"4930;phone-context=x", "4930;;",
	"-", "+", "++49", "*%2306%23", "_.", "_X.", ".", "s", "h", "T", "i", "allow", "~!_-.*'",
	strings.Repeat("9", 79), strings.Repeat("9", 80), strings.Repeat("9", 300), strings.Repeat("%ff", 100),
}

// malformedTexts are not SIP at all where they stand; Asterisk may drop the
// whole message.
var malformedTexts = []string{
	"\xff\xfe", "49\x80", "${EXTEN}", "$[1+1]", "a|b", "%", "%z", "%e", "%%%", "<>", "\"", "a b", "\x00", "@", "\u202e123", "１２３",
}

// Whatever the text, a call gets a final response and leaves nothing behind:
// with an app that refuses, with one that is frozen, and without one. And no
// text gets a call past an app that refuses.
func TestHostileTexts(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")

	t.Run("without an app", func(t *testing.T) {
		place(t, caller, hostileTexts, 2*time.Second, func(call lab.Call, result lab.Result, err error) {
			if err != nil || result.After > 500*time.Millisecond {
				t.Errorf("%+v: %+v, %v", call, result, err)
			}
		})
		wantNoChannels(t, asterisk)
	})
	t.Run("refusing app", func(t *testing.T) {
		app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "reject") })
		place(t, caller, hostileTexts, 2*time.Second, func(call lab.Call, result lab.Result, err error) {
			if err != nil || result.Answered() || result.After > 500*time.Millisecond {
				t.Errorf("%+v: %+v, %v", call, result, err)
			}
		})
		place(t, caller, malformedTexts, 300*time.Millisecond, func(call lab.Call, result lab.Result, err error) {
			if err == nil && result.Answered() {
				t.Errorf("%+v: %+v", call, result)
			}
		})
		wantNoChannels(t, asterisk)
		for _, args := range app.calls() {
			if len(args) != 7 {
				t.Errorf("arguments %q, want seven", args)
			}
		}
	})
	t.Run("frozen app", func(t *testing.T) {
		connectApp(t, asterisk, "ringfence", nil)
		place(t, caller, hostileTexts[:1], 2*time.Second, func(call lab.Call, result lab.Result, err error) {
			if err != nil || result.After > 1700*time.Millisecond {
				t.Errorf("%+v: %+v, %v", call, result, err)
			}
		})
		wantNoChannels(t, asterisk)
	})
}

// place puts each text into each place of a call, eight calls at a time.
func place(t *testing.T, caller *lab.Caller, texts []string, timeout time.Duration, check func(lab.Call, lab.Result, error)) {
	t.Helper()
	var calls errgroup.Group
	calls.SetLimit(8)
	for _, text := range texts {
		for _, call := range []lab.Call{
			{To: "9" + text, From: "+4930111"},
			{To: "100", From: text},
			{To: "100", From: "+4930112", Asserted: fmt.Sprintf("<sip:%s@carrier.example>", text)},
			{To: "100", From: "+4930113", Name: text},
			{To: "9" + text, From: text, Name: text},
		} {
			calls.Go(func() error {
				call.Timeout = timeout
				result, err := caller.Call(t.Context(), call)
				check(call, result, err)
				return nil
			})
		}
	}
	if err := calls.Wait(); err != nil {
		t.Error(err)
	}
}
