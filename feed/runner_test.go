package feed_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/lease"
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

// house is what all instances share: the store and the publisher of a list.
type house struct {
	url, prefix string
	publisher   *publisher
}

func newHouse(tb testing.TB, url string) *house {
	tb.Helper()
	return &house{url: url, prefix: "test-" + rand.Text() + ":", publisher: newPublisher(tb)}
}

func (h *house) open(tb testing.TB) *store.Store {
	tb.Helper()
	return h.openAt(tb, h.url)
}

func (h *house) openAt(tb testing.TB, url string) *store.Store {
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

// publisher is a server with one list. It counts who asks for it.
type publisher struct {
	*httptest.Server
	mu    sync.Mutex
	text  string
	code  int
	asked atomic.Int32
	// hold, if set, runs with each request before it is answered.
	hold func(*http.Request)
}

func newPublisher(tb testing.TB) *publisher {
	tb.Helper()
	p := &publisher{text: list, code: http.StatusOK}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		p.mu.Lock()
		hold := p.hold
		p.mu.Unlock()
		if hold != nil {
			hold(r)
		}
		p.mu.Lock()
		text, code := p.text, p.code
		p.mu.Unlock()
		if code != http.StatusOK {
			w.WriteHeader(code)
			return
		}
		w.Header().Set("ETag", `"`+strings.ReplaceAll(strings.TrimSpace(text), "\n", "/")+`"`)
		http.ServeContent(w, r, "list.csv", time.Time{}, strings.NewReader(text))
	}))
	tb.Cleanup(p.Close)
	return p
}

func (p *publisher) publish(text string, code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text, p.code = text, code
}

func (p *publisher) holding(hold func(*http.Request)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = hold
}

// clock is a time that the test lets pass.
type clock struct{ nanoseconds atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanoseconds.Store(day.UnixNano())
	return c
}

func (c *clock) now() time.Time                  { return time.Unix(0, c.nanoseconds.Load()).UTC() }
func (c *clock) pass(span time.Duration)         { c.nanoseconds.Add(int64(span)) }
func (c *clock) at(span time.Duration) time.Time { return day.Add(span) }

// importer keeps what it is given.
type importer struct {
	mu    sync.Mutex
	texts []string
	err   error
	// before, if set, runs at the beginning of each import.
	before func(ctx context.Context, f feed.Feed) error
	// unsettled is what it says of each file.
	unsettled bool
}

func (i *importer) ImportFeed(ctx context.Context, f feed.Feed, file io.Reader) (feed.Imported, error) {
	if i.before != nil {
		if err := i.before(ctx, f); err != nil {
			return feed.Imported{}, err
		}
	}
	text, err := io.ReadAll(file)
	if err := errors.Join(ctx.Err(), err); err != nil {
		return feed.Imported{}, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err != nil {
		return feed.Imported{}, i.err
	}
	i.texts = append(i.texts, string(text))
	return feed.Imported{Batch: "batch-" + f.Name, Rows: int64(bytes.Count(text, []byte("\n"))), Outcome: "taken", Recheck: i.unsettled}, nil
}

func (i *importer) taken() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string{}, i.texts...)
}

func (i *importer) fail(err error) { i.set(func() { i.err = err }) }

