package doctor_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/web"
)

// Each case holds the evidence for one check alone.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	ready := doctor.ServeEvidence{Health: web.Health{Status: web.StatusReady}}
	sick := func(status, part, state string) doctor.ServeEvidence {
		return doctor.ServeEvidence{Health: web.Health{Status: status, Parts: []web.Part{{Name: part, State: state, Vital: status == web.StatusDown}}}}
	}
	silent := doctor.ServeEvidence{Err: errors.New("nothing listens")}
	files := func(text string) doctor.Conf {
		lines, err := doctor.ParseConf("x.conf", "[general]\n"+text)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	opened := doctor.OwnStarPlan()
	opened["trunk"] = doctor.Extensions{"_X.": {{App: "Gosub(ringfence,s,1(${EXTEN}))"}}, "*32": {{App: "Gosub(ringfence-star,s,1(block-last))"}}}
	noConsole := doctor.ConsoleEvidence{Err: errNoConsole}
	here := doctor.Target{ARIURL: "http://localhost:8088/ari", ARIApp: "ringfence"}

	for name, test := range map[string]struct {
		check string
		e     doctor.Evidence
		grade doctor.Grade
		text  string
	}{
		"Asterisk 22":             {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "22.10.1+dfsg"}}, doctor.OK, "22.10.1"},
		"Asterisk 20, certified":  {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "certified/20.7-cert3"}}, doctor.OK, ""},
		"Asterisk from git":       {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "GIT-22-1a2b3c"}}, doctor.OK, ""},
		"Asterisk 18":             {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "18.26.0"}}, doctor.Warn, "20 and newer"},
		"an unheard-of Asterisk":  {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "master"}}, doctor.Warn, "this version is unknown"},
		"Asterisk 20.5":           {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "20.5.2"}}, doctor.Warn, "waits 200 ms: install 20.10, 21.5, certified-20.7-cert2, 22.0 or newer"},
		"Asterisk 20.6":           {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "20.6.0~dfsg"}}, doctor.OK, "is quicker"},
		"Asterisk 20.10":          {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "20.10.0"}}, doctor.OK, "answers at "},
		"Asterisk 21.0":           {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "21.0.2"}}, doctor.Warn, "waits 200 ms"},
		"Asterisk 21.5":           {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "21.5.0"}}, doctor.OK, "answers at "},
		"certified, first":        {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: "certified-20.7-cert1"}}, doctor.OK, "is quicker"},
		"booting":                 {"asterisk", doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Problem: &ari.Problem{State: ari.Booting, What: "starting"}}}, doctor.Bad, "starting"},
		"modules unknown":         {"modules", doctor.Evidence{}, doctor.Skip, "did not list"},
		"serve is ready":          {"serve", doctor.Evidence{Serve: ready}, doctor.OK, "is ready"},
		"serve is degraded":       {"serve", doctor.Evidence{Serve: sick(web.StatusDegraded, web.PartRedis, "gone")}, doctor.Warn, "redis: gone"},
		"serve is down":           {"serve", doctor.Evidence{Serve: sick(web.StatusDown, web.PartAsterisk, "gone")}, doctor.Bad, "asterisk: gone"},
		"serve is elsewhere":      {"serve", doctor.Evidence{Serve: silent, Asterisk: doctor.AsteriskEvidence{App: doctor.AppOurs}}, doctor.Skip, "is elsewhere"},
		"the app is unknown":      {"app", doctor.Evidence{Target: here}, doctor.Skip, "is not known"},
		"serve says why":          {"app", doctor.Evidence{Target: here, Asterisk: doctor.AsteriskEvidence{App: doctor.AppFree}, Serve: sick(web.StatusDown, web.PartAsterisk, "wrong password")}, doctor.Bad, "says: wrong password"},
		"names are found":         {"host", doctor.Evidence{Host: doctor.HostEvidence{Name: "pbx"}}, doctor.OK, "pbx"},
		"names are slow":          {"host", doctor.Evidence{Host: doctor.HostEvidence{Name: "pbx", Slowest: 3 * time.Second}}, doctor.Warn, "takes 3s"},
		"no own name":             {"host", doctor.Evidence{Host: doctor.HostEvidence{Name: "pbx", Unknown: true}}, doctor.Warn, "does not resolve"},
		"another machine":         {"host", doctor.Evidence{Host: doctor.HostEvidence{Remote: true}}, doctor.Skip, "another machine"},
		"default sessionlimit":    {"http", doctor.Evidence{Files: doctor.FileEvidence{HTTP: files("enabled=yes")}}, doctor.OK, "100 connections"},
		"a small sessionlimit":    {"http", doctor.Evidence{Files: doctor.FileEvidence{HTTP: files("sessionlimit = 30")}}, doctor.Warn, "30"},
		"not a number":            {"http", doctor.Evidence{Files: doctor.FileEvidence{HTTP: files("sessionlimit = many")}}, doctor.Warn, "not a number"},
		"CDRs by the files":       {"cdr", doctor.Evidence{Console: noConsole, Files: doctor.FileEvidence{CDR: files("unanswered=yes")}}, doctor.OK, ""},
		"no CDRs by the files":    {"cdr", doctor.Evidence{Console: noConsole, Files: doctor.FileEvidence{CDR: files("enable=no")}}, doctor.Warn, "are off"},
		"CDRs by default":         {"cdr", doctor.Evidence{Console: noConsole, Files: doctor.FileEvidence{CDR: files("")}}, doctor.Warn, "not answered"},
		"no CDR module":           {"cdr", doctor.Evidence{}, doctor.Warn, "writes no"},
		"dialplan without number": {"calls", doctor.Evidence{Console: doctor.ConsoleEvidence{Plan: doctor.Dialplan{"a": {"a1": {{App: "Gosub(ringfence,s,1)"}}}}}}, doctor.Warn, "not passed on by a1@a"},
		"star codes from outside": {"star-codes", doctor.Evidence{Console: doctor.ConsoleEvidence{Plan: opened}}, doctor.Warn, "[trunk] screens calls from outside and has star codes"},
		"a region":                {"region", doctor.Evidence{Target: doctor.Target{Region: "DE"}}, doctor.OK, "DE"},
		"no region":               {"region", doctor.Evidence{}, doctor.Warn, "no region"},
		"ARI on this machine":     {"ari-url", doctor.Evidence{Target: here}, doctor.OK, ""},
		"ARI over TLS":            {"ari-url", doctor.Evidence{Target: doctor.Target{ARIURL: "https://pbx/ari"}}, doctor.OK, ""},
		"ARI in clear":            {"ari-url", doctor.Evidence{Target: doctor.Target{ARIURL: "http://pbx/ari"}}, doctor.Warn, "unencrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checks := doctor.Diagnose(test.e)
			at := slices.IndexFunc(checks, func(f doctor.Finding) bool { return f.Check == test.check })
			if at < 0 {
				t.Fatalf("nothing is said about %s", test.check)
			}
			got := checks[at]
			if got.Grade != test.grade || !strings.Contains(got.Text, test.text) {
				t.Errorf("%s: %s, want %s: …%s…", got.Grade, got.Text, test.grade, test.text)
			}
			// What serve says, and what only another release changes, has no line.
			wordsOnly := test.check == "serve" || test.check == "asterisk" || name == "serve says why"
			if (got.Grade == doctor.Bad || got.Grade == doctor.Warn) && len(got.Type) == 0 && !wordsOnly {
				t.Errorf("nothing to type about: %s", got.Text)
			}
		})
	}
}

