package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/web"
)

func TestMain(m *testing.M) {
	// go-redis keeps a clock of its own, for as long as the program runs.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.startGlobalTimeCache.func1"))
}

// clinic is an Asterisk, a Redis and the doctor who looks at them.
type clinic struct {
	*doctor.Doctor

	asterisk *lab.Asterisk
	redis    *lab.Redis
}

// alternatives are the numbers of the small PBX that the benchmark compares
// Ringfence with. They are not screened.
var alternatives = regexp.MustCompile(`(?m)^exten => _[5-8]X\.,1(.*\n)+?\n`)

// pbx returns the small PBX, with every number screened as doctor wants it.
func pbx() map[string]string {
	files := make(map[string]string)
	for name, text := range asteriskconf.PBX() {
		files[name] = string(text)
	}
	files["extensions.conf"] = alternatives.ReplaceAllString(files["extensions.conf"], "")
	return files
}

// newClinic starts the small PBX with some of its files replaced.
func newClinic(t *testing.T, replaced map[string]string) *clinic {
	t.Helper()
	files := pbx()
	maps.Copy(files, replaced)
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: files})
	redis := labtest.NeedRedis(t, lab.RedisOptions{Keep: true})
	d := newDoctor(doctor.Target{
		ARIURL: asterisk.ARI(), ARIUsername: lab.ARIUser, ARIPassword: lab.ARIPassword, ARIApp: "ringfence",
		Redis: redis.URL(), RedisPrefix: "doctor:", HTTP: freeAddress(t), Region: "DE", Console: "asterisk -rx",
	})
	d.Console = asterisk.CLI
	d.Pause = 50 * time.Millisecond
	// The lab gives Asterisk a file of hosts of its own.
	d.Lookup = func(context.Context, string) error { return nil }
	return &clinic{Doctor: d, asterisk: asterisk, redis: redis}
}

func newDoctor(target doctor.Target) *doctor.Doctor {
	return doctor.New(target, func(ctx context.Context) (web.Health, error) { return readHealth(ctx, target.HTTP) })
}

func readHealth(ctx context.Context, address string) (health web.Health, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
	if err != nil {
		return health, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return health, err
	}
	defer func() { _ = response.Body.Close() }()
	return health, json.NewDecoder(response.Body).Decode(&health)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// serve runs `serve` at an address until the test ends.
func (p *clinic) serve(t *testing.T, address string) {
	t.Helper()
	p.serveUntil(t, address, web.StatusReady)
}

// serveUntil is serve for one whose health is not ready.
func (p *clinic) serveUntil(t *testing.T, address, status string) {
	t.Helper()
	service, err := lab.NewService(lab.ServiceOptions{
		Program: labtest.Ringfence(t), ARI: p.Target.ARIURL, Redis: p.Target.Redis, State: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Serve(t.Context(), "--http", address, "--ari-app", p.Target.ARIApp, "--redis-prefix", p.Target.RedisPrefix); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := service.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the last output of Ringfence:\n%s", service.Output().Tail(40))
		}
	})
	waitFor(t, address, status)
}

func waitFor(t *testing.T, address, status string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		if health, err := readHealth(ctx, address); err == nil && health.Status == status {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("serve at %s is not %s in time", address, status)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *clinic) examined(t *testing.T) []doctor.Finding {
	t.Helper()
	e, err := p.Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return doctor.Diagnose(e)
}

// want looks for one Finding, and returns it.
func want(t *testing.T, checks []doctor.Finding, check string, g doctor.Grade, text string) doctor.Finding {
	t.Helper()
	at := slices.IndexFunc(checks, func(d doctor.Finding) bool {
		return d.Check == check && d.Grade == g && strings.Contains(d.Text, text)
	})
	if at < 0 {
		t.Fatalf("no %q about %s that says %q in\n%s", g, check, text, written(t, checks))
	}
	return checks[at]
}

// wantWell fails if there is any finding, but for those that are expected.
func wantWell(t *testing.T, checks []doctor.Finding, but ...string) {
	t.Helper()
	for _, c := range checks {
		if c.Grade != doctor.OK && !slices.Contains(but, c.Check) {
			t.Fatalf("there should be nothing but %q:\n%s", but, written(t, checks))
		}
	}
}

func written(t *testing.T, checks []doctor.Finding) string {
	t.Helper()
	text, err := json.MarshalIndent(checks, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// obey types the lines of a Finding: those for Asterisk's console there, the
// others into a shell, which finds the program as ringfence.
func (p *clinic) obey(t *testing.T, d doctor.Finding) {
	t.Helper()
	if len(d.Type) == 0 {
		t.Fatalf("there is nothing to type about %s", d.Check)
	}
	programs := programs(t)
	for _, line := range d.Type {
		if command, found := strings.CutPrefix(line, p.Target.Console+` "`); found {
			if _, err := p.asterisk.CLI(t.Context(), strings.TrimSuffix(command, `"`)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		shell := exec.CommandContext(t.Context(), "sh", "-c", line)
		shell.Env = append(os.Environ(), "PATH="+programs+string(filepath.ListSeparator)+os.Getenv("PATH"), "RINGFENCE_CONFIG=/dev/null",
			"RINGFENCE_REDIS="+p.Target.Redis, "RINGFENCE_REDIS_PREFIX="+p.Target.RedisPrefix, "RINGFENCE_REGION=DE")
		if out, err := shell.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", line, err, out)
		}
	}
}

// programs returns a folder with what the lines need: ringfence, redis-cli, and a
// sudo that runs its command as the same user.
func programs(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Symlink(labtest.Ringfence(t), filepath.Join(folder, "ringfence")); err != nil {
		t.Fatal(err)
	}
	redis, err := lab.RedisCLI(t.Context(), nil)
	if err != nil {
		t.Skip(err)
	}
	for name, command := range map[string]string{"sudo": "", "redis-cli": strings.Join(redis, " ")} {
		script := fmt.Sprintf("#!/bin/sh\nexec %s \"$@\"\n", command)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

var errNoConsole = errors.New("asterisk is not to be found")

func noConsole(context.Context, string) (string, error) { return "", errNoConsole }
