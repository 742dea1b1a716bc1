package notice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ringfence/ringfence/notice"
)

// shelf is a store in memory, for tests whose time is made up.
type shelf struct {
	mu      sync.Mutex
	notices []notice.Notice
	told    map[string]string
	leases  map[string]bool
	lose    []context.CancelCauseFunc
	down    error
}

func newShelf() *shelf { return &shelf{told: map[string]string{}, leases: map[string]bool{}} }

var (
	errDown   = errors.New("redis is out of reach")
	errLeased = errors.New("in the hands of another")
	errLost   = errors.New("the lease was lost")
)

// add adds n notices of this moment.
func (s *shelf) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		added := sample()
		added.Time = time.Now()
		added.ID = fmt.Sprintf("%d-%d", time.Now().UnixMilli(), len(s.notices))
		s.notices = append(s.notices, added)
	}
}

func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func (s *shelf) Notices(_ context.Context, after string, limit int) ([]notice.Notice, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begin := 0
	if after != "" {
		begin = 1 + slices.IndexFunc(s.notices, func(n notice.Notice) bool { return n.ID == after })
	}
	return slices.Clone(s.notices[begin:min(begin+limit, len(s.notices))]), s.down
}

func (s *shelf) Told(_ context.Context, channel string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.told[channel]; !known && s.down == nil {
		s.told[channel] = ""
		if len(s.notices) > 0 {
			s.told[channel] = s.notices[len(s.notices)-1].ID
		}
	}
	return s.told[channel], s.down
}

func (s *shelf) SaveTold(_ context.Context, channel, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down == nil {
		s.told[channel] = id
	}
	return s.down
}

func (s *shelf) Lease(ctx context.Context, name string) (context.Context, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down != nil || s.leases[name] {
		return nil, nil, errLeased
	}
	s.leases[name] = true
	held, lose := context.WithCancelCause(ctx)
	s.lose = append(s.lose, lose)
	return held, func() {
		lose(context.Canceled)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.leases[name] = false
	}, nil
}

// channel keeps what it is given, when, and fails as it is told.
type channel struct {
	name   string
	answer func(ctx context.Context, attempt int) error

	mu       sync.Mutex
	attempts []time.Duration
	took     []time.Duration
	told     []string
	sizes    []int
	began    time.Time
}

func newChannel(name string) *channel {
	return &channel{name: name, began: time.Now(), answer: func(context.Context, int) error { return nil }}
}

func (c *channel) Name() string { return c.name }
func (*channel) Target() string { return "nowhere" }

func (c *channel) Deliver(ctx context.Context, delivery notice.Delivery) error {
	c.mu.Lock()
	c.attempts = append(c.attempts, time.Since(c.began))
	n := len(c.attempts)
	c.mu.Unlock()
	if err := c.answer(ctx, n); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, time.Since(c.began))
	c.sizes = append(c.sizes, len(delivery.Listings))
	for _, n := range delivery.Listings {
		c.told = append(c.told, n.ID)
	}
	return nil
}

// tried returns when deliveries began.
func (c *channel) tried() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.attempts)
}

// taken returns when deliveries were taken, and of how many notices each.
func (c *channel) taken() (at []time.Duration, sizes []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.took), slices.Clone(c.sizes)
}

// once checks that each of n notices was told once.
func (c *channel) once(tb testing.TB, n int) {
	tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	sorted := slices.Clone(c.told)
	slices.Sort(sorted)
	if unique := slices.Compact(slices.Clone(sorted)); len(unique) != n || len(sorted) != n {
		tb.Errorf("%s: %d notices were told, %d of them different; want %d", c.name, len(sorted), len(unique), n)
	}
}

// instance is one Ringfence.
type instance struct {
	*notice.Runner
	registry *prometheus.Registry
	log      *logbook
}

func newInstance(tb testing.TB, store notice.Store, channels ...notice.Channel) *instance {
	tb.Helper()
	i := &instance{registry: prometheus.NewPedanticRegistry(), log: &logbook{}}
	i.Runner = notice.NewRunner(notice.Config{
		Store: store, Channels: channels, Log: i.log.logger(), Now: time.Now, Metrics: notice.NewMetrics(i.registry),
	})
	tb.Cleanup(func() {
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

// counted checks metrics, in the order of their names.
func (i *instance) counted(tb testing.TB, want string) {
	tb.Helper()
	var lines strings.Builder
	families, err := i.registry.Gather()
	if err != nil {
		tb.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.Metric {
			if value := metric.GetCounter().GetValue() + metric.GetGauge().GetValue(); value != 0 {
				fmt.Fprintf(&lines, "%s %g\n", strings.TrimPrefix(family.GetName(), "ringfence_"), value)
			}
		}
	}
	if diff := cmp.Diff(want, lines.String()); diff != "" {
		tb.Errorf("metrics (-want +got):\n%s", diff)
	}
	if problems, err := testutil.GatherAndLint(i.registry); err != nil || len(problems) > 0 {
		tb.Errorf("%v, %v", problems, err)
	}
}
