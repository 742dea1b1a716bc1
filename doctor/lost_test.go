package doctor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// A subroutine that is gone from the disk is found while it is still in Asterisk's
// memory, and after Asterisk has started without it.
func TestDoctorFindsALostSubroutine(t *testing.T) {
	for name, test := range map[string]struct {
		include, memory, restarted string
	}{
		"#tryinclude": {`#tryinclude "ringfence.conf"`, "from Asterisk's next start on, no call is screened", "has no context [ringfence]: ringfence.conf is missing"},
		"#include":    {`#include "ringfence.conf"`, "at Asterisk's next start the whole dialplan is missing", "pbx_config.so does not run, so extensions.conf is not loaded, and every call fails: ringfence.conf is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newClinic(t, edited(t, "extensions.conf", `#tryinclude "ringfence.conf"`, test.include))
			p.serve(t, p.Target.HTTP)
			if err := os.Remove(filepath.Join(p.confDir(t), asteriskconf.DialplanFile)); err != nil {
				t.Fatal(err)
			}
			checks := p.examined(t)
			wantWell(t, checks, "include")
			want(t, checks, "include", doctor.Bad, test.memory)

			if err := p.asterisk.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			waitFor(t, p.Target.HTTP, "ready")
			finding := want(t, p.examined(t), "dialplan", doctor.Bad, test.restarted)
			p.obey(t, finding)
			wantWell(t, p.examined(t))
			if err := p.asterisk.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			waitFor(t, p.Target.HTTP, "ready")
			wantWell(t, p.examined(t))
		})
	}
}

func TestDoctorFindsARIThatIsOff(t *testing.T) {
	p := newClinic(t, nil)
	p.serve(t, p.Target.HTTP)
	p.obey(t, doctor.Finding{Type: []string{
		doctor.Switch(p.confDir(t), "ari.conf", "enabled", "no"), `asterisk -rx "module reload res_ari.so"`,
	}})
	finding := want(t, p.examined(t), "asterisk", doctor.Bad, "but ARI is off in")
	p.obey(t, finding)
	waitFor(t, p.Target.HTTP, "ready")
	wantWell(t, p.examined(t))
}

// A number, a trunk and a queue that come before the line let a blocked caller in.
// With the line where doctor says, the caller is refused.
func TestDoctorFindsUnscreenedNumbers(t *testing.T) {
	line := strings.TrimPrefix(doctor.CallLine, "same => n,")
	const number = "exten => _03023125XXX,1,"
	healthy := number + line + "\n same => n,Queue(support)"
	for name, test := range map[string]struct {
		// broken replaces what is healthy.
		broken string
		grade  doctor.Grade
		text   string
	}{
		"a number": {number + "Queue(support)", doctor.Warn, "has numbers or ways that are not screened"},
		"too late": {number + "Queue(support)\n same => n," + line, doctor.Bad, "connects callers before it calls Ringfence"},
		"a trunk":  {"[inbound2]\n" + number + "Queue(support)\n[inbound]", doctor.Bad, "[inbound2], where the calls of endpoint trunk enter, screens no call"},
	} {
		t.Run(name, func(t *testing.T) {
			files := edited(t, "extensions.conf", healthy, test.broken)
			if name == "a trunk" {
				pjsip := pbx()["pjsip.conf"]
				files["pjsip.conf"] = strings.Replace(pjsip, "[trunk](line)\n", "[trunk](line)\ncontext = inbound2\n", 1)
			}
			p := newClinic(t, files)
			p.serve(t, p.Target.HTTP)
			p.obey(t, doctor.Finding{Type: []string{"ringfence block +4930666200"}})
			blocked := pest(t, p)
			if code := blocked(); code != 200 {
				t.Fatalf("the blocked caller got %d before anything is healed", code)
			}
			checks := p.examined(t)
			wantWell(t, checks, "calls")
			finding := want(t, checks, "calls", test.grade, test.text)
			if finding.Type[0] != doctor.CallLine {
				t.Fatalf("to type: %q", finding.Type)
			}
			p.write(t, "extensions.conf", number+"Queue(support)", number+"NoOp()\n "+finding.Type[0]+"\n same => n,Queue(support)")
			p.obey(t, doctor.Finding{Type: finding.Type[1:]})
			wantWell(t, p.examined(t))
			if code := blocked(); code != 603 {
				t.Errorf("the blocked caller got %d", code)
			}
		})
	}
}

// The dialled number reaches Ringfence from an extension that is no number.
func TestDoctorFindsALostNumber(t *testing.T) {
	line := strings.TrimPrefix(doctor.CallLine, "same => n,")
	const number = "exten => _03023125XXX,1,"
	p := newClinic(t, edited(t, "extensions.conf", number+line+"\n same => n,Queue(support)",
		number+"Goto(front1,1)\nexten => front1,1,"+line+"\n same => n,Queue(support)"))
	p.serve(t, p.Target.HTTP)
	p.obey(t, doctor.Finding{Type: []string{"ringfence block +4930666200 --to 03023125000"}})
	blocked := pest(t, p)
	if code := blocked(); code != 200 {
		t.Fatalf("the blocked caller got %d before anything is healed", code)
	}
	checks := p.examined(t)
	wantWell(t, checks, "calls")
	finding := want(t, checks, "calls", doctor.Warn, "the dialled number is not passed on by front1@inbound")
	p.write(t, "extensions.conf", "exten => front1,1,"+line, "exten => front1,1,NoOp()\n "+finding.Type[0])
	p.obey(t, doctor.Finding{Type: finding.Type[1:]})
	wantWell(t, p.examined(t))
	if code := blocked(); code != 603 {
		t.Errorf("the blocked caller got %d", code)
	}
}

// write replaces a text of one of Asterisk's files.
func (p *clinic) write(t *testing.T, name, before, after string) {
	t.Helper()
	path := filepath.Join(p.confDir(t), name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), before, after)
	if changed == string(text) {
		t.Fatalf("%s does not hold %q:\n%s", name, before, text)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// pest returns a function that calls as +4930666200 and returns the SIP code that it
// gets.
func pest(t *testing.T, p *clinic) func() int {
	t.Helper()
	caller := labtest.NewCaller(t, p.asterisk, "")
	return func() int {
		t.Helper()
		result, err := caller.Call(t.Context(), lab.Call{To: "03023125000", From: "+4930666200"})
		if err != nil {
			t.Fatal(err)
		}
		return result.Code
	}
}