// Each part of serve that is not OK is a finding, whatever its name.
func TestDiagnoseTellsEachPart(t *testing.T) {
	t.Parallel()
	health := web.Health{Status: web.StatusDown, Parts: []web.Part{
		{Name: "asterisk", State: "gone", Vital: true}, {Name: "redis", OK: true, State: "answering", Vital: true}, {Name: "moon", State: "waning"},
	}}
	var got []string
	for _, f := range doctor.Diagnose(doctor.Evidence{Serve: doctor.ServeEvidence{Health: health}}) {
		if f.Check == "serve" {
			got = append(got, string(f.Grade)+" "+f.Text)
		}
	}
	want := []string{"bad ringfence serve at  is down: asterisk: gone", "warn ringfence serve at  is down: moon: waning"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Which Ringfence has the app is known by the reason of the part, whatever its words
// are.
func TestDiagnoseAReplacedServe(t *testing.T) {
	t.Parallel()
	e := doctor.Evidence{Target: doctor.Target{ARIApp: "ringfence"}, Asterisk: doctor.AsteriskEvidence{App: doctor.AppOurs}}
	e.Serve.Health.Parts = []web.Part{{Name: web.PartAsterisk, State: "another program has it", Reason: string(ari.Replaced), Vital: true}}
	want(t, doctor.Diagnose(e), "app", doctor.Bad, "another Ringfence")
}

// A finding that nothing is wrong has nothing to type.
func TestDiagnoseOfWhatIsWell(t *testing.T) {
	t.Parallel()
	e := doctor.Evidence{Console: doctor.ConsoleEvidence{
		Endpoints: []doctor.Endpoint{{Name: "carrier", Context: "in", LogsIn: true}},
	}}
	finding := want(t, doctor.Diagnose(e), "identity", doctor.OK, "write trust_id_inbound = yes in its section of pjsip.conf")
	if len(finding.Type) > 0 {
		t.Errorf("to type: %q", finding.Type)
	}
}

// A wrong password is changed where it is set, and not started where serve runs.
func TestDiagnoseAWrongPassword(t *testing.T) {
	t.Parallel()
	lines, err := doctor.ParseConf("ari.conf", "[ringfence]\npassword = right\n")
	if err != nil {
		t.Fatal(err)
	}
	e := doctor.Evidence{
		Target: doctor.Target{
			ARIUsername: "ringfence", ARIPassword: "wrong", ARIApp: "ringfence",
			Options: map[string]doctor.Origin{"ari-password": "/etc/ringfence/ringfence.yml:1: ari-password"},
		},
		Asterisk: doctor.AsteriskEvidence{Problem: &ari.Problem{State: ari.Unauthorized, What: "refused"}},
		Files:    doctor.FileEvidence{Dir: "/etc/asterisk", ARI: lines},
	}
	finding := want(t, doctor.Diagnose(e), "asterisk", doctor.Bad,
		"use the one in the section [ringfence] of /etc/asterisk/ari.conf; edit line 1 of /etc/ringfence/ringfence.yml, and restart ringfence serve")
	if diff := cmp.Diff([]string{"sudo sed -i '1s|.*|ari-password: PASSWORD|' /etc/ringfence/ringfence.yml"}, finding.Type); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e.Asterisk = doctor.AsteriskEvidence{App: doctor.AppFree}
	if finding := want(t, doctor.Diagnose(e), "app", doctor.Bad, "restart ringfence serve"); len(finding.Type) > 0 {
		t.Errorf("serve runs, and still: %q", finding.Type)
	}
	e.Serve.Err = errors.New("nothing listens")
	if finding := want(t, doctor.Diagnose(e), "app", doctor.Bad, "start ringfence serve"); len(finding.Type) != 1 || finding.Type[0] != "ringfence serve" {
		t.Errorf("to type: %q", finding.Type)
	}
}

// Who has no star codes hears nothing of them.
func TestDiagnoseWithoutStarCodes(t *testing.T) {
	t.Parallel()
	modules := make(map[string]bool)
	for _, m := range doctor.NeededModules() {
		modules[m.Name()] = m.Gives() != "DB" && m.Gives() != "Playback"
	}
	for _, f := range doctor.Diagnose(doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Modules: modules}}) {
		if f.Check == "star-codes" || f.Check == "modules" && f.Grade != doctor.OK {
			t.Errorf("it says %s: %s", f.Grade, f.Text)
		}
	}
}
