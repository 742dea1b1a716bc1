package notify_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/store/storetest"
)

// servers are the two kinds of Redis.
var servers = map[string]func(testing.TB) string{
	"redis": func(tb testing.TB) string {
		tb.Helper()
		return labtest.NeedRedis(tb, lab.RedisOptions{}).URL()
	},
	"embedded": storetest.Embedded,
}

// system is what all instances share.
type system struct{ url, prefix string }

func newSystem(url string) system { return system{url, "{test-" + rand.Text() + "}:"} }

func (h system) open(tb testing.TB, url string) *store.Store {
	tb.Helper()
	opened, err := store.Open(store.Options{URL: url, Prefix: h.prefix, LeaseTime: time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := opened.Close(); err != nil {
			tb.Error(err)
		}
	})
	return opened
}

// notify adds events of the callers from begin to before end to the stream.
func (h system) notify(tb testing.TB, begin, end int) {
	tb.Helper()
	options, err := redis.ParseURL(h.url)
	if err != nil {
		tb.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close() //nolint:errcheck // Nothing is left to be written.
	_, err = client.Pipelined(tb.Context(), func(pipe redis.Pipeliner) error {
		for i := begin; i < end; i++ {
			pipe.XAdd(tb.Context(), &redis.XAddArgs{Stream: h.prefix + "events", Values: []any{
				"kind", "listed",
				"time", day.Unix(), "caller", fmt.Sprintf("+4930666%04d", i), "reason", "5 calls in 5 minutes", "strike", 1, "call", i,
			}})
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// quickly starts an instance with short pauses. Its sinks begin here.
func (h system) quickly(tb testing.TB, s *store.Store, sinks ...notify.Sink) (i *instance, stop func()) {
	tb.Helper()
	for _, sink := range sinks {
		if _, err := s.Cursor(tb.Context(), sink.Name()); err != nil {
			tb.Fatal(err)
		}
	}
	i = newInstance(tb, s, sinks...)
	i.Dispatcher = notify.NewDispatcher(notify.Config{
		Outbox: s, Sinks: sinks, Log: i.log.logger(), Now: time.Now,
		Pause: 30 * time.Millisecond, Interval: 20 * time.Millisecond, Retry: 10 * time.Millisecond,
	})
	return i, i.start(tb)
}

// hook is a webhook that counts what it takes, after its faults.
type hook struct {
	*httptest.Server
	mu         sync.Mutex
	faults     []func(http.ResponseWriter)
	deliveries int
	callers    map[string]int
}

func newHook(tb testing.TB, faults ...func(http.ResponseWriter)) *hook {
	tb.Helper()
	h := &hook{faults: faults, callers: map[string]int{}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.take))
	tb.Cleanup(h.Close)
	return h
}

func (h *hook) take(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.faults) > 0 {
		fault := h.faults[0]
		h.faults = h.faults[1:]
		fault(w)
		return
	}
	var delivery notify.Delivery
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &delivery); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.deliveries++
	for _, listing := range delivery.Events {
		h.callers[listing.Caller]++
	}
}

// once reports whether the events of n callers have come, and fails if one came
// twice.
func (h *hook) once(tb testing.TB, n int) bool {
	tb.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for caller, times := range h.callers {
		if times != 1 {
			tb.Fatalf("%s came %d times", caller, times)
		}
	}
	return len(h.callers) == n
}

func (h *hook) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.deliveries
}

// failing answers 500.
func failing(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }

// dying closes the connection in the middle of a delivery.
func dying(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// Two instances, a real Redis, real sinks: each sink gets each of a thousand
// events once, in few deliveries.
func TestManyEventsOnRealParts(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newSystem(start(t))
			hook, server, folder := newHook(t, failing, dying, failing), newMailServer(t, false, false), t.TempDir()
			sinks := []notify.Sink{
				newWebhook(t, notify.WebhookConfig{URL: hook.URL}), server.email(nil), shell(`cat >>"$1/in"`, folder),
			}
			for range 2 {
				h.quickly(t, h.open(t, h.url), sinks...)
			}
			for i := range 10 {
				h.notify(t, i, i+1)
			}
			h.notify(t, 10, 1000)
			eventually(t, "what the webhook takes", func() bool { return hook.once(t, 1000) })
			eventually(t, "what the command takes", func() bool {
				text, err := os.ReadFile(filepath.Join(folder, "in"))
				return err == nil && strings.Count(string(text), `"id"`) >= 1000
			})
			posted := 0
			eventually(t, "what the mail server takes", func() bool {
				posted = 0
				for _, message := range server.taken() {
					posted += strings.Count(message.text, "strikes:")
				}
				return posted >= 1000
			})
			if text := read(t, filepath.Join(folder, "in")); strings.Count(text, `"id"`) != 1000 || posted != 1000 {
				t.Errorf("the command got %d, the mail server %d", strings.Count(text, `"id"`), posted)
			}
			// Ten one by one, and the rest by the hundred.
			if n := hook.count(); n > 22 {
				t.Errorf("%d deliveries", n)
			}
		})
	}
}

