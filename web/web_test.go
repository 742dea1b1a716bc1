package web_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ready() web.Health { return web.Health{Status: web.StatusReady} }

func get(t *testing.T, handler http.Handler, path string) (int, string) {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return answer.Code, answer.Body.String()
}

func TestReadyz(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vital, other bool
		code         int
		status       string
	}{
		"all well":           {true, true, http.StatusOK, web.StatusReady},
		"a part fails":       {true, false, http.StatusOK, web.StatusDegraded},
		"a vital part fails": {false, true, http.StatusServiceUnavailable, web.StatusDown},
		"both fail":          {false, false, http.StatusServiceUnavailable, web.StatusDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parts := []web.Part{
				{Name: web.PartRedis, OK: test.other, State: "a word"},
				{Name: web.PartAsterisk, OK: test.vital, State: "another", Vital: true},
			}
			current := func() web.Health { return web.Summarize(parts) }
			code, body := get(t, web.NewHandler(current, prometheus.NewRegistry(), time.Now), "/readyz")
			var got web.Health
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			want := web.Health{Status: test.status, Parts: []web.Part{
				{Name: web.PartRedis, OK: test.other, State: "a word"},
				{Name: web.PartAsterisk, OK: test.vital, State: "another", Vital: true},
			}}
			if diff := cmp.Diff(want, got); code != test.code || diff != "" {
				t.Errorf("code = %d, want %d; body (-want +got):\n%s", code, test.code, diff)
			}
		})
	}
}

// Ensure the metrics are gathered once a second, however often they are asked for.
func TestHealthzAndMetrics(t *testing.T) {
	t.Parallel()
	var gathered atomic.Int64
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ringfence_test", Help: "."},
		func() float64 { return float64(gathered.Add(1)) }))
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	handler := web.NewHandler(ready, registry, func() time.Time { return now })
	if code, body := get(t, handler, "/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz = %d %q", code, body)
	}
	for _, step := range []struct {
		later time.Duration
		want  string
	}{{0, "ringfence_test 1\n"}, {999 * time.Millisecond, "ringfence_test 1\n"}, {time.Millisecond, "ringfence_test 2\n"}, {-time.Hour, "ringfence_test 3\n"}} {
		now = now.Add(step.later)
		if code, body := get(t, handler, "/metrics"); code != http.StatusOK || !strings.Contains(body, step.want) {
			t.Errorf("at %s, /metrics = %d %q, want %q", now, code, body, step.want)
		}
	}
}

// start serves at a free port.
func start(t *testing.T, handler http.Handler) (address string) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := web.NewServer(handler, slog.New(slog.DiscardHandler))
	var running sync.WaitGroup
	running.Go(func() {
		if err := server.Serve(web.Limit(listener)); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	return listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// Ensure clients that connect and say nothing lose their place to those who ask,
// and that no client keeps one after its answer.
func TestServer_IdleClients(t *testing.T) {
	t.Parallel()
	address := start(t, web.NewHandler(ready, prometheus.NewRegistry(), time.Now))
	for range 100 {
		dial(t, address)
	}
	asking := dial(t, address)
	if _, err := fmt.Fprintf(asking, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(asking)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 ") {
		t.Errorf("read %q, %v, want an answer and the end of the connection", answer, err)
	}
}

// Ensure requests that are not answered yet stay few, and the rest is refused or
// waits outside.
func TestServer_ScrapesAreBounded(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var inside atomic.Int64
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "ringfence_test", Help: "."}, func() float64 {
		inside.Add(1)
		<-release
		return 1
	}))
	address := start(t, web.NewHandler(ready, registry, time.Now))
	answers := make(chan string)
	var clients sync.WaitGroup
	const count = 20
	conns := make([]net.Conn, count)
	for i := range conns {
		conns[i] = dial(t, address)
		if _, err := fmt.Fprintf(conns[i], "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, conn := range conns {
		clients.Go(func() {
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil {
				t.Error(err)
			}
			answers <- strings.TrimSpace(line)
		})
	}
	got := map[string]int{}
	for range count - 4 {
		got[<-answers]++
	}
	close(release)
	for range 4 {
		got[<-answers]++
	}
	clients.Wait()
	want := map[string]int{"HTTP/1.1 503 Service Unavailable": count - 4, "HTTP/1.1 200 OK": 4}
	if diff := cmp.Diff(want, got); diff != "" || inside.Load() != 1 {
		t.Errorf("gathered %d times, want once; answers (-want +got):\n%s", inside.Load(), diff)
	}
}