func (i *importer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

// instance is one Ringfence.
type instance struct {
	*feed.Runner
	store    *store.Store
	importer *importer
	registry *prometheus.Registry
	log      *lockedBuffer
}

type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func newInstance(tb testing.TB, s *store.Store, c *clock) *instance {
	tb.Helper()
	return newInstanceOn(tb, s, s, c)
}

// newInstanceOn makes an instance that sees the store through another.
func newInstanceOn(tb testing.TB, s *store.Store, seen feed.Store, c *clock) *instance {
	tb.Helper()
	i := &instance{store: s, importer: &importer{}, registry: prometheus.NewPedanticRegistry(), log: &lockedBuffer{}}
	i.Runner = feed.NewRunner(feed.Config{
		Store: seen, Importer: i.importer, Fetcher: feed.NewFetcher(feed.FetcherConfig{Folder: tb.TempDir(), Access: allowed}),
		Log: slog.New(slog.NewTextHandler(i.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now: c.now, Chance: func() float64 { return 0 }, Interval: 5 * time.Millisecond, Metrics: feed.NewMetrics(i.registry),
	})
	tb.Cleanup(func() {
		noSecret(tb, i.log.String())
		if tb.Failed() {
			tb.Log(i.log.String())
		}
	})
	return i
}

// start runs the instance until the test ends or what it returns is called.
func (i *instance) start(tb testing.TB) (stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { i.Run(ctx) })
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	tb.Cleanup(stop)
	return stop
}

func (h *house) subscribe(tb testing.TB, s *store.Store, name string) {
	tb.Helper()
	f := subscribed(strings.Replace(h.publisher.URL, "http://", "http://anna:hunter22@", 1) + "/?key=secret99")
	f.Name = name
	if err := s.PutFeed(tb.Context(), f, false); err != nil {
		tb.Fatal(err)
	}
}

func state(tb testing.TB, s *store.Store, name string) feed.State {
	tb.Helper()
	found, err := s.Feed(tb.Context(), name)
	if err != nil {
		tb.Fatal(err)
	}
	return found.State
}

func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: not within 15 s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func equal(tb testing.TB, what string, got, want any) {
	tb.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const etag = `"number/+4930123456"`

func TestAFeedsLife(t *testing.T) {
	t.Parallel()
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c := newHouse(t, start(t)), newClock()
			i := newInstance(t, h.open(t), c)
			i.start(t)

			// A new one is fetched at once.
			h.subscribe(t, i.store, "nuisance")
			eventually(t, "the first look", func() bool { return !state(t, i.store, "nuisance").Checked.IsZero() })
			want := feed.State{
				Validators: feed.Validators{ETag: digest(etag)}, Checked: c.at(0), Succeeded: c.at(0), Changed: c.at(0),
				Outcome: "taken", Due: c.at(time.Hour), Batch: "batch-nuisance", Rows: 2,
			}
			equal(t, "after the first look", state(t, i.store, "nuisance"), want)

			// The next look finds nothing new.
			c.pass(time.Hour)
			eventually(t, "the second look", func() bool { return state(t, i.store, "nuisance").Checked.Equal(c.now()) })
			want.Checked, want.Succeeded, want.Due, want.Outcome = c.at(time.Hour), c.at(time.Hour), c.at(2*time.Hour), "unchanged"
			equal(t, "after the second look", state(t, i.store, "nuisance"), want)

			// Failures keep what was, and are tried again soon.
			h.publisher.publish("", http.StatusNotFound)
			c.pass(time.Hour)
			eventually(t, "the first failure", func() bool { return state(t, i.store, "nuisance").Failures == 1 })
			want.Checked, want.Due, want.Outcome, want.Failures = c.at(2*time.Hour), c.at(2*time.Hour+5*time.Minute), "the file does not exist: 404 Not Found", 1
			equal(t, "after a failure", state(t, i.store, "nuisance"), want)
			c.pass(5 * time.Minute)
			eventually(t, "the second failure", func() bool { return state(t, i.store, "nuisance").Failures == 2 })

			// A file that is refused is a failure, too, and is fetched again.
			h.publisher.publish(list+"+4930123457\n", http.StatusOK)
			i.importer.fail(errors.New("more than half of the entries would go; hunter22"))
			c.pass(10 * time.Minute)
			eventually(t, "the refusal", func() bool { return state(t, i.store, "nuisance").Failures == 3 })
			got := state(t, i.store, "nuisance")
			equal(t, "validators", got.Validators.ETag, digest(etag))
			equal(t, "outcome", got.Outcome, "more than half of the entries would go; xxxxx")
			i.importer.fail(nil)
			c.pass(20 * time.Minute)
			eventually(t, "the recovery", func() bool { return state(t, i.store, "nuisance").Failures == 0 })
			equal(t, "files", i.importer.taken(), []string{list, list + "+4930123457\n"})
			equal(t, "requests", h.publisher.asked.Load(), int32(6))
			noSecret(t, i.log.String())
			for _, words := range []string{
				`level=INFO msg="a feed was updated" feed=nuisance url="http://xxxxx@127.0.0.1`, "batch=batch-nuisance rows=2",
				`level=WARN msg="a feed was not updated: its entries stay as they are"`, "failures=2",
				`level=DEBUG msg="a feed has not changed"`,
			} {
				if !strings.Contains(i.log.String(), words) {
					t.Errorf("the log lacks %s", words)
				}
			}
		})
	}
}

