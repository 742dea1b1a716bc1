package doctor_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/doctor"
)

func TestDoctorSaysWhyARIIsNotUsable(t *testing.T) {
	p := newClinic(t, nil)
	healthy := p.Target
	t.Run("a wrong password", func(t *testing.T) {
		p.Target.ARIPassword = "wrong"
		want(t, p.examined(t), "asterisk", doctor.Bad, "the section [ringfence] of")
	})
	t.Run("no password", func(t *testing.T) {
		p.Target.ARIPassword = ""
		want(t, p.examined(t), "asterisk", doctor.Bad, "no ARI password is set")
	})
	t.Run("no such user", func(t *testing.T) {
		p.Target.ARIUsername = "nobody"
		want(t, p.examined(t), "asterisk", doctor.Bad, "no ARI user nobody")
	})
	t.Run("a wrong port", func(t *testing.T) {
		p.Target = healthy
		p.Target.ARIURL = "http://" + freeAddress(t) + "/ari"
		checks := p.examined(t)
		finding := want(t, checks, "asterisk", doctor.Bad, "ARI is at "+healthy.ARIURL)
		if finding.Type[0] != "export RINGFENCE_ARI_URL="+healthy.ARIURL {
			t.Errorf("to type: %q", finding.Type)
		}
		if !finding.Unreachable {
			t.Error("the finding is not marked as unreachable")
		}
	})
	t.Run("a wrong path", func(t *testing.T) {
		p.Target.ARIURL = strings.TrimSuffix(healthy.ARIURL, "/ari")
		want(t, p.examined(t), "asterisk", doctor.Bad, "ARI is at "+healthy.ARIURL)
	})
	t.Run("no Asterisk", func(t *testing.T) {
		p.Target = healthy
		if err := p.asterisk.Halt(); err != nil {
			t.Fatal(err)
		}
		checks := p.examined(t)
		finding := want(t, checks, "asterisk", doctor.Bad, "nothing listens")
		want(t, checks, "app", doctor.Skip, "ARI does not answer")
		if !finding.Unreachable {
			t.Error("the finding is not marked as unreachable")
		}
	})
}

func TestDoctorFindsAUserWhoMayOnlyRead(t *testing.T) {
	p := newClinic(t, edited(t, "ari.conf", "read_only = no", "read_only = yes"))
	checks := p.examined(t)
	want(t, checks, "ari-user", doctor.Bad, "may only read")
	want(t, checks, "app", doctor.Bad, "no program is connected")
}

func TestDoctorFindsAWebServerThatIsOff(t *testing.T) {
	p := newClinic(t, nil)
	want(t, p.examined(t), "http", doctor.OK, "")
	finding := want(t, p.offExamined(t), "asterisk", doctor.Bad, "its web server for ARI does not")
	if !strings.HasPrefix(finding.Type[0], "sudo sed -i -e '/^ *\\[general\\]/,") {
		t.Errorf("to type: %q", finding.Type)
	}
}

// offExamined switches Asterisk's web server off: the lab itself waits for
// it at the start.
func (p *clinic) offExamined(t *testing.T) []doctor.Finding {
	t.Helper()
	p.obey(t, doctor.Finding{Type: []string{
		doctor.Switch(p.confDir(t), "http.conf", "enabled", "no"),
		`asterisk -rx "module reload http"`,
	}})
	return p.examined(t)
}

func (p *clinic) confDir(t *testing.T) string {
	t.Helper()
	settings, err := p.asterisk.CLI(t.Context(), "core show settings")
	if err != nil {
		t.Fatal(err)
	}
	return doctor.Shown(settings, "Configuration directory")
}

func TestDoctorWithoutAConsole(t *testing.T) {
	p := newClinic(t, nil)
	folder := p.confDir(t)
	p.serve(t, p.Target.HTTP)
	p.Console = noConsole
	t.Run("the files tell", func(t *testing.T) {
		p.Target.Folder = folder
		checks := p.examined(t)
		wantWell(t, checks)
		want(t, checks, "dialplan", doctor.OK, "according to the files")
		want(t, checks, "calls", doctor.OK, "according to the files")
	})
	t.Run("there are no files", func(t *testing.T) {
		p.Target.Folder = t.TempDir() + "/absent"
		checks := p.examined(t)
		wantWell(t, checks, "dialplan", "calls", "http", "cdr")
		want(t, checks, "dialplan", doctor.Skip, errNoConsole.Error())
		if slices.ContainsFunc(checks, func(f doctor.Finding) bool { return f.Grade == doctor.Bad }) {
			t.Errorf("something is said to be bad:\n%s", written(t, checks))
		}
	})
}

func TestDoctorFindsADialplanWithoutTheCall(t *testing.T) {
	p := newClinic(t, edited(t, "extensions.conf", "TryExec(Gosub(ringfence,s,1))", "NoOp()"))
	p.serve(t, p.Target.HTTP)
	checks := p.examined(t)
	wantWell(t, checks, "calls")
	finding := want(t, checks, "calls", doctor.Bad, "write before Queue(support) of _")
	if finding.Type[0] != doctor.CallLine {
		t.Errorf("to type: %q", finding.Type)
	}
}

// A line that is in another folder is rewritten there.
func TestDoctorRewritesAFileInAnotherFolder(t *testing.T) {
	folder := t.TempDir()
	// The lab writes into [globals] of the file that includes the other.
	text := strings.NewReplacer("TryExec(Gosub(ringfence,s,1))", "Gosub(ringfence,s,1)", "[globals]", "[globals](+)").Replace(pbx()["extensions.conf"])
	for name, include := range map[string]string{"its name": "extensions.conf", "a pattern": "ext*.conf"} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(folder, "extensions.conf"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			p := newClinic(t, map[string]string{"extensions.conf": "[globals]\n#include \"" + filepath.Join(folder, include) + "\"\n"})
			p.serve(t, p.Target.HTTP)
			finding := want(t, p.examined(t), "calls", doctor.Warn, "the call ends if ever [ringfence] is missing")
			p.obey(t, finding)
			wantWell(t, p.examined(t))
		})
	}
}
