package e2e_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// flood asks a path of the health port, many clients at once and each once a second,
// until the test says stop: more often, they would take the CPU from all others. It
// returns how many answers had which code.
func (h *system) flood(t *testing.T, path string, clients int) (stop func() map[int]int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	codes := map[int]int{}
	var asking sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for range clients {
		asking.Go(func() {
			pace := time.NewTicker(time.Second)
			defer pace.Stop()
			for ; ctx.Err() == nil; <-pace.C {
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.service.URL(path), http.NoBody)
				if err != nil {
					t.Error(err)
					return
				}
				response, err := client.Do(request)
				if err != nil {
					continue // the port may refuse clients
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				mu.Lock()
				codes[response.StatusCode]++
				mu.Unlock()
			}
		})
	}
	return func() map[int]int {
		cancel()
		asking.Wait()
		return codes
	}
}

// Ensure no flood of the health port lets a listed caller pass, or makes health say
// anything but the truth.
func TestHealthPortIsFlooded(t *testing.T) { //nolint:paralleltest // its clients would take the CPU from other tests
	for _, path := range []string{"/metrics", "/readyz"} {
		t.Run(path, func(t *testing.T) {
			h := openSystem(t)
			h.run(t, "block "+pest)
			refused(t, h.call(t, pest), 603)
			h.ari.Delay(lab.BothWays, 20*time.Millisecond)
			h.store.Delay(lab.BothWays, 20*time.Millisecond)
			stop := h.flood(t, path, 1000)
			stop = sync.OnceValue(stop)
			defer stop()
			for range 30 {
				refused(t, h.call(t, pest), 603)
			}
			answered(t, h.call(t, stranger))
			codes := stop()
			if codes[http.StatusOK] == 0 {
				t.Errorf("the flood got the answers %v, want some of 200", codes)
			}
			h.wantHealth(t, 200, "ready", "")
			h.eachOnce(t)
		})
	}
}

// Ensure clients that stay connected and ask nothing, or ask and read nothing, keep
// no one else from the health port.
func TestHealthPortIsOccupied(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]string{
		"idle":         "",
		"half a line":  "GET /met",
		"never reads":  strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 50),
		"endless body": "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openSystem(t)
			h.run(t, "block "+pest)
			address := strings.TrimPrefix(h.service.URL(""), "http://")
			var dialer net.Dialer
			var conns []net.Conn
			for range 200 {
				conn, err := dialer.DialContext(t.Context(), "tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				conns = append(conns, conn)
				_, _ = io.WriteString(conn, request) // it may be closed already
			}
			h.wantHealth(t, 200, "ready", "")
			refused(t, h.call(t, pest), 603)
			for _, conn := range conns {
				_ = conn.Close()
			}
		})
	}
}

// Ensure health says so where calls do not reach Ringfence although it is connected,
// and Ringfence does not say that it is ready.
func TestHealthKnowsTheDialplan(t *testing.T) {
	t.Parallel()
	t.Run("other app", func(t *testing.T) {
		t.Parallel()
		h := newSystem(t)
		h.another(t, "RINGFENCE_ARI_APP=other")
		h.serving(t)
		h.wantHealth(t, 503, "down", "Reason:other-app}")
		answered(t, h.call(t, stranger))
		if h.service.Output().Count("ready: calls are screened") > 0 {
			t.Error("Ringfence says that calls are screened, and none reaches it")
		}
		if err := h.asterisk.SetGlobal(t.Context(), "RINGFENCE_APP", "other"); err != nil {
			t.Fatal(err)
		}
		h.wantHealth(t, 200, "ready", "")
		h.waitLog(t, "ready: calls are screened")
		h.run(t, "block "+pest)
		refused(t, h.call(t, pest), 603)
	})
	t.Run("another app later", func(t *testing.T) {
		t.Parallel()
		h := openSystem(t)
		h.run(t, "block "+pest)
		refused(t, h.call(t, pest), 603)
		must(t, h.asterisk.SetGlobal(t.Context(), "RINGFENCE_APP", "other"))
		h.wantHealth(t, 503, "down", "Reason:other-app}")
		must(t, h.asterisk.SetGlobal(t.Context(), "RINGFENCE_APP", "ringfence"))
		h.wantHealth(t, 200, "ready", "")
	})
	t.Run("no app_stasis", func(t *testing.T) {
		t.Parallel()
		h := openSystem(t)
		h.run(t, "block "+pest)
		refused(t, h.call(t, pest), 603)
		h.console(t, "module unload -f app_stasis.so")
		h.wantHealth(t, 503, "down", "Reason:no-module}")
		h.console(t, "module load app_stasis.so")
		h.wantHealth(t, 200, "ready", "")
		refused(t, h.call(t, pest), 603)
	})
}

