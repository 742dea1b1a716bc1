package lab_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// star dials a star code and returns its result, and that in Asterisk's record of
// the call. As is what the telephone calls itself, which must not have been
// used before.
func star(t *testing.T, asterisk *lab.Asterisk, phone *lab.Phone, code, as string) (lab.Result, string) {
	t.Helper()
	result, err := phone.Call(t.Context(), lab.Call{To: code, From: as, Hold: time.Minute})
	if err != nil || !result.Answered() || !result.HungUp {
		t.Fatalf("%s: got %+v, %v, want a call that Asterisk ends", code, result, err)
	}
	record, err := asterisk.WaitCDR(t.Context(), as)
	if err != nil {
		t.Fatal(err)
	}
	return result, record.Field
}

// Each answer of the app has a sound, and says what it is.
func TestStarAnswers(t *testing.T) {
	t.Parallel()
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	phone := labtest.NewPhone(t, asterisk, "127.0.0.3", "front-desk")
	answers := make(chan string, 1)
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) {
		if status := app.goTo(channel, "ringfence-star", <-answers); status != http.StatusNoContent {
			t.Errorf("continue: %d", status)
		}
	})
	for i, answer := range []string{"blocked", "removed", "withheld", "not-permitted", "error"} {
		t.Run(answer, func(t *testing.T) {
			answers <- answer
			result, got := star(t, asterisk, phone, []string{"*32", "*31"}[i%2], "50"+answer)
			if got != answer {
				t.Errorf("it says %q", got)
			}
			if result.Packets < 25 {
				t.Errorf("%d packets of a sound", result.Packets)
			}
		})
	}
	want := [][]string{{"star", "block-last", ""}, {"star", "remove-last", ""}, {"star", "block-last", ""}, {"star", "remove-last", ""}, {"star", "block-last", ""}}
	if diff := cmp.Diff(want, app.calls()); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	for line := range strings.Lines(asterisk.Log(100)) {
		if strings.Contains(line, "][C-") {
			t.Errorf("Asterisk complains of the call: %s", line)
		}
	}
	wantNoChannels(t, asterisk)
}

// Without an app, with one that is silent, and with one that gives the request
// up, the telephone gets the error sound, in time.
func TestStarWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	phone := labtest.NewPhone(t, asterisk, "127.0.0.3", "front-desk")
	expect := func(as string, least, most time.Duration) {
		t.Helper()
		result, got := star(t, asterisk, phone, "*32", as)
		if got != "error" || result.Packets < 25 {
			t.Errorf("%s: it says %q with %d packets of a sound", as, got, result.Packets)
		}
		if result.After < least || result.After > most {
			t.Errorf("%s: answered after %v, want %v to %v", as, result.After, least, most)
		}
	}
	expect("absent", 0, 500*time.Millisecond)
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "allow") })
	expect("given-up", 0, 500*time.Millisecond)
	app.close()
	connectApp(t, asterisk, "ringfence", nil)
	expect("silent", 1400*time.Millisecond, 1900*time.Millisecond)
	wantNoChannels(t, asterisk)
	wantGlobals(t, asterisk, "", "")
}

