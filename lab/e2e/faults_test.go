package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

const (
	// atOnce is less than any wait for a part that fails.
	atOnce = 400 * time.Millisecond
)

// another replaces the system's Ringfence, which has not been started, by one
// with further variables.
func (h *system) another(t *testing.T, env ...string) {
	t.Helper()
	options := h.service.Options()
	options.Env = append(options.Env, env...)
	service, err := lab.NewService(options)
	if err != nil {
		t.Fatal(err)
	}
	h.service = service
}

// health is the answer of /readyz.
type health struct {
	Code   int
	Status string
	Parts  []struct {
		Name, State string
		OK          bool
		Reason      string
	}
}

func (s health) String() string { return fmt.Sprintf("%d %s %+v", s.Code, s.Status, s.Parts) }

// get asks Ringfence's HTTP interface, which must answer.
func (h *system) get(t *testing.T, path string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.service.URL(path), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// wantHealth waits until /readyz answers with the given code and status, and with a
// text in the state of one of the parts.
func (h *system) wantHealth(t *testing.T, code int, status, text string) {
	t.Helper()
	var last string
	defer func() {
		if t.Failed() {
			t.Logf("/readyz said at last: %s", last)
		}
	}()
	eventually(t, fmt.Sprintf("/readyz says %d %s %q", code, status, text), func() bool {
		var now health
		var body string
		now.Code, body = h.get(t, "/readyz")
		if err := json.Unmarshal([]byte(body), &now); err != nil {
			t.Fatal(err)
		}
		last = now.String()
		return now.Code == code && now.Status == status && strings.Contains(last, text)
	})
}

// serving starts Ringfence and waits until it answers, ready or not.
func (h *system) serving(t *testing.T) {
	t.Helper()
	h.serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := h.service.WaitReady(ctx, h.service.URL("/healthz")); err != nil {
		t.Fatal(err)
	}
}

// redisSays types commands into Redis itself and returns its last answer.
func (h *system) redisSays(t *testing.T, commands ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", h.redis.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		t.Fatal(err)
	}
	answers, last := bufio.NewReader(conn), ""
	for _, command := range commands {
		if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
			t.Fatal(err)
		}
		if last, err = answers.ReadString('\n'); err != nil || strings.HasPrefix(last, "-") {
			t.Fatalf("Redis answers %q to %q: %v", last, command, err)
		}
	}
	return strings.TrimSpace(last)
}

// loseRedis takes Redis away as a machine that is switched off does; its data
// is on disk.
func (h *system) loseRedis(t *testing.T) {
	t.Helper()
	h.redisSays(t, "SAVE")
	if err := h.redis.Halt(); err != nil {
		t.Fatal(err)
	}
	h.store.Refuse()
}

// findRedis brings back what loseRedis took.
func (h *system) findRedis(t *testing.T) {
	t.Helper()
	if err := h.redis.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.heal(t, h.store)
}

func (h *system) heal(t *testing.T, proxy *lab.Proxy) {
	t.Helper()
	if err := proxy.Pass(); err != nil {
		t.Fatal(err)
	}
}

// remembered waits until the policy with a rule is in the state folder.
func (h *system) remembered(t *testing.T, rule string) {
	t.Helper()
	eventually(t, "the policy is remembered", func() bool {
		text, err := os.ReadFile(filepath.Join(h.service.Options().State, "policy.json"))
		return err == nil && strings.Contains(string(text), rule)
	})
}

// metric reads a sample of /metrics by its name and labels as they are written
// there; one that is missing is 0.
func (h *system) metric(t *testing.T, name string) float64 {
	t.Helper()
	return sample(t, h.metrics(t), name)
}

// sample is the value of a metric in the text of /metrics, 0 if it is not there.
func sample(t *testing.T, text, name string) (value float64) {
	t.Helper()
	for line := range strings.Lines(text) {
		if rest, found := strings.CutPrefix(line, name+" "); found {
			if _, err := fmt.Sscan(rest, &value); err != nil {
				t.Fatal(err)
			}
		}
	}
	return value
}
