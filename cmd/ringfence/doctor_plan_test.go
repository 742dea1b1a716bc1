package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

const shownPlan = "\x1b[1;33m[ Context 'trunk' created by 'pbx_config' ]\x1b[0m\n" +
	`  '_X.' =>          1. Gosub(ringfence,s,1(${EXTEN}))             [extensions.conf:19]
                    2. NoOp(a [b])                                [extensions.conf:20]
     [next]         3. Queue(support)                             [extensions.conf:21]
  '100' =>          hint: PJSIP/100                               [extensions.conf:22]
  's' (CID match '12') => 1. Hangup()                             [extensions.conf:23]
  Include =>        'other'                                       [pbx_config]

[ Context 'empty' created by 'pbx_config' ]

-= 3 extensions (5 priorities) in 2 contexts. =-
`

func TestReadShown(t *testing.T) {
	t.Parallel()
	want := dialplan{
		"trunk": {
			"_X.": {
				{app: "Gosub(ringfence,s,1(${EXTEN}))", at: "extensions.conf:19"},
				{app: "NoOp(a [b])", at: "extensions.conf:20"},
				{label: "next", app: "Queue(support)", at: "extensions.conf:21"},
			},
			"s": {{app: "Hangup()", at: "extensions.conf:23"}},
		},
		"empty": {},
	}
	if diff := cmp.Diff(want, readShown(shownPlan), cmp.AllowUnexported(step{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := readShown("There is no existence of 'ringfence' context\n"); len(got) > 0 {
		t.Errorf("an absent context is read as %v", got)
	}
}

func TestReadConf(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"extensions.conf": `
[general]   ; not this
static = yes
;-- all of this
[lost]
is => nothing --; [trunk](!,base)
exten => _X.,1,NoOp(a\;b) ; no more
#tryinclude <more.d/*.conf>
#include "ringfence.conf"
#exec /bin/true
 same => n(end),Hangup
exten => 100,hint,PJSIP/100
EXTEN => 9
`,
		"more.d/a.conf":  "same=n,Gosub(ringfence,s,1)\n",
		"ringfence.conf": asteriskconf.Dialplan(),
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := readConf(folder, "extensions.conf")
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := lines.value("general", "Static"); !yes(text) {
		t.Errorf("static is read as %q", text)
	}
	if !lines.includes(asteriskconf.DialplanFile) {
		t.Error("the include was not followed")
	}
	plan := readPlan(lines)
	want := extensions{"_X.": {
		{app: "NoOp(a;b)", at: "extensions.conf:7"},
		{label: "end", app: "Hangup()", at: "extensions.conf:11"},
	}}
	if diff := cmp.Diff(want, plan["trunk"], cmp.AllowUnexported(step{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if differences := ownPlan().differences(plan[asteriskconf.Context]); len(differences) > 0 {
		t.Errorf("the subroutine differs from itself: %q", differences)
	}
}

func TestReadConfSaysWhatItCannotRead(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := readConf(folder, "absent.conf"); err == nil {
		t.Error("no error for a file that is not there")
	}
	loop := []byte("#include \"loop.conf\"\n[general]\na=1\n")
	if err := os.WriteFile(filepath.Join(folder, "loop.conf"), loop, 0o600); err != nil {
		t.Fatal(err)
	}
	lines, err := readConf(folder, "loop.conf")
	if err != nil || len(lines) != deepestInclude+1 {
		t.Errorf("a file that includes itself: %d lines, %v", len(lines), err)
	}
}

func TestCallers(t *testing.T) {
	t.Parallel()
	plan := dialplan{
		asteriskconf.Context: {"s": {{app: "Gosub(ringfence,s,1(self))"}}},
		"trunk": {
			"_X.": {{app: "GosubIf($[1]?ringfence,s,1(${EXTEN}))"}, {app: "Queue(a)", at: "x.conf:2"}},
			"1":   {{app: "Gosub(ringfence,s,1)"}},
			"2":   {{app: "Gosub(myringfences,s,1(a))"}, {app: "Dial(b)", at: "x.conf:3"}},
		},
	}
	all, silent := plan.callers()
	if diff := cmp.Diff([][]string{{"1@trunk", "_X.@trunk"}, {"1@trunk"}}, [][]string{all, silent}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{"Dial(b) of 2@trunk (x.conf:3)", "Queue(a) of _X.@trunk (x.conf:2)"}
	if diff := cmp.Diff(want, plan.beforeWhat()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The console cuts a step after 255 bytes, and then nothing could be compared.
func TestOwnStepsAreShownWhole(t *testing.T) {
	t.Parallel()
	own := ownPlan()
	if len(own) < 2 {
		t.Fatalf("the subroutine is read as %v", own)
	}
	for name, steps := range own {
		for _, s := range steps {
			if len(s.app) > 240 {
				t.Errorf("a step of %s is too long to be shown: %s", name, s.app)
			}
		}
	}
}

// Every function and application of the subroutine is one whose module is
// looked for.
func TestModulesOfTheSubroutine(t *testing.T) {
	t.Parallel()
	// The core has these; STIR_SHAKEN is used where its module runs.
	given := []string{"Set", "GotoIf", "Hangup", "STIR_SHAKEN"}
	for _, m := range neededModules() {
		given = append(given, strings.Fields(m.gives)...)
	}
	word := regexp.MustCompile(`([A-Za-z_]+)\(`)
	for name, steps := range ownPlan() {
		for _, s := range steps {
			for _, found := range word.FindAllStringSubmatch(s.app, -1) {
				if !slices.Contains(given, found[1]) {
					t.Errorf("extension %s uses %s: which module gives it?", name, found[1])
				}
			}
		}
	}
}
