package notice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

// The first listing is told at once, those that come in the minute after it
// together, and then no sooner than a minute after that.
func TestListingsAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newShelf(), newChannel("a")
		s.add(3) // before the channel was named: not told
		i := newInstance(t, s, c)
		i.start(t)
		time.Sleep(30 * time.Second)
		begin := time.Since(c.began)
		for range 4 {
			s.add(2)
			i.Wake()
			time.Sleep(25 * time.Second)
		}
		time.Sleep(3 * time.Minute)
		s.add(1)
		i.Wake()
		synctest.Wait()
		minute := time.Minute
		at, sizes := c.taken()
		if diff := cmp.Diff([]time.Duration{begin, begin + minute, begin + 2*minute, begin + 100*time.Second + 3*minute}, at); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int{2, 4, 2, 1}, sizes); diff != "" {
			t.Errorf("sizes (-want +got):\n%s", diff)
		}
		c.once(t, 9)
		i.counted(t, "notices_delivered_total 9\n")
	})
}

// What another instance has made is found without a word.
func TestOthersNoticesAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newShelf(), newChannel("a")
		newInstance(t, s, c).start(t)
		synctest.Wait()
		s.add(1)
		time.Sleep(8 * time.Second)
		c.once(t, 1)
	})
}

func TestAStormIsToldInFewDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a, b := newShelf(), newChannel("a"), newChannel("b")
		first, second := newInstance(t, s, a, b), newInstance(t, s, a, b)
		first.start(t)
		second.start(t)
		synctest.Wait()
		for range 1000 {
			s.add(1)
			first.Wake()
			time.Sleep(60 * time.Millisecond)
		}
		time.Sleep(3 * time.Minute)
		for _, c := range []*channel{a, b} {
			c.once(t, 1000)
			if _, sizes := c.taken(); len(sizes) > 12 || slices.Max(sizes) > notice.Largest {
				t.Errorf("%s: %d deliveries of %d", c.name, len(sizes), sizes)
			}
		}
	})
}

func TestAChannelThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, other := newShelf(), newChannel("a"), newChannel("b")
		c.answer = func(_ context.Context, attempt int) error {
			if attempt < 6 {
				return errors.New("no such ticket system")
			}
			return nil
		}
		i := newInstance(t, s, c, other)
		i.start(t)
		synctest.Wait()
		s.add(1)
		i.Wake()
		time.Sleep(time.Second)
		other.once(t, 1)
		s.add(2)
		time.Sleep(50 * time.Second)
		i.counted(t, fmt.Sprintf("notice_failures_total %d\nnotices_delivered_total 1\nnotices_waiting 3\n", len(c.tried())))
		time.Sleep(10 * time.Minute)
		c.once(t, 3)
		i.counted(t, "notice_failures_total 5\nnotices_delivered_total 3\nnotices_delivered_total 3\n")
		attempts := c.tried()
		for n := 1; n < 6; n++ {
			// 5 s, twice that, …, each halved or prolonged by a half at the most.
			pause := attempts[n] - attempts[n-1]
			if middle := 5 * time.Second << (n - 1); pause < middle/2 || pause > middle*3/2 {
				t.Errorf("pause %d is %s", n, pause)
			}
		}
		if !strings.Contains(i.log.String(), `msg="listings could not be told: it is tried again" channel=a target=nowhere listings=1`) {
			t.Error("failures are not told")
		}
	})
}

// A channel that refuses is left alone for as long as it says, and what it has
// not taken for a day is told as lost; what is younger is not.
func TestNoticesGrowTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newShelf(), newChannel("a")
		var refusing atomic.Bool
		refusing.Store(true)
		c.answer = func(context.Context, int) error {
			if refusing.Load() {
				return &notice.Failure{Err: errors.New("gone"), After: notice.Patience}
			}
			return nil
		}
		i := newInstance(t, s, c)
		i.start(t)
		synctest.Wait()
		s.add(2)
		i.Wake()
		time.Sleep(20 * time.Hour)
		s.add(1)
		time.Sleep(5*time.Hour + time.Minute)
		if n := len(c.tried()); n < 45 || n > 51 {
			t.Errorf("%d attempts in 25 hours", n)
		}
		i.counted(t, fmt.Sprintf("notice_failures_total %d\nnotices_lost_total 2\nnotices_waiting 1\n", len(c.tried())))
		if !strings.Contains(i.log.String(), `msg="notices are lost: the channel has not taken them for a day" channel=a target=nowhere listings=2`) {
			t.Error("the loss is not told")
		}
		refusing.Store(false)
		time.Sleep(time.Hour)
		c.once(t, 1)
	})
}

// Redis may fail between a delivery and the note of it: the note waits, and
// nothing is told twice.
func TestAnOutageRepeatsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newShelf(), newChannel("a")
		c.answer = func(_ context.Context, attempt int) error {
			if attempt == 1 {
				s.fail(errDown)
			}
			return nil
		}
		i := newInstance(t, s, c)
		i.start(t)
		synctest.Wait()
		s.add(1)
		i.Wake()
		time.Sleep(20 * time.Second)
		s.mu.Lock()
		s.lose[0](errLost) // nobody renews it
		s.mu.Unlock()
		time.Sleep(time.Minute)
		s.fail(nil)
		time.Sleep(time.Minute)
		s.add(1)
		time.Sleep(2 * time.Minute)
		c.once(t, 2)
		if log := i.log.String(); strings.Count(log, "notices wait for the store") != 1 || strings.Count(log, "notices are looked for again") != 1 {
			t.Error("the outage is not told once")
		}
	})
}

// Whoever loses the lease abandons a delivery, and another begins anew.
func TestALostLeaseEndsADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newShelf(), newChannel("a")
		c.answer = func(ctx context.Context, attempt int) error {
			if attempt > 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		i := newInstance(t, s, c)
		i.start(t)
		synctest.Wait()
		s.add(1)
		i.Wake()
		time.Sleep(time.Second)
		s.mu.Lock()
		s.lose[0](errLost)
		s.mu.Unlock()
		time.Sleep(10 * time.Second)
		c.once(t, 1)
		if !strings.Contains(i.log.String(), errLost.Error()) {
			t.Error("it is not told why")
		}
	})
}

// A delivery under way when the program ends has a few seconds to finish, and
// what has been told is noted.
func TestTheEndWaitsForADelivery(t *testing.T) {
	for name, test := range map[string]struct {
		needs, takes time.Duration
		told         int
	}{
		"that is soon done": {needs: 4 * time.Second, takes: 4 * time.Second, told: 1},
		"that is not":       {needs: time.Minute, takes: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := newShelf(), newChannel("a")
				c.answer = func(ctx context.Context, _ int) error {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(test.needs):
						return nil
					}
				}
				i := newInstance(t, s, c)
				stop := i.start(t)
				synctest.Wait()
				s.add(150)
				i.Wake()
				synctest.Wait()
				began := time.Now()
				stop()
				if took := time.Since(began); took != test.takes {
					t.Errorf("the end took %s", took)
				}
				c.once(t, test.told*notice.Largest)
				if noted := s.told["a"] != ""; noted != (test.told > 0) {
					t.Errorf("noted: %t", noted)
				}
			})
		})
	}
}
