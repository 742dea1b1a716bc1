package main

import (
	"strings"
	"testing"
)

func TestDoctorSaysWhyARIIsOfNoUse(t *testing.T) {
	p := newPatient(t, nil)
	healthy := p.config
	t.Run("a wrong password", func(t *testing.T) {
		p.config.ARIPassword = "wrong"
		want(t, p.examined(t), "asterisk", gradeBad, "the section [ringfence] of")
	})
	t.Run("no password", func(t *testing.T) {
		p.config.ARIPassword = ""
		want(t, p.examined(t), "asterisk", gradeBad, "no ARI password is set")
	})
	t.Run("no such user", func(t *testing.T) {
		p.config.ARIUsername = "nobody"
		want(t, p.examined(t), "asterisk", gradeBad, "no ARI user nobody")
	})
	t.Run("a wrong port", func(t *testing.T) {
		p.config = healthy
		p.config.ARIURL = "http://" + freeAddress(t) + "/ari"
		checks := p.examined(t)
		verdict := want(t, checks, "asterisk", gradeBad, "ARI is at "+healthy.ARIURL)
		if verdict.Type[0] != "export RINGFENCE_ARI_URL="+healthy.ARIURL {
			t.Errorf("to type: %q", verdict.Type)
		}
		if code := exitCode(conclude(checks)); code != exitUnreachable {
			t.Errorf("exit code %d, want %d", code, exitUnreachable)
		}
	})
	t.Run("a wrong path", func(t *testing.T) {
		p.config.ARIURL = strings.TrimSuffix(healthy.ARIURL, "/ari")
		want(t, p.examined(t), "asterisk", gradeBad, "ARI is at "+healthy.ARIURL)
	})
	t.Run("no Asterisk", func(t *testing.T) {
		p.config = healthy
		if err := p.asterisk.Halt(); err != nil {
			t.Fatal(err)
		}
		checks := p.examined(t)
		want(t, checks, "asterisk", gradeBad, "nothing listens")
		want(t, checks, "app", gradeSkip, "ARI does not answer")
		if code := exitCode(conclude(checks)); code != exitUnreachable {
			t.Errorf("exit code %d, want %d", code, exitUnreachable)
		}
	})
}

func TestDoctorFindsAUserWhoMayOnlyRead(t *testing.T) {
	p := newPatient(t, edited(t, "ari.conf", "read_only = no", "read_only = yes"))
	checks := p.examined(t)
	want(t, checks, "ari-user", gradeBad, "may only read")
	want(t, checks, "app", gradeBad, "nobody takes")
}

func TestDoctorFindsAWebServerThatIsOff(t *testing.T) {
	p := newPatient(t, nil)
	want(t, p.examined(t), "http", gradeOK, "")
	verdict := want(t, diagnose(evidenceOfOff(t, p)), "asterisk", gradeBad, "its web server, which carries ARI, does not")
	if !strings.HasPrefix(verdict.Type[0], "sed -i -e '/^ *enabled *=/d'") {
		t.Errorf("to type: %q", verdict.Type)
	}
}

// evidenceOfOff switches Asterisk's web server off: the lab itself waits for
// it at the start.
func evidenceOfOff(t *testing.T, p *patient) evidence {
	t.Helper()
	for _, line := range []string{
		strings.Replace(evidence{files: fileEvidence{dir: p.confDir(t)}}.set("http.conf", "enabled", "yes"), "= yes", "= no", 1),
		`asterisk -rx "module reload http"`,
	} {
		p.obey(t, found("", gradeOK, "", line))
	}
	e, err := p.examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (p *patient) confDir(t *testing.T) string {
	t.Helper()
	settings, err := p.asterisk.CLI(t.Context(), "core show settings")
	if err != nil {
		t.Fatal(err)
	}
	return shown(settings, "Configuration directory")
}

func TestDoctorWithoutAConsole(t *testing.T) {
	p := newPatient(t, nil)
	folder := p.confDir(t)
	p.serve(t, p.config.HTTP)
	p.console = noConsole
	t.Run("the files tell", func(t *testing.T) {
		p.folder = folder
		checks := p.examined(t)
		wantWell(t, checks)
		want(t, checks, "dialplan", gradeOK, "so say the files")
		want(t, checks, "calls", gradeOK, "so say the files")
	})
	t.Run("there are no files", func(t *testing.T) {
		p.folder = t.TempDir() + "/absent"
		checks := p.examined(t)
		wantWell(t, checks, "dialplan", "calls", "http", "cdr")
		want(t, checks, "dialplan", gradeSkip, errNoConsole.Error())
		if err := conclude(checks); err != nil {
			t.Error(err)
		}
	})
}

func TestDoctorFindsADialplanThatCallsNobody(t *testing.T) {
	p := newPatient(t, edited(t, "extensions.conf", "1,Gosub(ringfence,s,1(${EXTEN}))", "1,NoOp()"))
	p.serve(t, p.config.HTTP)
	checks := p.examined(t)
	wantWell(t, checks, "calls")
	verdict := want(t, checks, "calls", gradeBad, "as by Queue(support) of")
	if verdict.Type[0] != callLine {
		t.Errorf("to type: %q", verdict.Type)
	}
}
