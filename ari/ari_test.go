package ari_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	fallback = ari.Destination{Context: "ringfence", Extension: "fallback", Priority: 1}
	allow    = ari.Destination{Context: "ringfence", Extension: "allow"}
	decline  = ari.Destination{Context: "ringfence", Extension: "decline"}
)

// handlerFunc is a Handler made of a function.
type handlerFunc func(ctx context.Context, s *ari.Session, call ari.Call) error

// running is a session at work, with all that can be looked at.
type running struct {
	*ari.Session

	t       *testing.T
	log     *journal
	metrics *prometheus.Registry
	stop    context.CancelFunc
	ended   chan struct{}
}

// journal keeps what was logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) count(part string) int { return strings.Count(j.String(), part) }

func quick(a *aritest.Asterisk) ari.Config {
	cfg := ari.Config{
		URL: a.URL(), Username: aritest.Username, Password: aritest.Password, App: aritest.App, FallbackTo: fallback,
		RequestTimeout: 500 * time.Millisecond, DrainTimeout: 2 * time.Second,
	}
	tune := cfg.Tune()
	tune.HeartbeatEvery, tune.HeartbeatTimeout = 20*time.Millisecond, 300*time.Millisecond
	tune.RetryLost, tune.RetryRefused = 40*time.Millisecond, 80*time.Millisecond
	tune.ReplacedPoll, tune.MaxWait, tune.CheckEvery = 10*time.Millisecond, 10*time.Second, time.Minute
	return cfg
}

// serve runs a session until the test ends, or until stop is called.
func serve(t *testing.T, cfg ari.Config, handle handlerFunc) *running {
	t.Helper()
	r := &running{t: t, log: &journal{}, metrics: prometheus.NewRegistry(), ended: make(chan struct{})}
	cfg.Log = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Metrics = ari.NewMetrics(r.metrics)
	s, err := ari.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Session = s
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r.stop = cancel
	go func() {
		defer close(r.ended)
		if err := s.Run(ctx, bound{s, handle}); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() {
		r.halt()
		if t.Failed() {
			t.Log(r.log.String())
		}
		if strings.Contains(r.log.String(), aritest.Password) || strings.Contains(r.log.String(), "api_key") {
			t.Error("the password is in the log")
		}
	})
	return r
}

type bound struct {
	session *ari.Session
	handle  handlerFunc
}

func (b bound) ServeCall(ctx context.Context, call ari.Call) error {
	return b.handle(ctx, b.session, call)
}

// halt stops the session and waits for its end.
func (r *running) halt() {
	r.t.Helper()
	r.stop()
	select {
	case <-r.ended:
	case <-time.After(30 * time.Second):
		r.t.Fatal("Run does not end")
	}
}

// eventually waits until cond holds.
func (r *running) eventually(what string, cond func() bool) {
	r.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			r.t.Fatalf("waited in vain for %s; status %+v", what, r.Status())
		}
		time.Sleep(time.Millisecond)
	}
}

func (r *running) waitState(want ari.State) {
	r.t.Helper()
	r.eventually("state "+string(want), func() bool { return r.Status().State == want })
}

// metric returns the value of a counter or gauge with a label value, or the
// number of observations of a histogram. An empty label means the sum of all.
func (r *running) metric(name, label string) float64 {
	r.t.Helper()
	families, err := r.metrics.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	var sum float64
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			if label == "" || hasLabel(m, label) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return sum
}

func hasLabel(m *dto.Metric, value string) bool {
	for _, label := range m.GetLabel() {
		if label.GetValue() == value {
			return true
		}
	}
	return false
}

// allowAll continues each call.
func allowAll(ctx context.Context, s *ari.Session, call ari.Call) error {
	return s.Continue(ctx, call.ID, allow)
}

// receive waits for a value, but not forever.
func receive[T any](t *testing.T, values <-chan T) T {
	t.Helper()
	select {
	case value := <-values:
		return value
	case <-time.After(40 * time.Second):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

// soon is a context that ends in time for a test to fail by it.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
