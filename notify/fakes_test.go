package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ringfence/ringfence/notify"
)

// deliver drops the answer of a delivery.
func deliver(ctx context.Context, sink notify.Sink, delivery notify.Delivery) error {
	_, err := sink.Deliver(ctx, delivery)
	return err
}

// memoryOutbox is an outbox in memory, for tests with a fake clock.
type memoryOutbox struct {
	mu      sync.Mutex
	events  []notify.Event
	cursors map[string]string
	leases  map[string]bool
	lose    []context.CancelCauseFunc
	down    error
}

func newOutbox() *memoryOutbox {
	return &memoryOutbox{cursors: map[string]string{}, leases: map[string]bool{}}
}

var (
	errDown   = errors.New("redis is unreachable")
	errLeased = errors.New("held by another")
	errLost   = errors.New("the lease was lost")
)

// add adds n events of this moment.
func (s *memoryOutbox) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		added := sample()
		added.Time = time.Now()
		added.ID = fmt.Sprintf("%d-%d", time.Now().UnixMilli(), len(s.events))
		s.events = append(s.events, added)
	}
}

func (s *memoryOutbox) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func (s *memoryOutbox) Events(_ context.Context, after string, limit int) ([]notify.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begin := 0
	if after != "" {
		begin = 1 + slices.IndexFunc(s.events, func(e notify.Event) bool { return e.ID == after })
	}
	return slices.Clone(s.events[begin:min(begin+limit, len(s.events))]), s.down
}

func (s *memoryOutbox) Cursor(_ context.Context, sink string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.cursors[sink]; !known && s.down == nil {
		s.cursors[sink] = ""
		if len(s.events) > 0 {
			s.cursors[sink] = s.events[len(s.events)-1].ID
		}
	}
	return s.cursors[sink], s.down
}

func (s *memoryOutbox) SetCursor(_ context.Context, sink, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down == nil {
		s.cursors[sink] = id
	}
	return s.down
}

func (s *memoryOutbox) Lease(ctx context.Context, name string) (context.Context, func(), error) {
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

// fakeSink records what it gets, and when. answer lets it fail.
type fakeSink struct {
	name   string
	answer func(ctx context.Context, attempt int) error

	mu       sync.Mutex
	attempts []time.Duration
	took     []time.Duration
	taken    []string
	sizes    []int
	began    time.Time
}

func newSink(name string) *fakeSink {
	return &fakeSink{name: name, began: time.Now(), answer: func(context.Context, int) error { return nil }}
}

func (c *fakeSink) Name() string { return c.name }
func (*fakeSink) Target() string { return "nowhere" }

func (c *fakeSink) Deliver(ctx context.Context, delivery notify.Delivery) (answer string, err error) {
	c.mu.Lock()
	c.attempts = append(c.attempts, time.Since(c.began))
	n := len(c.attempts)
	c.mu.Unlock()
	if err := c.answer(ctx, n); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, time.Since(c.began))
	c.sizes = append(c.sizes, len(delivery.Events))
	for _, n := range delivery.Events {
		c.taken = append(c.taken, n.ID)
	}
	return "ok", nil
}

// tried returns when deliveries began.
func (c *fakeSink) tried() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.attempts)
}

// deliveries returns when deliveries were taken, and the number of events of each.
func (c *fakeSink) deliveries() (at []time.Duration, sizes []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.took), slices.Clone(c.sizes)
}

// once checks that each of n events was delivered once, in order.
func (c *fakeSink) once(tb testing.TB, n int) {
	tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	last := -1
	for _, id := range c.taken {
		_, text, _ := strings.Cut(id, "-")
		index, err := strconv.Atoi(text)
		if err != nil || index <= last {
			tb.Fatalf("%s: %s was delivered after number %d", c.name, id, last)
		}
		last = index
	}
	if len(c.taken) != n {
		tb.Errorf("%s: %d events were delivered, want %d", c.name, len(c.taken), n)
	}
}

// instance is one Ringfence.
type instance struct {
	*notify.Dispatcher
	registry *prometheus.Registry
	log      *logbook
}

func newInstance(tb testing.TB, outbox notify.Outbox, sinks ...notify.Sink) *instance {
	tb.Helper()
	i := &instance{registry: prometheus.NewPedanticRegistry(), log: &logbook{}}
	i.Dispatcher = notify.NewDispatcher(notify.Config{
		Outbox: outbox, Sinks: sinks, Log: i.log.logger(), Now: time.Now, Metrics: notify.NewMetrics(i.registry),
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