// An instance that has lost Redis in the middle of a delivery stops; another
// delivers, and nothing is delivered twice.
func TestAnotherTakesOver(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newSystem(start(t))
			proxy := labtest.NewProxy(t, strings.TrimSuffix(strings.TrimPrefix(h.url, "redis://"), "/0"))
			stuck := newSink("webhook")
			stuck.answer = func(ctx context.Context, _ int) error {
				<-ctx.Done()
				return ctx.Err()
			}
			first, _ := h.quickly(t, h.open(t, "redis://"+proxy.Address()), stuck)
			h.notify(t, 0, 3)
			eventually(t, "the first one's delivery", func() bool { return len(stuck.tried()) == 1 })

			hook := newHook(t)
			h.quickly(t, h.open(t, h.url), newWebhook(t, notify.WebhookConfig{URL: hook.URL}))
			if hook.once(t, 3) {
				t.Fatal("the second one ignores the lease")
			}
			proxy.Refuse()
			proxy.Cut()
			eventually(t, "what the second one delivers", func() bool { return hook.once(t, 3) })
			eventually(t, "the first one's log", func() bool { return strings.Contains(first.log.String(), "the lease was lost") })
			if err := proxy.Pass(); err != nil {
				t.Fatal(err)
			}
			h.notify(t, 3, 4)
			eventually(t, "the later event", func() bool { return hook.once(t, 4) })
		})
	}
}

// From the call that a rule refuses to the command that reports it.
func TestFromTheCallToTheCommand(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h, folder := newSystem(start(t)), t.TempDir()
			s := h.open(t, h.url)
			rules, err := repeat.ParseRules("2 in 5m")
			if err != nil {
				t.Fatal(err)
			}
			caller, err := phone.ParseNumber("+4930666200")
			if err != nil {
				t.Fatal(err)
			}
			i, _ := h.quickly(t, s, shell(`cat >>"$1/in"`, folder))
			for n := range 2 {
				facts, err := s.Count(t.Context(), screen.Count{
					Call:  repeat.Call{ID: strconv.Itoa(n), Caller: caller, At: day.Add(time.Duration(n) * time.Second)},
					Rules: rules, List: true,
				})
				if err != nil {
					t.Fatal(err)
				}
				if facts.Listed != nil {
					i.Wake()
				}
			}
			eventually(t, "the command", func() bool {
				text, err := os.ReadFile(filepath.Join(folder, "in"))
				return err == nil && strings.Contains(string(text), `"caller":"+4930666200"`)
			})
			if text := read(t, filepath.Join(folder, "in")); strings.Count(text, `"id"`) != 1 || !strings.Contains(text, `"call":"1"`) || !strings.Contains(text, `"strike":1`) {
				t.Errorf("the command got %s", text)
			}
		})
	}
}
