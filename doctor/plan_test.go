package doctor_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/doctor"
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
	want := doctor.Dialplan{
		"trunk": {
			"_X.": {
				{App: "Gosub(ringfence,s,1(${EXTEN}))", At: "extensions.conf:19"},
				{App: "NoOp(a [b])", At: "extensions.conf:20"},
				{Label: "next", App: "Queue(support)", At: "extensions.conf:21"},
			},
			"s": {{App: "Hangup()", At: "extensions.conf:23"}},
		},
		"empty": {},
	}
	if diff := cmp.Diff(want, doctor.ReadShown(shownPlan)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := doctor.ReadShown("There is no existence of 'ringfence' context\n"); len(got) > 0 {
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
	lines, err := doctor.ReadConf(folder, "extensions.conf")
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := lines.Value("general", "Static"); !doctor.Yes(text) {
		t.Errorf("static is read as %q", text)
	}
	if len(lines.Includes(asteriskconf.DialplanFile)) == 0 {
		t.Error("the include was not followed")
	}
	plan := doctor.ReadPlan(lines)
	want := doctor.Extensions{"_X.": {
		{App: "NoOp(a;b)", At: "extensions.conf:7"},
		{Label: "end", App: "Hangup()", At: "extensions.conf:11"},
	}}
	if diff := cmp.Diff(want, plan["trunk"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if differences := doctor.OwnPlan().Differences(plan[asteriskconf.Context]); len(differences) > 0 {
		t.Errorf("the subroutine differs from itself: %q", differences)
	}
}

func TestReadConfErrors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := doctor.ReadConf(folder, "absent.conf"); err == nil {
		t.Error("no error for a file that is not there")
	}
	loop := []byte("#include \"loop.conf\"\n[general]\na=1\n")
	if err := os.WriteFile(filepath.Join(folder, "loop.conf"), loop, 0o600); err != nil {
		t.Fatal(err)
	}
	lines, err := doctor.ReadConf(folder, "loop.conf")
	// Each reading has the include and the key.
	if err != nil || len(lines) != 2*(doctor.DeepestInclude+1) {
		t.Errorf("a file that includes itself: %d lines, %v", len(lines), err)
	}
}

func TestCallers(t *testing.T) {
	t.Parallel()
	plan := doctor.Dialplan{
		asteriskconf.Context: {"s": {{App: "Gosub(ringfence,s,1(self))"}}},
		"trunk": {
			"_X.": {{App: "GosubIf($[1]?ringfence,s,1(${EXTEN}))"}, {App: "Queue(a)", At: "x.conf:2"}},
			"a1":  {{App: "Gosub(ringfence,s,1)"}},
			"2":   {{App: "Gosub(myringfences,s,1(a))"}, {App: "Dial(b)", At: "x.conf:3"}},
		},
	}
	all, wrong, plain := plan.Callers()
	if diff := cmp.Diff([][]string{{"_X.@trunk", "a1@trunk"}, {"a1@trunk"}, {"_X.@trunk", "a1@trunk"}}, [][]string{all, wrong, plain}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := []string{"Dial(b) of 2@trunk (x.conf:3)", "Queue(a) of _X.@trunk (x.conf:2)"}
	if diff := cmp.Diff(want, plan.Connecting()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The console cuts a step after 255 bytes, and then nothing could be compared.
func TestOwnStepsAreShownWhole(t *testing.T) {
	t.Parallel()
	for context, own := range ownPlans() {
		if len(own) < 1 {
			t.Fatalf("[%s] is read as %v", context, own)
		}
		for name, steps := range own {
			for _, s := range steps {
				if len(s.App) > 240 {
					t.Errorf("a step of %s in [%s] is too long to be shown: %s", name, context, s.App)
				}
			}
		}
	}
}

// ownPlans returns every context that this program has.
func ownPlans() doctor.Dialplan {
	plans := doctor.OwnStarPlan()
	plans[asteriskconf.Context] = doctor.OwnPlan()
	return plans
}

// Every function and application of the subroutine is one whose module is
// looked for.
func TestModulesOfTheSubroutine(t *testing.T) {
	t.Parallel()
	// The core has these; STIR_SHAKEN is used where its module runs.
	given := []string{"Set", "MSet", "Goto", "GotoIf", "Hangup", "Answer", "STIR_SHAKEN"}
	for _, m := range doctor.NeededModules() {
		given = append(given, strings.Fields(m.Gives())...)
	}
	word := regexp.MustCompile(`([A-Za-z_]+)\(`)
	for context, own := range ownPlans() {
		for name, steps := range own {
			for _, s := range steps {
				for _, found := range word.FindAllStringSubmatch(s.App, -1) {
					if !slices.Contains(given, found[1]) {
						t.Errorf("extension %s of [%s] uses %s: which module gives it?", name, context, found[1])
					}
				}
			}
		}
	}
}

// The document for administrators names the modules that are looked for.
func TestModulesOfTheDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../asterisk-conf/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range doctor.NeededModules() {
		want = append(want, strings.TrimSuffix(m.Name(), ".so"))
	}
	for _, found := range regexp.MustCompile("`((?:app|func|pbx|res)_\\w+)`").FindAllStringSubmatch(string(text), -1) {
		got = append(got, found[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-needed +named):\n%s", diff)
	}
}
