package doctor_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// callsFound diagnoses a dialplan, and returns what is said about the check calls.
func callsFound(t *testing.T, text string, endpoints ...doctor.Endpoint) []doctor.Finding {
	t.Helper()
	lines, err := doctor.ParseConf("extensions.conf", text)
	if err != nil {
		t.Fatal(err)
	}
	e := doctor.Evidence{Console: doctor.ConsoleEvidence{
		Plan: doctor.ReadPlan(lines), Includes: doctor.ReadIncludes(lines), Endpoints: endpoints,
	}}
	e.Target.Console = "asterisk -rx"
	e.Files.Dir = "/etc/asterisk"
	var found []doctor.Finding
	for _, f := range doctor.Diagnose(e) {
		if f.Check == "calls" {
			found = append(found, f)
		}
	}
	return found
}

func trunk(name, context string) doctor.Endpoint {
	return doctor.Endpoint{Name: name, Context: context, Known: true, Trusts: true}
}

// Each case is a dialplan and what is said about it: a grade, and a part of the
// text.
func TestCallsOfADialplan(t *testing.T) {
	t.Parallel()
	const line = "TryExec(Gosub(ringfence,s,1))"
	phone := doctor.Endpoint{Name: "100", Context: "internal", Registers: true}
	for name, test := range map[string]struct {
		text      string
		endpoints []doctor.Endpoint
		want      [][2]string
	}{
		"screened": {
			"[in]\nexten => _X.,1," + line + "\nsame => n,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"ok", "calls are screened from _X.@in"}},
		},
		"no line": {
			"[in]\nexten => _X.,1,Queue(a)\n[out]\nexten => _9.,1,Dial(PJSIP/${EXTEN:1}@t)", nil,
			[][2]string{{"bad", "write before Queue(a) of _X.@in (extensions.conf:2)"}},
		},
		"no line, and trunks are known": {
			"[in]\nexten => _X.,1,Dial(PJSIP/100)\n[aaa]\nexten => 1,1,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in"), phone},
			[][2]string{{"bad", "write before Dial(PJSIP/100) of _X.@in (extensions.conf:2)"}},
		},
		"a number without the line": {
			"[in]\nexten => _49X.,1," + line + "\nsame => n,Queue(a)\nexten => 100,1,Queue(a)", nil,
			[][2]string{{"warn", "[in] has numbers or ways that are not screened; unless you want that, write before Queue(a) of 100@in (extensions.conf:4)"}},
		},
		"a trunk without the line": {
			"[in]\nexten => _X.,1," + line + "\nsame => n,Queue(a)\n[in2]\nexten => _X.,1,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in"), trunk("u", "in2")},
			[][2]string{{"bad", "[in2], where the calls of endpoint u enter, screens no call: write before Queue(a) of _X.@in2"}},
		},
		"an unknown endpoint": {
			"[in]\nexten => _X.,1," + line + "\nsame => n,Queue(a)\n[in2]\nexten => _X.,1,Queue(a)",
			[]doctor.Endpoint{{Name: "u", Context: "in2"}},
			[][2]string{{"warn", "if calls from outside enter it, write before Queue(a) of _X.@in2"}},
		},
		"telephones are no trunk": {
			"[in]\nexten => _X.,1," + line + "\nsame => n,Queue(a)\n[internal]\nexten => _X.,1,Dial(PJSIP/${EXTEN})",
			[]doctor.Endpoint{trunk("t", "in"), phone},
			[][2]string{{"ok", "calls are screened from"}},
		},
		"what calls out is no number of ours": {
			"[all]\nexten => _49X.,1," + line + "\nsame => n,Queue(a)\nexten => _9X.,1,Dial(PJSIP/${EXTEN:1}@t)", nil,
			[][2]string{{"ok", ""}},
		},
		"a trunk's call is forwarded": {
			"[in]\nexten => _49X.,1," + line + "\nsame => n,Queue(a)\nexten => 5,1,Dial(PJSIP/123@t)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"warn", "write before Dial(PJSIP/123@t) of 5@in"}},
		},
		"after the queue": {
			"[in]\nexten => _X.,1,Queue(a)\nsame => n," + line, nil,
			[][2]string{{"bad", "connects callers before it calls Ringfence: write before Queue(a) of _X.@in"}},
		},
		"answered before": {
			"[in]\nexten => _X.,1,Answer()\nsame => n," + line + "\nsame => n,Queue(a)", nil,
			[][2]string{{"warn", "the call is answered before it is screened at _X.@in"}},
		},
		"answered in another extension": {
			"[in]\nexten => _X.,1,Playback(hello)\nsame => n,Goto(b,${EXTEN},1)\n[b]\nexten => _X.,1," + line + "\nsame => n,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"warn", "the call is answered before it is screened at _X.@b"}},
		},
		"a sound that does not answer": {
			"[in]\nexten => _X.,1,Playback(hello,noanswer)\nsame => n," + line + "\nsame => n,Queue(a)", nil,
			[][2]string{{"ok", ""}},
		},
		// The subroutine takes the number that the channel entered with.
		"in s": {
			"[in]\nexten => s,1," + line + "\nsame => n,Queue(a)", nil,
			[][2]string{{"ok", ""}},
		},
		"in a name": {
			"[in]\nexten => _X.,1,Goto(support2,1)\nexten => support2,1," + line + "\nsame => n,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"warn", "the dialled number is not passed on by support2@in, but the digits of that extension"}},
		},
		"in another number": {
			"[in]\nexten => _49X.,1,Goto(b,499,1)\n[b]\nexten => 499,1," + line + "\nsame => n,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"warn", "the dialled number is not passed on by 499@b, but the digits of that extension"}},
		},
		"in the same number elsewhere": {
			"[in]\nexten => _+49X.,1,Goto(b,${EXTEN},1)\n[b]\nexten => _+4X.,1," + line + "\nsame => n,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"ok", ""}},
		},
		"in a name, with the number": {
			"[in]\nexten => did1,1,TryExec(Gosub(ringfence,s,1(${FILTER(0-9+*#,${FROM_DID})})))\nsame => n,Queue(a)", nil,
			[][2]string{{"ok", ""}},
		},
		"a variable in TryExec": {
			"[in]\nexten => _X.,1,TryExec(Gosub(ringfence,s,1(${EXTEN})))\nsame => n,Queue(a)", nil,
			[][2]string{{"bad", "a caller can run commands on Asterisk's machine by _X.@in"}},
		},
		"a variable in Exec": {
			"[in]\nexten => _X.,1,Exec(Gosub(ringfence,s,1(${saved})))\nsame => n,Queue(a)", nil,
			[][2]string{{"bad", "a caller can run commands"}},
		},
		"a plain Gosub": {
			"[in]\nexten => _X.,1,Gosub(ringfence,s,1(${EXTEN}))\nsame => n,Queue(a)", nil,
			[][2]string{{"warn", "the call ends if ever [ringfence] is missing, as by a failed reload, at _X.@in"}},
		},
		"a Gosub under a condition": {
			"[in]\nexten => _X.,1,ExecIf($[1]?Gosub(ringfence,s,1(${EXTEN})):NoOp(a:b))\nsame => n,Queue(a)", nil,
			[][2]string{{"warn", "the call ends if ever"}},
		},
		"a Gosub that checks": {
			"[in]\nexten => _X.,1,GosubIf($[${DIALPLAN_EXISTS(ringfence,s,1)}]?ringfence,s,1(${EXTEN}))\nsame => n,Queue(a)", nil,
			[][2]string{{"ok", ""}},
		},
		"by a subroutine of one's own": {
			"[in]\nexten => _X.,1,Gosub(sub,s,1(${EXTEN}))\nsame => n,Queue(a)\n[sub]\nexten => s,1,TryExec(Gosub(ringfence,s,1))\nsame => n,Return()",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"ok", ""}},
		},
		"a subroutine that screens nothing": {
			"[in]\nexten => _X.,1,Gosub(sub,s,1)\nsame => n,Gosub(sub,s,1)\nsame => n,Queue(a)\nexten => 1," +
				"1," + line + "\n[sub]\nexten => s,1,Return()",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"warn", "write before Queue(a) of _X.@in"}},
		},
		"a branch past the line": {
			"[in]\nexten => _X.,1,GotoIf($[1]?vip)\nsame => n," + line + "\nsame => n(vip),Queue(a)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"warn", "has numbers or ways that are not screened"}},
		},
		"an included context": {
			"[in]\ninclude => numbers\n[numbers]\nexten => 5,1,Queue(a)\nexten => 6,1," + line + "\nsame => n,Queue(a)",
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"warn", "[in], where the calls of endpoint t enter, has numbers or ways that are not screened"}},
		},
		"a loop": {
			"[in]\nexten => _X.,1(again),NoOp()\nsame => n,Goto(again)\nexten => 1,1," + line,
			[]doctor.Endpoint{trunk("t", "in")},
			[][2]string{{"ok", ""}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := callsFound(t, test.text, test.endpoints...)
			for i, f := range found {
				if i >= len(test.want) || string(f.Grade) != test.want[i][0] || !strings.Contains(f.Text, test.want[i][1]) {
					t.Errorf("%s: %s", f.Grade, f.Text)
				}
				if f.Grade != doctor.OK && (len(f.Type) == 0 || f.Type[len(f.Type)-1] != `asterisk -rx "dialplan reload"`) {
					t.Errorf("to type: %q", f.Type)
				}
			}
			if len(found) != len(test.want) {
				t.Errorf("%d findings, want %d", len(found), len(test.want))
			}
		})
	}
}

