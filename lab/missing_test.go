package lab_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// Which number the app gets as the dialled one, however the line is written.
func TestDialledNumber(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{"extensions.conf": `
[inbound]
exten => 100,1,TryExec(Gosub(ringfence,s,1))
exten => 101,1,Gosub(ringfence,s,1(${EXTEN}))
exten => 102,1,Goto(desk,s,1)
exten => 103,1,Goto(desk,support,1)
exten => 104,1,Set(saved=+${EXTEN}a)
 same => n,TryExec(Gosub(ringfence,s,1(${FILTER(0-9+*#,${saved})})))
exten => 105,1,Gosub(inner,s,1(777,888))
exten => _106.,1,TryExec(Gosub(ringfence,s,1))
exten => 107,1,Set(ARG1=777)
 same => n,TryExec(Gosub(ringfence,s,1))
exten => 108,1,Goto(desk,499,1)
[inner]
exten => s,1,TryExec(Gosub(ringfence,s,1))
[desk]
exten => s,1,TryExec(Gosub(ringfence,s,1))
exten => support,1,Gosub(ringfence,s,1(${EXTEN}))
exten => 499,1,TryExec(Gosub(ringfence,s,1))
[globals]
#tryinclude "ringfence.conf"
`}})
	caller := labtest.NewCaller(t, asterisk, "")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "reject") })
	for _, test := range []struct{ name, to, want string }{
		{"extension of the line", "100", "100"},
		{"argument", "101", "101"},
		{"extension s", "102", "102"},
		{"extension without digits", "103", "103"},
		{"filtered argument", "104", "+104"},
		{"in a subroutine with arguments", "105", "105"},
		{"text behind a pattern's dot", "106)x%2C,%3F%22%24%5B1%5D%24%7BARG3%7D%5C2", "106132"},
		{"a variable ARG1 of the dialplan", "107", "107"},
		{"extension after a Goto", "108", "499"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := len(app.calls())
			result, err := caller.Call(t.Context(), lab.Call{To: test.to, From: "+4930555"})
			if err != nil || result.Code != 403 {
				t.Fatalf("got %+v, %v, want 403 from the app", result, err)
			}
			if diff := cmp.Diff(test.want, app.calls()[before][0]); diff != "" {
				t.Errorf("dialled number (-want +got):\n%s", diff)
			}
		})
	}
	wantNoChannels(t, asterisk)
}

// Without the guard, a call must not wait for an app that may hang. Without
// TryExec, a line with a plain Gosub must not end the call.
func TestNoStasisWithoutItsModules(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{"extensions.conf": `
[inbound]
exten => 100,1,Gosub(ringfence,s,1(${EXTEN}))
 same => n,Set(GLOBAL(WHY)=${RINGFENCE})
 same => n,Hangup(21)
[globals]
#tryinclude "ringfence.conf"
`}})
	caller := labtest.NewCaller(t, asterisk, "")
	app := connectApp(t, asterisk, "ringfence", nil)
	for i, module := range []string{"func_timeout.so", "app_exec.so"} {
		if _, err := asterisk.CLI(t.Context(), "module unload -f "+module); err != nil {
			t.Fatal(err)
		}
		result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930555", Timeout: 5 * time.Second})
		if err != nil || result.Code != 403 || result.After > time.Second {
			t.Errorf("without %s: got %+v, %v, want 403 of the dialplan at once", module, result, err)
		}
		if why, err := asterisk.Global(t.Context(), "WHY"); err != nil || why != "not-connected" {
			t.Errorf("without %s: RINGFENCE is %q, %v", module, why, err)
		}
		wantGlobals(t, asterisk, strconv.Itoa(i+1), "")
		if _, err := asterisk.CLI(t.Context(), "module load "+module); err != nil {
			t.Fatal(err)
		}
	}
	if calls := app.calls(); len(calls) != 0 {
		t.Errorf("the app got calls: %q", calls)
	}
}

// TryExec evaluates its argument a second time. No text of a caller may get
// there: it could run a command. Extension 4… is the line as it must not be
// written, and shows that the text would do so.
func TestCallersRunNoCommands(t *testing.T) {
	pbx := asteriskconf.PBX()
	extensions := string(pbx["extensions.conf"]) + "\n[inbound]\nexten => _4.,1,TryExec(Gosub(ringfence,s,1(${EXTEN})))\n same => n,Hangup(21)\n"
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{
		"modules.conf":    string(pbx["modules.conf"]) + "load = func_shell.so\n",
		"extensions.conf": extensions,
	}})
	caller := labtest.NewCaller(t, asterisk, "")
	file := filepath.Join(t.TempDir(), "ran")
	ran := func() bool {
		t.Helper()
		switch err := os.Remove(file); {
		case err == nil:
			return true
		case os.IsNotExist(err):
			return false
		default:
			t.Fatal(err)
			return false
		}
	}
	call := func(call lab.Call) {
		t.Helper()
		if _, err := caller.Call(t.Context(), call); err != nil {
			t.Errorf("%+v: %v", call, err)
		}
	}
	command := "%24%7BSHELL(touch%20" + file + ")%7D"
	check := func(state string) {
		t.Helper()
		for _, c := range []lab.Call{
			{To: "9" + command, From: "+4930555"},
			{To: "100", From: command},
			{To: "100", From: "1", Name: "${SHELL(touch " + file + ")}"},
			{To: "100", From: "1", Asserted: "<sip:" + command + "@carrier.example>"},
			{To: "9" + command, From: command},
		} {
			if call(c); ran() {
				t.Errorf("%s: the caller ran a command: %+v", state, c)
			}
		}
	}
	check("no app")
	app := connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) { app.goOn(channel, "reject") })
	check("an app")
	app.close()
	if call(lab.Call{To: "4" + command, From: "+4930555"}); !ran() {
		t.Error("the line that must not be written runs no command: this test shows nothing")
	}
	wantNoChannels(t, asterisk)
	for _, args := range app.calls() {
		if len(args) != 7 || strings.Trim(args[0], "0123456789+*#") != "" {
			t.Errorf("arguments %q, want seven, the dialled number without a letter", args)
		}
	}
}
