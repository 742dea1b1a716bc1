package doctor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/doctor"
)

// The advice fits where the option was set.
func TestChange(t *testing.T) {
	t.Parallel()
	const url = "redis://h:1/0?addr=h:2&x=1"
	for name, test := range map[string]struct {
		origin doctor.Origin
		lines  []string
		where  string
	}{
		"a flag":        {"--redis", []string{"ringfence doctor --redis '" + url + "'"}, "type --redis with another value"},
		"a variable":    {"RINGFENCE_REDIS", []string{"export RINGFENCE_REDIS='" + url + "'"}, "change RINGFENCE_REDIS also where ringfence serve is started, and restart ringfence serve"},
		"a secret file": {"RINGFENCE_REDIS_FILE (/run/s)", []string{"printf %s '" + url + "' | sudo tee /run/s > /dev/null"}, "write it into /run/s, and restart ringfence serve"},
		"the file":      {"/etc/r/r.yml:3: redis", []string{`sudo sed -i '3s|.*|redis: redis://h:1/0?addr=h:2\&x=1|' /etc/r/r.yml`}, "edit line 3 of /etc/r/r.yml, and restart ringfence serve"},
		"the default": {
			"default",
			[]string{"test -e /etc/r/r.yml || sudo install -D -m 640 /dev/null /etc/r/r.yml", `printf '%s\n' 'redis: ` + url + "' | sudo tee -a /etc/r/r.yml > /dev/null"},
			"write it into /etc/r/r.yml, and restart ringfence serve",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := doctor.Target{ConfigFile: "/etc/r/r.yml", Options: map[string]doctor.Origin{"redis": test.origin}}
			if diff := cmp.Diff(test.lines, target.Change("redis", url)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := target.Where("redis"); !strings.Contains(got, test.where) {
				t.Errorf("where: %q", got)
			}
		})
	}
}

// The lines change the file as they say.
func TestChangeOfTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sub", "r.yml")
	const option, value = "redis", `redis://u:a|b\c&d'e@h:1/0`
	for i, origin := range []doctor.Origin{"default", doctor.Origin(file + ":1: redis")} {
		target := doctor.Target{ConfigFile: file, Options: map[string]doctor.Origin{option: origin}}
		text := value + strings.Repeat("x", i)
		shell := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(target.Change(option, text), "\n"))
		shell.Env = append(os.Environ(), "PATH="+programs(t)+string(filepath.ListSeparator)+os.Getenv("PATH"))
		if out, err := shell.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != "redis: "+text+"\n" {
			t.Errorf("%s: %q, %v", origin, got, err)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: mode %v, %v", origin, info.Mode(), err)
		}
	}
}

// A key is set in its section only.
func TestSwitch(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "http.conf")
	for before, after := range map[string]string{
		"[other]\nenabled=no\n[general](!)\n Enabled=no\nport=1\n[phone]\nenabled = no\n": "[other]\nenabled=no\n[general](!)\nenabled = yes\nport=1\n[phone]\nenabled = no\n",
		"[general]\nenabled=no\nenabledx=1\n":                                             "[general]\nenabled = yes\nenabledx=1\n",
	} {
		if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		shell := exec.CommandContext(t.Context(), "sh", "-c", doctor.Switch(folder, "http.conf", "enabled", "yes"))
		shell.Env = append(os.Environ(), "PATH="+programs(t)+string(filepath.ListSeparator)+os.Getenv("PATH"))
		if out, err := shell.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// What was typed for doctor is typed again, but for passwords.
func TestRingfenceLine(t *testing.T) {
	t.Parallel()
	target := doctor.Target{
		ConfigFile: "./r.yml", Redis: "redis://u:secret@h:1/0", RedisPrefix: "{a b}:",
		Options: map[string]doctor.Origin{"config": "--config", "redis": "--redis", "redis-prefix": "--redis-prefix"},
	}
	const want = "ringfence settings show --config ./r.yml --redis redis://u:PASSWORD@h:1/0 --redis-prefix '{a b}:'"
	if got := target.Ringfence("settings show"); got != want {
		t.Errorf("%s", got)
	}
	target.Options = nil
	if got := target.Ringfence("settings show"); got != "ringfence settings show" {
		t.Errorf("%s", got)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "r.yml")
	if err := os.WriteFile(file, []byte("ari-password: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		mode  os.FileMode
		grade doctor.Grade
	}{{0o600, doctor.OK}, {0o640, doctor.OK}, {0o644, doctor.Warn}} {
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		var target doctor.Target
		target.AddSecret(file, "ari-password")
		target.AddSecret(file, "smtp")
		target.Secrets = doctor.ReadModes(target.Secrets)
		finding := want(t, doctor.Diagnose(doctor.Evidence{Target: target}), "secrets", test.grade, "")
		if test.grade == doctor.Warn && (!strings.Contains(finding.Text, "holds ari-password, smtp (mode 644)") || finding.Type[0] != "sudo chmod 640 "+file) {
			t.Errorf("%+v", finding)
		}
	}
	typed := doctor.Target{Options: map[string]doctor.Origin{"ari-password": "--ari-password"}, Typed: []string{"ari-password"}}
	want(t, doctor.Diagnose(doctor.Evidence{Target: typed}), "secrets", doctor.Warn, "other users of this machine see the password in --ari-password")
}