func TestFeedMetrics(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	h.subscribe(t, i.store, "a")
	b := subscribed(serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	b.Name = "b"
	if err := i.store.PutFeed(t.Context(), b, false); err != nil {
		t.Fatal(err)
	}
	i.start(t)
	names := []string{"ringfence_feed_last_success_timestamp_seconds", "ringfence_feed_rows", "ringfence_feed_failures", "ringfence_feed_runs_total"}
	const help = `# HELP ringfence_feed_failures Failures of a feed, by any instance, since its last success.
# TYPE ringfence_feed_failures gauge
ringfence_feed_failures{feed="a"} 0
ringfence_feed_failures{feed="b"} 1
# HELP ringfence_feed_last_success_timestamp_seconds When a feed was last fetched with success, by any instance; 0 means never.
# TYPE ringfence_feed_last_success_timestamp_seconds gauge
ringfence_feed_last_success_timestamp_seconds{feed="a"} 1.7723664e+09
ringfence_feed_last_success_timestamp_seconds{feed="b"} 0
# HELP ringfence_feed_rows Entries of a feed after its last import.
# TYPE ringfence_feed_rows gauge
ringfence_feed_rows{feed="a"} 2
ringfence_feed_rows{feed="b"} 0
# HELP ringfence_feed_runs_total Fetches of feeds by this instance, by feed and result: changed, unchanged, failed.
# TYPE ringfence_feed_runs_total counter
ringfence_feed_runs_total{feed="a",result="changed"} 1
ringfence_feed_runs_total{feed="b",result="failed"} 1
`
	var err error
	deadline := time.Now().Add(10 * time.Second)
	for err = errors.New("never"); err != nil && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		err = testutil.GatherAndCompare(i.registry, strings.NewReader(help), names...)
	}
	if err != nil {
		t.Error(err)
	}
	problems, err := testutil.GatherAndLint(i.registry)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// Of several instances, one fetches each version of each feed.
func TestOneInstanceFetches(t *testing.T) {
	t.Parallel()
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c := newHouse(t, start(t)), newClock()
			var instances []*instance
			for range 3 {
				instances = append(instances, newInstance(t, h.open(t), c))
			}
			// Each request takes a while, so that all have time to come.
			h.publisher.holding(func(*http.Request) { time.Sleep(30 * time.Millisecond) })
			h.subscribe(t, instances[0].store, "nuisance")
			for _, i := range instances {
				i.start(t)
			}
			const looks = 10
			for look := range looks {
				eventually(t, "a look", func() bool {
					s := state(t, instances[0].store, "nuisance")
					return !s.Due.IsZero() && c.now().Before(s.Due)
				})
				if got := h.publisher.asked.Load(); got != int32(look+1) {
					t.Fatalf("%d requests after %d looks", got, look+1)
				}
				c.pass(time.Hour)
			}
		})
	}
}

// stale is a store that returns each feed as it once was.
type stale struct{ *store.Store }

func (s stale) Feeds(ctx context.Context) ([]feed.Subscribed, error) {
	feeds, err := s.Store.Feeds(ctx)
	for i := range feeds {
		feeds[i].State = feed.State{}
	}
	return feeds, err
}

// An instance that comes second, with what it read before, does nothing.
func TestWhoComesSecondLooksAgain(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	s := h.open(t)
	h.subscribe(t, s, "nuisance")
	var looks atomic.Int32
	newInstanceOn(t, s, counted{stale{s}, &looks}, c).start(t)
	eventually(t, "many looks", func() bool { return looks.Load() > 10 })
	equal(t, "requests", h.publisher.asked.Load(), int32(1))
}

// counted counts the leases.
type counted struct {
	feed.Store
	leases *atomic.Int32
}

func (c counted) Lease(ctx context.Context, name string) (context.Context, func(), error) {
	c.leases.Add(1)
	return c.Store.Lease(ctx, name)
}