// Asterisk remembers who called the telephone that answered, and nothing of
// those who hide; whatever a caller sends, the arguments keep their form.
func TestStarRemembersTheLastCaller(t *testing.T) {
	t.Parallel()
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Globals: map[string]string{"RINGFENCE_SOUND_ERROR": "beep"}})
	caller := labtest.NewCaller(t, asterisk, "")
	front := labtest.NewPhone(t, asterisk, "127.0.0.3", "front-desk")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "allow") })
	last := func(phone *lab.Phone, as string) []string {
		t.Helper()
		star(t, asterisk, phone, "*32", as)
		calls := app.calls()
		return calls[len(calls)-1]
	}
	for i, test := range []struct {
		name string
		call lab.Call
		want []string
	}{
		{"plain", lab.Call{From: "+4930555"}, []string{"%2B4930555", "allowed_not_screened", "8"}},
		{"nobody", lab.Call{}, []string{"", "allowed_not_screened", "0"}},
		{"withheld", lab.Call{From: "anonymous", Asserted: "<sip:+4930556@carrier.example>", Privacy: "id"}, []string{"", "prohib", "0"}},
		{"commas", lab.Call{From: "1,2,3"}, []string{"1%2C2%2C3", "allowed_not_screened", "5"}},
		{"a request", lab.Call{From: "star,block-last,+4930557"}, []string{"star%2Cblocklast%2C%2B4930557", "allowed_not_screened", "24"}},
		{"brackets", lab.Call{From: "(030)12-34("}, []string{"0301234", "allowed_not_screened", "11"}},
		{"not UTF-8", lab.Call{From: "49%ff%fe30"}, []string{"49%FF%FE30", "allowed_not_screened", "6"}},
		{"dialplan", lab.Call{From: "%24%7BSHELL(id)%7D"}, []string{"%24%7BSHELLid%7D", "allowed_not_screened", "12"}},
		{"long", lab.Call{From: strings.Repeat("9", 300)}, []string{strings.Repeat("9", 79), "allowed_not_screened", "79"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.call.To = "300"
			if result, err := caller.Call(t.Context(), test.call); err != nil || !result.Answered() {
				t.Fatalf("got %+v, %v, want the telephone", result, err)
			}
			as := "60" + strconv.Itoa(i)
			if diff := cmp.Diff(append([]string{"star", "block-last"}, test.want...), last(front, as)); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
	back := labtest.NewPhone(t, asterisk, "127.0.0.4", "back-desk")
	if diff := cmp.Diff([]string{"star", "block-last", ""}, last(back, "front-desk")); diff != "" {
		t.Errorf("a telephone that was never called (-want +got):\n%s", diff)
	}
	wantNoChannels(t, asterisk)
}

// From outside, no star code is reached, and no call looks like one.
func TestStarIsUnreachableFromOutside(t *testing.T) {
	t.Parallel()
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "reject") })
	for _, to := range []string{"*32", "*31", "star", "s", "9star,block-last,%2B4930555,allowed,8", "9,star,block-last,+4930555,allowed,8", "9%2cstar"} {
		for _, from := range []string{"+4930555", "star", "star,block-last,+4930555,allowed,8"} {
			result, err := caller.Call(t.Context(), lab.Call{To: to, From: from})
			if err != nil || result.Answered() {
				t.Errorf("to %q from %q: got %+v, %v", to, from, result, err)
			}
		}
	}
	for _, args := range app.calls() {
		if strings.Trim(args[0], "0123456789+*#") != "" || len(args) != 7 {
			t.Errorf("arguments %q", args)
		}
	}
	wantNoChannels(t, asterisk)
}

// A limit on the length of the call, set before, holds after a star code,
// whichever way it went.
func TestStarRestoresTheTimeout(t *testing.T) {
	t.Parallel()
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{
		Globals: map[string]string{"RINGFENCE_SOUND_BLOCKED": "beep", "RINGFENCE_SOUND_ERROR": "beep"},
		Files: map[string]string{"extensions.conf": `
[internal]
exten => *32,1,Set(TIMEOUT(absolute)=60)
 same => n,Gosub(ringfence-star,s,1(block-last))
 same => n,Set(CDR(userfield)=${RINGFENCE_STAR} ${TIMEOUT(absolute)})
[globals]
#tryinclude "ringfence.conf"
#tryinclude "ringfence-star.conf"
`},
	})
	phone := labtest.NewPhone(t, asterisk, "127.0.0.3", "front-desk")
	expect := func(as, want string) {
		t.Helper()
		_, got := star(t, asterisk, phone, "*32", as)
		// The sound takes a second or so of the limit.
		if !strings.HasPrefix(got, want+" 5") && got != want+" 60.000" {
			t.Errorf("%s: it says %q, want %s and somewhat less than 60 s left", as, got, want)
		}
	}
	expect("absent", "error")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goTo(channel, "ringfence-star", "blocked") })
	expect("answered", "blocked")
	app.close()
	connectApp(t, asterisk, "ringfence", nil)
	expect("silent", "error")
}
