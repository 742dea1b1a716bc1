package e2e_test

import (
	"net"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/ringfence/ringfence/lab"
)

// supervisor replaces systemd: it receives the notifications of a service.
type supervisor struct {
	path string

	mu       sync.Mutex
	notified []string
}

func newSupervisor(t *testing.T) *supervisor {
	t.Helper()
	s := &supervisor{path: filepath.Join(t.TempDir(), "notify")}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: s.path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		text := make([]byte, 4096)
		for {
			n, err := conn.Read(text)
			if err != nil {
				return // closed
			}
			s.mu.Lock()
			s.notified = append(s.notified, string(text[:n]))
			s.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		_ = conn.Close()
		reader.Wait()
	})
	return s
}

// count says how often the service has notified something; a status may have the
// details behind it.
func (s *supervisor) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, notified := range s.notified {
		if notified == what || strings.HasPrefix(notified, "STATUS=") && strings.HasPrefix(notified, what+": ") {
			count++
		}
	}
	return count
}

// hears waits until the service tells something once more.
func (s *supervisor) hears(t *testing.T, what string) {
	t.Helper()
	before := s.count(what)
	eventually(t, "the supervisor hears "+what, func() bool { return s.count(what) > before })
}

// heard fails the test unless the service has notified something exactly so often.
func (s *supervisor) heard(t *testing.T, what string, times int) {
	t.Helper()
	if got := s.count(what); got != times {
		t.Errorf("the supervisor heard %s %d times, want %d", what, got, times)
	}
}

// Ensure a supervisor gets the right state: to wait while Asterisk is unreachable, ready
// once calls are screened, alive as long as the process works, be Asterisk
// there or not, and of the stop when it begins.
func TestSupervision(t *testing.T) {
	t.Parallel()
	const ready, alive, wait, stopping = "READY=1", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=30000000", "STOPPING=1"
	systemd := newSupervisor(t)
	h := newSystem(t, func(_ *lab.AsteriskOptions, s *lab.ServiceOptions) {
		s.Env = []string{"NOTIFY_SOCKET=" + systemd.path, "WATCHDOG_USEC=4000000"}
	})
	h.ari.Refuse()
	h.serving(t)
	systemd.hears(t, wait)
	systemd.hears(t, alive)
	systemd.heard(t, ready, 0)

	h.heal(t, h.ari)
	eventually(t, "the supervisor hears that calls are screened", func() bool { return systemd.count(ready) == 1 })
	h.screening(t)
	waits := systemd.count(wait)
	systemd.hears(t, alive)

	h.ari.Hold(lab.BothWays)
	h.wantHealth(t, 503, "down", "asterisk")
	systemd.hears(t, "STATUS=down; asterisk: unreachable")
	systemd.hears(t, alive)
	h.heal(t, h.ari)
	h.screening(t)

	if err := h.service.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	quiet(t, systemd, alive)
	if err := h.service.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	systemd.hears(t, alive)
	h.screening(t)

	// A call in progress keeps the process for a while after the signal.
	h.store.Hold(lab.BothWays)
	outcomes := h.crowd(t, 1, 0)
	h.inStasis(t, 1)
	systemd.heard(t, stopping, 0)
	if err := h.service.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the supervisor hears of the stop", func() bool { return systemd.count(stopping) == 1 })
	wellTreated(t, outcomes)
	<-h.service.Ended()
	systemd.heard(t, ready, 1)
	systemd.heard(t, wait, waits)
}

// quiet waits until the supervisor has not heard of the service for some time.
func quiet(t *testing.T, s *supervisor, what string) {
	t.Helper()
	last, since := s.count(what), time.Now()
	eventually(t, "the supervisor hears no more", func() bool {
		if now := s.count(what); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > time.Second
	})
}

// Ensure the metrics have the names that dashboards use, and valid ones, from
// the start on, and tell of no caller.
func TestMetrics(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" "+pestPrefix)
	refused(t, h.call(t, pest), 603)
	refused(t, h.call(t, prefixPest), 603)
	answered(t, h.call(t, stranger))
	h.place(t, hidden())
	h.store.Hold(lab.BothWays)
	answered(t, h.call(t, pest))
	h.heal(t, h.store)
	h.ari.Cut()
	eventually(t, "the cut is counted", func() bool {
		return h.metric(t, `ringfence_ari_reconnects_total{cause="closed"}`) == 1
	})
	h.screening(t)

	text := h.metrics(t)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	for _, name := range []string{
		"calls_total", "screen_duration_seconds", "check_errors_total", "fail_open_total",
		"ari_connected", "ari_reconnects_total", "ari_request_duration_seconds",
		"store_duration_seconds", "active_calls", "list_entries", "build_info",
	} {
		if !strings.Contains(text, "# TYPE ringfence_"+name+" ") {
			t.Errorf("there is no metric ringfence_%s", name)
		}
	}
	for _, number := range []string{pest, prefixPest, stranger} {
		if strings.Contains(text, number[3:]) {
			t.Errorf("the metrics tell of the caller %s", number)
		}
	}
	for name, want := range map[string]float64{
		`ringfence_calls_total{check="list",verdict="refused"}`:   1,
		`ringfence_calls_total{check="prefix",verdict="refused"}`: 1,
		`ringfence_fail_open_total{cause="store"}`:                1,
		`ringfence_check_errors_total{check="list"}`:              1,
		`ringfence_active_calls`:                                  0,
		`ringfence_ari_connected`:                                 1,
		`ringfence_list_entries{list="numbers"}`:                  1,
		`ringfence_list_entries{list="prefixes"}`:                 1,
	} {
		if got := sample(t, text, name); got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}
