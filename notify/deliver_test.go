package notify_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/notify"
)

// The first event is delivered at once, those of the minute after it together,
// and the next ones a minute later at the earliest.
func TestEventsAreCollected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newOutbox(), newSink("a")
		s.add(3) // before there was this sink: not delivered
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
		at, sizes := c.deliveries()
		if diff := cmp.Diff([]time.Duration{begin, begin + minute, begin + 2*minute, begin + 100*time.Second + 3*minute}, at); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int{2, 4, 2, 1}, sizes); diff != "" {
			t.Errorf("sizes (-want +got):\n%s", diff)
		}
		c.once(t, 9)
		i.counted(t, "notify_delivered_total 9\n")
	})
}

// The events of another instance are found without Wake.
func TestOthersEventsAreFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newOutbox(), newSink("a")
		newInstance(t, s, c).start(t)
		synctest.Wait()
		s.add(1)
		time.Sleep(8 * time.Second)
		c.once(t, 1)
	})
}

func TestManyEventsAreDeliveredInFewDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a, b := newOutbox(), newSink("a"), newSink("b")
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
		for _, c := range []*fakeSink{a, b} {
			c.once(t, 1000)
			if _, sizes := c.deliveries(); len(sizes) > 12 || slices.Max(sizes) > notify.MaxBatch {
				t.Errorf("%s: %d deliveries of %d", c.name, len(sizes), sizes)
			}
		}
	})
}

func TestAFailedDeliveryIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, other := newOutbox(), newSink("a"), newSink("b")
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
		i.counted(t, fmt.Sprintf("notify_delivered_total 1\nnotify_failures_total %d\nnotify_waiting 3\n", len(c.tried())))
		time.Sleep(10 * time.Minute)
		c.once(t, 3)
		i.counted(t, "notify_delivered_total 3\nnotify_delivered_total 3\nnotify_failures_total 5\n")
		attempts := c.tried()
		for n := 1; n < 6; n++ {
			// 5 s, twice that, …, each halved or prolonged by a half at most.
			pause := attempts[n] - attempts[n-1]
			if middle := 5 * time.Second << (n - 1); pause < middle/2 || pause > middle*3/2 {
				t.Errorf("pause %d is %s", n, pause)
			}
		}
		if !strings.Contains(i.log.String(), `msg="delivery failed: it will be retried" sink=a target=nowhere events=1`) {
			t.Error("failures are not logged")
		}
	})
}

// A sink that refuses is left alone for as long as it asks. An event that it has
// not taken for a day is reported as lost, a younger one is not.
func TestOldEventsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newOutbox(), newSink("a")
		var refusing atomic.Bool
		refusing.Store(true)
		c.answer = func(context.Context, int) error {
			if refusing.Load() {
				return &notify.RetryError{Err: errors.New("gone"), After: notify.RefusedPause}
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
		i.counted(t, fmt.Sprintf("notify_failures_total %d\nnotify_lost_total 2\nnotify_waiting 1\n", len(c.tried())))
		if !strings.Contains(i.log.String(), `msg="events lost: the sink has failed for a day" sink=a target=nowhere events=2`) {
			t.Error("the loss is not logged")
		}
		refusing.Store(false)
		time.Sleep(time.Hour)
		c.once(t, 1)
	})
}

// Redis may fail between a delivery and SetCursor: then the cursor is saved
// later, and nothing is delivered twice.
func TestAnOutageRepeatsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newOutbox(), newSink("a")
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
		s.lose[0](errLost) // no one renews it
		s.mu.Unlock()
		time.Sleep(time.Minute)
		s.fail(nil)
		time.Sleep(time.Minute)
		s.add(1)
		time.Sleep(2 * time.Minute)
		c.once(t, 2)
		if log := i.log.String(); strings.Count(log, "the outbox cannot be read: events wait") != 1 || strings.Count(log, "the outbox can be read again") != 1 {
			t.Error("the outage is not logged once")
		}
	})
}

// The loss of the lease ends a delivery, and another begins anew.
func TestALostLeaseEndsADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := newOutbox(), newSink("a")
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
			t.Error("the reason is not logged")
		}
	})
}

// A delivery under way when the program ends has a few seconds to finish, and
// its cursor is saved.
func TestTheEndWaitsForADelivery(t *testing.T) {
	for name, test := range map[string]struct {
		needs, takes time.Duration
		delivered    int
	}{
		"that is soon done": {needs: 4 * time.Second, takes: 4 * time.Second, delivered: 1},
		"that is not":       {needs: time.Minute, takes: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, c := newOutbox(), newSink("a")
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
				c.once(t, test.delivered*notify.MaxBatch)
				if saved := s.cursors["a"] != ""; saved != (test.delivered > 0) {
					t.Errorf("saved: %t", saved)
				}
			})
		})
	}
}

// A sink that panics has failed, and holds up no other.
func TestASinkThatPanicsIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, other := newOutbox(), newSink("a"), newSink("b")
		c.answer = func(_ context.Context, attempt int) error {
			if attempt == 1 {
				panic("bad sink")
			}
			return nil
		}
		i := newInstance(t, s, c, other)
		i.start(t)
		synctest.Wait()
		s.add(2)
		time.Sleep(time.Minute)
		c.once(t, 2)
		other.once(t, 2)
		if log := i.log.String(); !strings.Contains(log, `msg="a sink panicked" sink=a target=nowhere cause="bad sink" stack=`) {
			t.Error("the panic is not logged")
		}
	})
}
