package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/notify"
)

// listings is where rules have listed callers.
type listings struct {
	mu    sync.Mutex
	told  []string
	asked int
	// answer says what becomes of the next question about a rule.
	answer func(ctx context.Context, rule string) error
}

func (l *listings) TellListing(ctx context.Context, rule blacklist.Rule) error {
	l.mu.Lock()
	l.asked++
	answer := l.answer
	l.mu.Unlock()
	err := answer(ctx, rule.String())
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, rule.String())
	}
	return err
}

func (l *listings) become(answer func(context.Context, string) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer = answer
}

func tells(context.Context, string) error { return nil }

func fails(context.Context, string) error { return errDown }

type tellerUnderTest struct {
	*notify.Teller
	house    *instance
	listings *listings
	woken    int
	stop     func()
}

// newTeller starts a teller, which the test has to stop.
func newTeller(tb testing.TB, queue int, answer func(context.Context, string) error) *tellerUnderTest {
	tb.Helper()
	u := &tellerUnderTest{listings: &listings{answer: answer}, house: &instance{registry: prometheus.NewPedanticRegistry(), log: &logbook{}}}
	u.Teller = notify.NewTeller(notify.TellerConfig{
		Listings: u.listings, Log: slog.New(slog.NewTextHandler(u.house.log, nil)), Metrics: notify.NewMetrics(u.house.registry),
		Told: func() { u.woken++ }, Queue: queue,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { u.Run(ctx) })
	u.stop = func() {
		cancel()
		running.Wait()
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Log(u.house.log.String())
		}
	})
	return u
}

func rule(tb testing.TB, text string) blacklist.Rule {
	tb.Helper()
	parsed, err := blacklist.ParseRule(text)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

func TestListingsAreToldOffTheCallsPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		u := newTeller(t, 0, func(context.Context, string) error {
			<-hold
			return nil
		})
		for range 3 { // none of which waits
			u.Tell(rule(t, "+4930666200"))
			u.Tell(rule(t, "+4930666201:to:+49302312"))
			synctest.Wait()
		}
		if n := u.Waiting(); n != 2 {
			t.Errorf("%d wait", n)
		}
		close(hold)
		synctest.Wait()
		if diff := cmp.Diff([]string{"+4930666200", "+4930666201:to:+49302312"}, u.listings.told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		u.stop()
		if u.woken != 2 {
			t.Errorf("the runner was woken %d times", u.woken)
		}
	})
}

func TestTellingIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTeller(t, 0, fails)
		u.Tell(rule(t, "+4930666200"))
		u.Tell(rule(t, "+4930666201"))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := u.listings.asked; n < 15 || n > 50 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		// One that can never be told holds up none of the others.
		u.listings.become(func(_ context.Context, rule string) error {
			if rule == "+4930666200" {
				return errors.New("damaged")
			}
			return nil
		})
		u.Tell(rule(t, "+4930666202"))
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		slices.Sort(u.listings.told)
		if diff := cmp.Diff([]string{"+4930666201", "+4930666202"}, u.listings.told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if log := u.house.log.String(); !strings.Contains(log, `msg="listings by rate rules wait for the store" waiting=2`) {
			t.Error("the outage is not told")
		}
		u.listings.become(tells)
		u.stop()
		if u.Waiting() != 0 {
			t.Error("the end does not try once more")
		}
	})
}

// While another tells of a listing, it waits: the other may die. That is no
// fault of the store.
func TestWhatAnotherTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTeller(t, 0, func(context.Context, string) error { return fmt.Errorf("tell of a listing: %w", notify.ErrTelling) })
		u.Tell(rule(t, "+4930666200"))
		time.Sleep(10 * time.Second)
		u.listings.become(tells)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"+4930666200"}, u.listings.told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if log := u.house.log.String(); log != "" {
			t.Errorf("logged: %s", log)
		}
		u.listings.become(func(context.Context, string) error { return notify.ErrTelling })
		u.Tell(rule(t, "+4930666201"))
		u.stop() // which does not wait for the other
	})
}

func TestAFullQueueLeavesItToTheNextCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTeller(t, 2, fails)
		for _, text := range []string{"+4930666200", "+4930666201", "+4930666202", "+4930666203", "+4930666200"} {
			u.Tell(rule(t, text))
		}
		if n := strings.Count(u.house.log.String(), "too many wait for the store"); n != 1 {
			t.Errorf("that is told %d times", n)
		}
		u.house.counted(t, "repeat_listings_dropped_total 2\n")
		u.listings.become(tells)
		time.Sleep(5 * time.Second)
		u.Tell(rule(t, "+4930666202"))
		synctest.Wait()
		slices.Sort(u.listings.told)
		if diff := cmp.Diff([]string{"+4930666200", "+4930666201", "+4930666202"}, u.listings.told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		u.stop()
	})
}

// A store that hangs does not hold up the end of the program.
func TestTheEndIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTeller(t, 0, func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		})
		u.Tell(rule(t, "+4930666200"))
		synctest.Wait()
		began := time.Now()
		u.stop()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %s", took)
		}
		if !strings.Contains(u.house.log.String(), "are not recorded at the end") {
			t.Error("what is left is not told")
		}
	})
}
