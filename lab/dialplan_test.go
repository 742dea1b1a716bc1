package lab_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

const refusedField = "Hungup call by blacklist"

func TestVerdictsOnTheWire(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	verdicts := make(chan string, 1)
	connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) {
		verdict := <-verdicts
		if status := app.goOn(channel, verdict); status != http.StatusNoContent {
			t.Errorf("continue to %s: %d", verdict, status)
		}
	})
	for i, test := range []struct {
		verdict string
		code    int
		field   string
	}{
		{"allow", 200, ""},
		{"allow-closed", 200, ""},
		{"decline", 603, refusedField},
		{"busy", 486, refusedField},
		{"reject", 403, refusedField},
		{"not-found", 404, refusedField},
	} {
		t.Run(test.verdict, func(t *testing.T) {
			verdicts <- test.verdict
			from := fmt.Sprintf("+49301110%d", i)
			result, err := caller.Call(t.Context(), lab.Call{To: "100", From: from})
			if err != nil {
				t.Fatal(err)
			}
			if result.Code != test.code {
				t.Errorf("got %d %s, want %d", result.Code, result.Phrase, test.code)
			}
			if result.After > 100*time.Millisecond {
				t.Errorf("took %v", result.After)
			}
			record, err := asterisk.WaitCDR(t.Context(), from)
			if err != nil {
				t.Fatal(err)
			}
			if record.Field != test.field {
				t.Errorf("userfield of the call record %q, want %q", record.Field, test.field)
			}
			if answered := record.Disposition == "ANSWERED"; answered != (test.code == 200) {
				t.Errorf("call record says %q", record.Disposition)
			}
		})
	}
	wantNoChannels(t, asterisk)
}

func TestCallWithoutApp(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930222"})
	if err != nil || !result.Answered() || result.After > 100*time.Millisecond {
		t.Errorf("got %+v, %v, want the queue at once", result, err)
	}
	wantNoChannels(t, asterisk)
	wantGlobals(t, asterisk, "1", "")
}

func TestGuard(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	late := make(chan string, 1)
	app := connectApp(t, asterisk, "ringfence", func(_ *ariApp, channel string) { late <- channel })
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930333", Hold: 50 * time.Millisecond})
	if err != nil || !result.Answered() {
		t.Fatalf("got %+v, %v, want the queue", result, err)
	}
	if result.After < 1400*time.Millisecond || result.After > 1700*time.Millisecond {
		t.Errorf("the guard continued the call after %v, want 1.5 s", result.After)
	}
	wantNoChannels(t, asterisk)
	wantGlobals(t, asterisk, "", "1")
	app.close()
	if status := app.goOn(<-late, "reject"); status != http.StatusNotFound {
		t.Errorf("a verdict about a call that is over: %d", status)
	}
}

func TestLateVerdictDoesNoHarm(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	status := make(chan int, 1)
	connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) {
		time.AfterFunc(1700*time.Millisecond, func() { status <- app.goOn(channel, "reject") })
	})
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930334", Hold: 500 * time.Millisecond})
	if err != nil || !result.Answered() || result.HungUp {
		t.Errorf("got %+v, %v, want a call that only its caller ends", result, err)
	}
	if late := <-status; late != http.StatusConflict && late != http.StatusNotFound {
		t.Errorf("the late verdict got %d", late)
	}
	wantNoChannels(t, asterisk)
}

