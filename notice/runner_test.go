package notice_test

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

	"github.com/ringfence/ringfence/notice"
)

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