// Ensure health says so when calls cannot be looked up, or not be recorded, whatever
// Redis answers to others, and that it is well again afterwards.
func TestHealthKnowsFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ begin, end, reason string }{
		"the call log has a wrong type": {"SET {ringfence}:calls x", "DEL {ringfence}:calls", "Reason:waiting}"},
		"the call log is at its end":    {"XADD {ringfence}:calls 18446744073709551615-18446744073709551615 x y", "DEL {ringfence}:calls", "Reason:waiting}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openSystem(t)
			h.run(t, "block "+pest)
			h.redisSays(t, test.begin)
			refused(t, h.call(t, pest), 603)
			h.wantHealth(t, 200, "degraded", test.reason)
			answer, err := h.service.Run(t.Context(), "health")
			if err != nil || answer.Code != 0 || !strings.Contains(answer.Out, "records") {
				t.Errorf("ringfence health says %+v, %v", answer, err)
			}
			h.redisSays(t, test.end)
			h.wantHealth(t, 200, "ready", "")
			h.records(t, 1)
		})
	}
}

// Ensure the record of a call says what its caller got, however late Asterisk's
// answers and events come: the network to it stops again and again for a while that
// is not long enough to lose the connection.
func TestRecordsSayWhatCallersGot(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	refused(t, h.call(t, pest), 603)
	type answer struct {
		lab.Result

		hold time.Duration
	}
	results := make(chan answer)
	var calls sync.WaitGroup
	for i := range 144 {
		// Two stops of 0.8 s with a moment between them, in which only some of what waits
		// comes through; then time for a heartbeat.
		switch i % 48 {
		case 0, 18:
			h.ari.Hold(lab.BothWays)
		case 16, 34:
			h.heal(t, h.ari)
			h.ari.Delay(lab.BothWays, 60*time.Millisecond)
		}
		// Some callers who get through hang up at once, so that their channels have gone
		// when Ringfence learns of it.
		stay := time.Duration(i%2) * 2 * time.Second
		calls.Go(func() {
			result, err := h.caller.Call(context.WithoutCancel(t.Context()), lab.Call{To: switchboard, From: pest, Deaf: true, Hold: stay})
			if err != nil {
				t.Error(err)
			}
			results <- answer{result, stay}
		})
		time.Sleep(50 * time.Millisecond) // the pace of the callers
	}
	h.heal(t, h.ari)
	go func() {
		calls.Wait()
		close(results)
	}()
	byID := map[string]answer{}
	for result := range results {
		byID[result.CallID] = result
	}
	h.screenedAgain(t)
	h.eachOnce(t)
	verdicts := map[string]int{}
	for _, record := range h.records(t, 1) {
		result, ok := byID[record.SIPCallID]
		if !ok {
			continue
		}
		want := "passed"
		if result.Code == 603 {
			want = "refused"
		}
		verdicts[record.Verdict]++
		// Of a channel that has gone, only Asterisk's times say whether the guard was
		// first, and they may be off by as much as it takes to enter Stasis.
		const margin = 30 * time.Millisecond
		uncertain := (want == "refused" || result.hold == 0) && result.After > guard-margin && result.After < guard+margin
		uncertain = uncertain || strings.Contains(record.Degraded, "did not say") // the connection was lost
		if record.Verdict != want && (!uncertain || record.Verdict == "abandoned") {
			t.Errorf("the caller got %d after %s, and the record says %s (%s)", result.Code, result.After, record.Verdict, record.Degraded)
		}
	}
	if verdicts["passed"] == 0 || verdicts["refused"] == 0 {
		t.Errorf("records: %v; want some of each, else the network did not stop", verdicts)
	}
}