// A limit on the length of the call, set before the subroutine, must hold
// after it, whichever way out the call takes.
func TestOwnTimeoutIsRestored(t *testing.T) {
	dialplan := `
[inbound]
exten => 100,1,Set(TIMEOUT(absolute)=60)
 same => n,TryExec(Gosub(ringfence,s,1))
 same => n,Set(GLOBAL(LEFT)=${TIMEOUT(absolute)})
 same => n,Set(GLOBAL(WHY)=${RINGFENCE})
 same => n,Hangup(21)
exten => 101,1,Gosub(ringfence,s,1(${EXTEN}))
 same => n,Set(GLOBAL(LEFT)=${TIMEOUT(absolute)})
 same => n,Set(GLOBAL(WHY)=${RINGFENCE})
 same => n,Hangup(21)
[globals]
#tryinclude "ringfence.conf"
`
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{"extensions.conf": dialplan}})
	caller := labtest.NewCaller(t, asterisk, "")
	expect := func(why string) {
		t.Helper()
		for _, number := range []string{"100", "101"} {
			if _, err := caller.Call(t.Context(), lab.Call{To: number, From: "+4930444"}); err != nil {
				t.Fatal(err)
			}
			left, err := asterisk.Global(t.Context(), "LEFT")
			if err != nil {
				t.Fatal(err)
			}
			want := "59."
			if number == "101" {
				want = "0"
			}
			if !strings.HasPrefix(left, want) && left != "60.000" {
				t.Errorf("%s: %s s left of the caller's own limit, want %s", why, left, want)
			}
			if got, err := asterisk.Global(t.Context(), "WHY"); err != nil || got != why {
				t.Errorf("RINGFENCE is %q, %v, want %q", got, err, why)
			}
		}
	}
	expect("not-connected")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "allow") })
	expect("allowed")
	app.close()
	connectApp(t, asterisk, "ringfence", nil)
	expect("guard")
}

// What the app gets about a call, and that a caller's text cannot change
// its form.
func TestArguments(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	trusted := labtest.NewCaller(t, asterisk, "")
	untrusted := labtest.NewCaller(t, asterisk, "127.0.0.2")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "reject") })
	for _, test := range []struct {
		name   string
		caller *lab.Caller
		call   lab.Call
		want   []string // without the linked id
	}{
		{"plain", trusted, lab.Call{To: "100", From: "+4930555"}, []string{"100", "%2B4930555", "allowed_not_screened", "", "8", "hours"}},
		{"dialled with a plus", trusted, lab.Call{To: "+493023125001", From: "4930555"}, []string{"+493023125001", "4930555", "allowed_not_screened", "", "7", "hours"}},
		{"nobody", trusted, lab.Call{To: "100"}, []string{"100", "", "allowed_not_screened", "", "0", "hours"}},
		{"anonymous", trusted, lab.Call{To: "100", From: "anonymous", FromHost: "anonymous.invalid"}, []string{"100", "anonymous", "allowed_not_screened", "", "9", "hours"}},
		{
			"asserted and withheld", trusted,
			lab.Call{To: "100", From: "anonymous", Asserted: "<sip:+4930556@carrier.example>", Privacy: "id"},
			[]string{"100", "%2B4930556", "prohib_not_screened", "", "8", "hours"},
		},
		{
			"asserted by a stranger", untrusted,
			lab.Call{To: "100", From: "+4930557", Asserted: "<sip:+4930558@carrier.example>"},
			[]string{"100", "%2B4930557", "allowed_not_screened", "", "8", "hours"},
		},
		{"commas in the caller", trusted, lab.Call{To: "100", From: "1,2,3"}, []string{"100", "1%2C2%2C3", "allowed_not_screened", "", "5", "hours"}},
		{"commas dialled", trusted, lab.Call{To: "91,2,3", From: "+4930559"}, []string{"9123", "%2B4930559", "allowed_not_screened", "", "8", "hours"}},
		{"brackets in the caller", trusted, lab.Call{To: "100", From: "(030)12-34("}, []string{"100", "0301234", "allowed_not_screened", "", "11", "hours"}},
		{"not UTF-8 in the caller", trusted, lab.Call{To: "100", From: "49%ff%fe30"}, []string{"100", "49%FF%FE30", "allowed_not_screened", "", "6", "hours"}},
		{"not UTF-8 dialled", trusted, lab.Call{To: "91%ff2", From: "+4930560"}, []string{"912", "%2B4930560", "allowed_not_screened", "", "8", "hours"}},
		{"tel", trusted, lab.Call{To: "100", FromURI: "tel:+4930561"}, []string{"100", "%2B4930561", "allowed_not_screened", "", "8", "hours"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := len(app.calls())
			result, err := test.caller.Call(t.Context(), test.call)
			if err != nil || result.Code != 403 {
				t.Fatalf("got %+v, %v, want 403 from the app", result, err)
			}
			calls := app.calls()
			if len(calls) != before+1 {
				t.Fatalf("the app saw %d calls", len(calls)-before)
			}
			got := calls[before]
			if len(got) != 7 || got[4] == "" {
				t.Fatalf("arguments %q, want seven, the fifth the linked id", got)
			}
			if diff := cmp.Diff(test.want, slices.Delete(got, 4, 5)); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
	wantNoChannels(t, asterisk)
}

func TestOtherAppName(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Globals: map[string]string{"RINGFENCE_APP": "other-name"}})
	caller := labtest.NewCaller(t, asterisk, "")
	connectApp(t, asterisk, "other-name", func(app *ariApp, channel string) { app.goOn(channel, "busy") })
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930666"})
	if err != nil || result.Code != 486 {
		t.Errorf("got %+v, %v, want 486", result, err)
	}
}

