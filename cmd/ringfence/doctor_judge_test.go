package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/web"
)

// Each case is judged by one function alone.
func TestJudgements(t *testing.T) {
	t.Parallel()
	ready := serveEvidence{address: "127.0.0.1:8090", health: web.Health{Status: web.StatusReady}}
	sick := func(status, part, state string) serveEvidence {
		return serveEvidence{address: "127.0.0.1:8090", health: web.Health{Status: status, Parts: []web.Part{{Name: part, State: state}}}}
	}
	silent := serveEvidence{silent: errors.New("nothing listens")}
	files := func(text string) conf {
		lines, err := confReader{}.parse("x.conf", "[general]\n"+text, 0)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	noConsole := consoleEvidence{silent: errNoConsole}
	version := func(e evidence) diagnosis { return judgeAsterisk(e)[0] }
	here := config{ARIURL: "http://localhost:8088/ari", ARIApp: "ringfence"}

	for name, test := range map[string]struct {
		judge func(evidence) diagnosis
		e     evidence
		grade grade
		text  string
	}{
		"Asterisk 22":             {version, evidence{asterisk: asteriskEvidence{version: "22.10.1+dfsg"}}, gradeOK, "22.10.1"},
		"Asterisk 20, certified":  {version, evidence{asterisk: asteriskEvidence{version: "certified/20.7-cert3"}}, gradeOK, ""},
		"Asterisk from git":       {version, evidence{asterisk: asteriskEvidence{version: "GIT-22-1a2b3c"}}, gradeOK, ""},
		"Asterisk 18":             {version, evidence{asterisk: asteriskEvidence{version: "18.26.0"}}, gradeWarn, "20 and newer"},
		"an unheard-of Asterisk":  {version, evidence{asterisk: asteriskEvidence{version: "master"}}, gradeWarn, "nothing is known"},
		"booting":                 {version, evidence{asterisk: asteriskEvidence{problem: &ari.Problem{State: ari.Booting, What: "starting"}}}, gradeBad, "starting"},
		"modules not told":        {judgeModules, evidence{}, gradeSkip, "did not list"},
		"serve is ready":          {judgeServe, evidence{serve: ready}, gradeOK, "is ready"},
		"serve is degraded":       {judgeServe, evidence{serve: sick(web.StatusDegraded, partRedis, "gone")}, gradeWarn, "redis: gone"},
		"serve is down":           {judgeServe, evidence{serve: sick(web.StatusDown, partAsterisk, "gone")}, gradeBad, "asterisk: gone"},
		"serve is elsewhere":      {judgeServe, evidence{serve: silent, asterisk: asteriskEvidence{app: appOurs}}, gradeSkip, "is not the one"},
		"the app is unknown":      {judgeApp, evidence{config: here}, gradeSkip, "did not tell"},
		"serve says why":          {judgeApp, evidence{config: here, asterisk: asteriskEvidence{app: appFree}, serve: sick(web.StatusDown, partAsterisk, "wrong password")}, gradeBad, "says: wrong password"},
		"names are found":         {judgeHost, evidence{host: hostEvidence{name: "pbx"}}, gradeOK, "pbx"},
		"names are slow":          {judgeHost, evidence{host: hostEvidence{name: "pbx", slowest: 3 * time.Second}}, gradeWarn, "takes 3s"},
		"no own name":             {judgeHost, evidence{host: hostEvidence{name: "pbx", unknown: true}}, gradeWarn, "cannot be found"},
		"another machine":         {judgeHost, evidence{host: hostEvidence{remote: true}}, gradeSkip, "another one"},
		"default sessionlimit":    {judgeConnections, evidence{files: fileEvidence{http: files("enabled=yes")}}, gradeOK, "100 connections"},
		"a small sessionlimit":    {judgeConnections, evidence{files: fileEvidence{http: files("sessionlimit = 30")}}, gradeWarn, "30"},
		"no number":               {judgeConnections, evidence{files: fileEvidence{http: files("sessionlimit = many")}}, gradeWarn, "no number"},
		"CDRs by the files":       {judgeRecords, evidence{console: noConsole, files: fileEvidence{cdr: files("unanswered=yes")}}, gradeOK, ""},
		"no CDRs by the files":    {judgeRecords, evidence{console: noConsole, files: fileEvidence{cdr: files("enable=no")}}, gradeWarn, "are off"},
		"CDRs by default":         {judgeRecords, evidence{console: noConsole, files: fileEvidence{cdr: files("")}}, gradeWarn, "not answered"},
		"no CDR module":           {judgeRecords, evidence{}, gradeWarn, "keeps no"},
		"dialplan without number": {judgeCallers, evidence{console: consoleEvidence{plan: dialplan{"a": {"s": {{app: "Gosub(ringfence,s,1)"}}}}}}, gradeWarn, "not passed on by s@a"},
		"a region":                {func(e evidence) diagnosis { return judgeRegion(e.config) }, evidence{config: config{Region: "DE"}}, gradeOK, "DE"},
		"no region":               {func(e evidence) diagnosis { return judgeRegion(e.config) }, evidence{}, gradeWarn, "no region"},
		"ARI on this machine":     {func(e evidence) diagnosis { return judgeTransport(e.config) }, evidence{config: here}, gradeOK, ""},
		"ARI over TLS":            {func(e evidence) diagnosis { return judgeTransport(e.config) }, evidence{config: config{ARIURL: "https://pbx/ari"}}, gradeOK, ""},
		"ARI in clear":            {func(e evidence) diagnosis { return judgeTransport(e.config) }, evidence{config: config{ARIURL: "http://pbx/ari"}}, gradeWarn, "in clear"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.judge(test.e)
			if got.Grade != test.grade || !strings.Contains(got.Finding, test.text) {
				t.Errorf("%s: %s, want %s: …%s…", got.Grade, got.Finding, test.grade, test.text)
			}
			if (got.Grade == gradeBad || got.Grade == gradeWarn) && len(got.Type) == 0 && test.text != "nothing is known" && test.text != "20 and newer" {
				t.Errorf("nothing to type about: %s", got.Finding)
			}
		})
	}
}