// A long dialplan gives no flood of places.
func TestCallsNamesAFewPlaces(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("[in]\nexten => _49X.,1," + strings.TrimPrefix(doctor.CallLine, "same => n,") + "\n")
	for i := range 50 {
		fmt.Fprintf(&text, "exten => 1%02d,1,Queue(a)\n", i)
	}
	found := callsFound(t, text.String())
	if len(found) != 1 || !strings.HasSuffix(found[0].Text, "Queue(a) of 102@in (extensions.conf:5) (and 47 more)") {
		t.Errorf("%+v", found)
	}
}

// FreePBX writes extensions.conf anew: the lines go where it leaves them.
func TestCallsOfFreePBX(t *testing.T) {
	t.Parallel()
	e := doctor.Evidence{Files: doctor.FileEvidence{Generated: true, Dir: "/etc/asterisk", Extensions: doctor.Conf{}}, Console: doctor.ConsoleEvidence{
		Plan: doctor.Dialplan{"from-trunk": {"_X.": {{App: "Queue(a)"}}}},
	}}
	for _, f := range doctor.Diagnose(e) {
		for _, line := range f.Type {
			if strings.Contains(line, "/extensions.conf") {
				t.Errorf("%s: %s", f.Check, line)
			}
		}
		if f.Check == "calls" && (!strings.Contains(f.Text, "extensions_override_freepbx.conf") || f.Type[0] != "[app-blacklist-check]") {
			t.Errorf("%+v", f)
		}
		if f.Check == "dialplan" && !strings.Contains(strings.Join(f.Type, "\n"), "| sudo tee -a /etc/asterisk/extensions_custom.conf") {
			t.Errorf("%+v", f)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, number string
		want            bool
	}{
		{"X.", "12", true},
		{"X.", "1", false},
		{"X!", "1", true},
		{"+49ZN[1-3]X", "+491219", true},
		{"+49ZN[1-3]X", "+491249", false},
		{"4-9x", "495", true},
		{"[", "[", true},
	} {
		if got := doctor.Matches(test.pattern, test.number); got != test.want {
			t.Errorf("%s and %s: %t", test.pattern, test.number, got)
		}
	}
	for pattern, want := range map[string]string{"_+49ZNX[2-4].": "+499992" + "0", "100": "100", "_X": "9", "_[": "["} {
		got := doctor.SampleNumber(pattern)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", pattern, diff)
		}
	}
}