// When an instance dies in the middle of a download, another takes over, and
// the one that was cut off brings nothing in any more.
func TestAnotherInstanceTakesOver(t *testing.T) {
	t.Parallel()
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, c := newHouse(t, start(t)), newClock()
			proxy := labtest.NewProxy(t, strings.TrimSuffix(strings.TrimPrefix(h.url, "redis://"), "/0"))
			first := newInstance(t, h.openAt(t, "redis://"+proxy.Address()), c)
			second := newInstance(t, h.open(t), c)
			asked := make(chan struct{})
			h.publisher.holding(func(r *http.Request) {
				if h.publisher.asked.Load() == 1 {
					close(asked)
					<-r.Context().Done() // The first never gets its answer.
				}
			})
			h.subscribe(t, second.store, "nuisance")
			first.start(t)
			<-asked
			second.start(t)
			proxy.Refuse()
			proxy.Cut()
			eventually(t, "the second's import", func() bool { return len(second.importer.taken()) == 1 })
			eventually(t, "its state", func() bool { return state(t, second.store, "nuisance").Outcome == "taken" })
			eventually(t, "the first's giving up", func() bool {
				return strings.Contains(first.log.String(), "a feed was cancelled: another instance may fetch it")
			})
			equal(t, "the first's imports", first.importer.taken(), []string{})
			equal(t, "requests", h.publisher.asked.Load(), int32(2))
		})
	}
}

func TestTheEndAbandonsADownload(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	asked := make(chan struct{}, 1)
	h.publisher.holding(func(r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	h.subscribe(t, i.store, "nuisance")
	stop := i.start(t)
	<-asked
	began := time.Now()
	stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	equal(t, "state", state(t, i.store, "nuisance"), feed.State{})
	if strings.Contains(i.log.String(), "level=WARN") {
		t.Error("an end is logged as a fault")
	}
	// The next one need not wait for the lease to end.
	h.publisher.holding(nil)
	if _, err := newInstance(t, h.open(t), c).RunNow(t.Context(), "nuisance"); err != nil {
		t.Error(err)
	}
}

func TestRunNow(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	if _, err := i.RunNow(t.Context(), "nuisance"); !errors.Is(err, feed.ErrUnknown) {
		t.Error("an unknown feed gives", err)
	}
	h.subscribe(t, i.store, "nuisance")
	// Neither that it isn't due nor that it hasn't changed holds it up.
	for n := range 2 {
		got, err := i.RunNow(t.Context(), "nuisance")
		if err != nil || got.Outcome != "taken" || len(i.importer.taken()) != n+1 {
			t.Error(got, err)
		}
	}
	h.publisher.publish("", http.StatusServiceUnavailable)
	got, err := i.RunNow(t.Context(), "nuisance")
	wantError(t, err, "the server answers 503 Service Unavailable")
	equal(t, "what was kept", state(t, i.store, "nuisance"), got)

	_, release, err := i.store.Lease(t.Context(), feed.LeaseName("nuisance"))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := i.RunNow(t.Context(), "nuisance"); !errors.Is(err, lease.ErrHeld) {
		t.Error("a feed that another is at gives", err)
	}
}

func TestAServerIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	f := subscribed(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7200")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	if err := i.store.PutFeed(t.Context(), f, false); err != nil {
		t.Fatal(err)
	}
	got, err := i.RunNow(t.Context(), f.Name)
	wantError(t, err, "too many requests to the server")
	equal(t, "due", got.Due, c.at(2*time.Hour))
}

// A feed that is removed while it is fetched leaves no state behind.
func TestAFeedThatIsRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	h.subscribe(t, i.store, "nuisance")
	h.publisher.holding(func(*http.Request) {
		if err := i.store.RemoveFeed(context.Background(), "nuisance"); err != nil {
			t.Error(err)
		}
	})
	if _, err := i.RunNow(t.Context(), "nuisance"); !errors.Is(err, feed.ErrUnknown) {
		t.Error(err)
	}
	if _, err := i.store.Feed(t.Context(), "nuisance"); !errors.Is(err, feed.ErrUnknown) {
		t.Error(err)
	}
}

func TestTheStoreIsOutOfReach(t *testing.T) {
	t.Parallel()
	redis := labtest.NeedRedis(t, lab.RedisOptions{Keep: true})
	h, c := newHouse(t, redis.URL()), newClock()
	i := newInstance(t, h.open(t), c)
	h.subscribe(t, i.store, "nuisance")
	if err := redis.Halt(); err != nil {
		t.Fatal(err)
	}
	i.start(t)
	eventually(t, "a word of it", func() bool { return strings.Contains(i.log.String(), "feeds wait for Redis") })
	if err := redis.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the recovery", func() bool { return len(i.importer.taken()) == 1 })
	if got := strings.Count(i.log.String(), "feeds wait for Redis"); got != 1 {
		t.Errorf("an outage is logged %d times", got)
	}
}