func TestConclude(t *testing.T) {
	t.Parallel()
	bad := found("a", gradeBad, "")
	far := found("b", gradeBad, "")
	far.OutOfReach = true
	for name, test := range map[string]struct {
		checks []diagnosis
		code   int
		text   string
	}{
		"well":         {[]diagnosis{found("a", gradeWarn, ""), found("a", gradeSkip, "")}, exitDone, ""},
		"bad":          {[]diagnosis{bad, found("a", gradeOK, "")}, exitFailed, "1 of 2 checks is bad"},
		"out of reach": {[]diagnosis{bad, far}, exitUnreachable, "2 of 2 checks are bad"},
	} {
		err := conclude(test.checks)
		if code := exitCode(err); code != test.code || (err != nil && err.Error() != test.text) {
			t.Errorf("%s: exit code %d, %v", name, code, err)
		}
	}
}

func TestWriteDiagnoses(t *testing.T) {
	t.Parallel()
	checks := []diagnosis{found("app", gradeBad, "nobody\x1b[2J", "type\x07this"), found("region", gradeOK, "fine")}
	want := "bad   app          nobody\\x1b[2J\n                   > type\\athis\nok    region       fine\n"
	if diff := cmp.Diff(want, written(t, checks)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var text bytes.Buffer
	if err := writeJSON(&text, checks); err != nil {
		t.Fatal(err)
	}
	var got []diagnosis
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(checks, got); diff != "" || !strings.Contains(text.String(), `"type": []`) {
		t.Errorf("%s\n(-want +got):\n%s", &text, diff)
	}
}

func TestConsoleRunsACommand(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "asterisk.sh")
	text := `case "$2" in
known) echo "$1 and $2";;
unknown) echo "No such command 'unknown' (type 'core show help unknown' for other possible commands)"; exit 1;;
*) echo "Unable to connect to remote asterisk" >&2; exit 1;;
esac
`
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := newConsole("sh " + script + " -rx")
	for command, want := range map[string]string{"known": "-rx and known\n", "unknown": "No such command"} {
		if got, err := ask(t.Context(), command); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, %v", command, got, err)
		}
	}
	if _, err := ask(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), "Unable to connect") {
		t.Errorf("a console that is not there: %v", err)
	}
	for _, line := range []string{"", "/absent/asterisk -rx"} {
		if _, err := newConsole(line)(t.Context(), "known"); err == nil {
			t.Errorf("no error for the console %q", line)
		}
	}
}

func TestReadUsers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]bool{
		"r/o?  ACL?  Username\n----  ----  --------\nNo    No    ringfence\nYes   No    watcher\n": {"ringfence": false, "watcher": true},
		"r/o?  Username\n----  --------\nYes   watcher\n":                                          {"watcher": true},
		"No such command 'ari show users'\n":                                                       nil,
	} {
		if diff := cmp.Diff(want, readUsers(text)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestAskHost(t *testing.T) {
	t.Parallel()
	d := &doctor{config: config{ARIURL: "http://127.0.0.1:8088/ari"}, lookup: func(_ context.Context, name string) error {
		if name != rootServer {
			return errors.New("no such host")
		}
		return nil
	}}
	if e := d.askHost(t.Context()); !e.unknown || e.remote || e.name == "" {
		t.Errorf("a machine that does not find its own name: %+v", e)
	}
	d.config.ARIURL = "http://192.0.2.1:8088/ari"
	if e := d.askHost(t.Context()); !e.remote {
		t.Errorf("another machine: %+v", e)
	}
}