// The pattern that doctor follows is the one that Asterisk shows first.
func TestBestPatternIsThatOfAsterisk(t *testing.T) {
	patterns := []string{
		"_X.", "_XX.", "_XXXXXX", "_X!", "_!", "_Z.", "_N.", "_[2-9].", "_[1-9]X.", "_[123].", "_49.", "_4X.", "_[45]9.", "_491[2-4]X", "_4-91XX", "_49N.", "_NXXXX", "_49121", "_4912!", "_X4.", "_[4]9121X",
	}
	var text strings.Builder
	text.WriteString("[general]\n[globals]\n[in]\n")
	for _, pattern := range patterns {
		fmt.Fprintf(&text, "exten => %s,1,NoOp()\n", pattern)
	}
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{"extensions.conf": text.String()}})
	lines, err := doctor.ParseConf("extensions.conf", text.String())
	if err != nil {
		t.Fatal(err)
	}
	plan := doctor.ReadPlan(lines)["in"]
	for _, number := range []string{"49121", "49131", "49151", "491212", "1", "12", "24", "34567", "54321", "59", "99999", "04", "4", "0", "481", "491", "4912"} {
		shown, err := asterisk.CLI(t.Context(), "dialplan show "+number+"@in")
		if err != nil {
			t.Fatal(err)
		}
		first := regexp.MustCompile(`'(_[^']*)' =>`).FindStringSubmatch(shown)
		if first == nil {
			t.Fatalf("%s: Asterisk shows %s", number, shown)
		}
		if got := plan.Best(number); got != first[1] {
			t.Errorf("%s: %s, want %s of\n%s", number, got, first[1], shown)
		}
	}
}
