package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/web"
)

// patient is an Asterisk, a Redis and the doctor who looks at them.
type patient struct {
	*doctor

	asterisk *lab.Asterisk
	redis    *lab.Redis
}

func newPatient(t *testing.T, files map[string]string) *patient {
	t.Helper()
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: files})
	redis := labtest.NeedRedis(t, lab.RedisOptions{Keep: true})
	d := newDoctor(config{
		ARIURL: asterisk.ARI(), ARIUsername: lab.ARIUser, ARIPassword: lab.ARIPassword, ARIApp: "ringfence",
		Redis: redis.URL(), RedisPrefix: "doctor:", HTTP: freeAddress(t), Region: "DE",
	}, "asterisk -rx", "")
	d.console = asterisk.CLI
	d.pause = 50 * time.Millisecond
	// The lab gives Asterisk a file of hosts of its own.
	d.lookup = func(context.Context, string) error { return nil }
	return &patient{doctor: d, asterisk: asterisk, redis: redis}
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
func (p *patient) serve(t *testing.T, address string) {
	t.Helper()
	c := p.config
	c.HTTP, c.Deadline, c.State, c.DrainTimeout = address, 500*time.Millisecond, t.TempDir(), time.Second
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, c, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	waitFor(t, address, web.StatusReady)
}

func waitFor(t *testing.T, address, status string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
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

func (p *patient) examined(t *testing.T) []diagnosis {
	t.Helper()
	e, err := p.examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return diagnose(e)
}

// want looks for one diagnosis, and returns it.
func want(t *testing.T, checks []diagnosis, check string, g grade, text string) diagnosis {
	t.Helper()
	at := slices.IndexFunc(checks, func(d diagnosis) bool { return d.Check == check })
	if at < 0 || checks[at].Grade != g || !strings.Contains(checks[at].Finding, text) {
		t.Fatalf("no %q about %s that says %q in\n%s", g, check, text, written(t, checks))
	}
	return checks[at]
}

// wantWell fails if there is any finding, but for those that are expected.
func wantWell(t *testing.T, checks []diagnosis, but ...string) {
	t.Helper()
	for _, c := range checks {
		if c.Grade != gradeOK && !slices.Contains(but, c.Check) {
			t.Fatalf("there should be nothing but %q:\n%s", but, written(t, checks))
		}
	}
}

func written(t *testing.T, checks []diagnosis) string {
	t.Helper()
	var text bytes.Buffer
	if err := writeDiagnoses(&text, checks); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// obey types the lines of a diagnosis: those for Asterisk's console there, the
// others into a shell, which finds this program as ringfence.
func (p *patient) obey(t *testing.T, d diagnosis) {
	t.Helper()
	if len(d.Type) == 0 {
		t.Fatalf("there is nothing to type about %s", d.Check)
	}
	for _, line := range d.Type {
		if command, found := strings.CutPrefix(line, p.consoleLine+` "`); found {
			if _, err := p.asterisk.CLI(t.Context(), strings.TrimSuffix(command, `"`)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if out, err := exec.CommandContext(t.Context(), "sh", "-c", line).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", line, err, out)
		}
	}
}

var errNoConsole = errors.New("asterisk is not to be found")

func noConsole(context.Context, string) (string, error) { return "", errNoConsole }