// A trunk that verifies STIR/SHAKEN, and a call without a signature: the
// subroutine asks for the attestation, finds none, and Asterisk has nothing to
// complain of.
func TestNoAttestation(t *testing.T) {
	pbx := asteriskconf.PBX()
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{
		"modules.conf": string(pbx["modules.conf"]) + `
load = res_crypto.so
load = res_curl.so
load = func_curl.so
load = res_stir_shaken.so
load = res_pjsip_stir_shaken.so
`,
		"stir_shaken.conf": "[verification]\nload_system_certs = yes\n\n[lab]\ntype = profile\nendpoint_behavior = verify\n",
		"pjsip.conf":       strings.Replace(string(pbx["pjsip.conf"]), "[trunk](line)\n", "[trunk](line)\nstir_shaken_profile = lab\n", 1),
		"extensions.conf": `
[inbound]
exten => 100,1,Set(GLOBAL(SIGNATURES)=${STIR_SHAKEN(count)})
 same => n,TryExec(Gosub(ringfence,s,1))
[globals]
#tryinclude "ringfence.conf"
`,
	}})
	caller := labtest.NewCaller(t, asterisk, "")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "reject") })
	if result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930777"}); err != nil || result.Code != 403 {
		t.Errorf("got %+v, %v, want 403", result, err)
	}
	if count, err := asterisk.Global(t.Context(), "SIGNATURES"); err != nil || count != "1" {
		t.Skipf("this test needs an Asterisk that verifies STIR/SHAKEN; it counts %q signatures, %v\n%s", count, err, asterisk.Log(20))
	}
	if calls := app.calls(); len(calls) != 1 || calls[0][3] != "" {
		t.Errorf("arguments %q, want an empty attestation", calls)
	}
	for line := range strings.Lines(asterisk.Log(100)) {
		if strings.Contains(line, "][C-") {
			t.Errorf("Asterisk complains of the call: %s", line)
		}
	}
}

// What cdr.conf says about unanswered calls is true.
func TestRecordWantsUnanswered(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{"cdr.conf": "[general]\nenable = yes\n"}})
	caller := labtest.NewCaller(t, asterisk, "")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "reject") })
	if _, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930778"}); err != nil {
		t.Fatal(err)
	}
	app.close()
	// The record of a later call that was answered shows that the first had
	// its chance.
	if _, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930779"}); err != nil {
		t.Fatal(err)
	}
	if _, err := asterisk.WaitCDR(t.Context(), "+4930779"); err != nil {
		t.Fatal(err)
	}
	records, err := asterisk.CDRs()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if record.Caller == "+4930778" {
			t.Errorf("there is a record without unanswered=yes: %+v", record)
		}
	}
}

func wantNoChannels(t *testing.T, asterisk *lab.Asterisk) {
	t.Helper()
	if err := asterisk.WaitNoChannels(t.Context()); err != nil {
		t.Error(err)
	}
}

func wantGlobals(t *testing.T, asterisk *lab.Asterisk, notConnected, guardFired string) {
	t.Helper()
	for name, want := range map[string]string{"RINGFENCE_NOT_CONNECTED": notConnected, "RINGFENCE_GUARD_FIRED": guardFired} {
		if got, err := asterisk.Global(t.Context(), name); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
}
