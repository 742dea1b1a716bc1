package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/retry"
	"github.com/ringfence/ringfence/store"
)

// failing is a Redis whose primary can fail.
type failing struct {
	url     string
	primary *lab.Redis
	wait    func(context.Context) error
	// sentinels watch, others fail together with the primary.
	sentinels, others []*lab.Redis
}

// failingCluster fails where the policy lies, which each call asks for.
func failingCluster(t *testing.T, h *fixture) failing {
	t.Helper()
	cluster := labtest.NeedRedisCluster(t)
	*h = newFixture(t, cluster.URL())
	key := h.key("version")
	primary, err := cluster.Primary(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return failing{url: cluster.URL(), primary: primary, wait: func(ctx context.Context) error { return cluster.WaitFailover(ctx, primary, key) }}
}

func failingPair(t *testing.T, h *fixture) failing {
	t.Helper()
	pair := labtest.NeedRedisSentinel(t)
	*h = newFixture(t, pair.URL())
	primary := pair.Servers()[0]
	return failing{
		url: pair.URL(), primary: primary, sentinels: pair.Sentinels(),
		wait: func(ctx context.Context) error { return pair.WaitFailover(ctx, primary) },
	}
}

// failingMachine loses a sentinel together with the primary, since they often
// share a machine: the one that the client listens to.
func failingMachine(t *testing.T, h *fixture) failing {
	t.Helper()
	redis := failingPair(t, h)
	if err := h.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the client listens to a sentinel", func() bool {
		for _, sentinel := range redis.sentinels {
			clients, err := sentinel.Ask(t.Context(), "CLIENT", "LIST")
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(clients, " sub=2 ") {
				redis.others = []*lab.Redis{sentinel}
			}
		}
		return len(redis.others) > 0
	})
	return redis
}

// A failover is followed within seconds, and that nobody waits
// longer than allowed meanwhile.
func TestAFailoverIsFollowed(t *testing.T) {
	for name, test := range map[string]struct {
		start func(*testing.T, *fixture) failing
		fail  func(*lab.Redis) error
	}{
		"cluster, killed":   {failingCluster, (*lab.Redis).Kill},
		"cluster, frozen":   {failingCluster, (*lab.Redis).Pause},
		"sentinels, killed": {failingPair, (*lab.Redis).Kill},
		"sentinels, frozen": {failingPair, (*lab.Redis).Pause},
		"a whole machine":   {failingMachine, (*lab.Redis).Pause},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for most of their time
			var h fixture
			redis := test.start(t, &h)
			h.put(t, block(t, "100"))
			if err := redis.primary.WaitReplicas(t.Context()); err != nil {
				t.Fatal(err)
			}
			calls := newCrowd(t, h.Store)
			calls.until(t, "calls are looked up", 0)
			for _, server := range append([]*lab.Redis{redis.primary}, redis.others...) {
				if err := test.fail(server); err != nil {
					t.Fatal(err)
				}
			}
			failed := time.Now()
			if err := redis.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			over := time.Now()
			calls.until(t, "calls are looked up after the failover", 20)
			t.Logf("the failover took Redis %s, the client %s more", over.Sub(failed), time.Since(over))
			if took := time.Since(over); took > 5*time.Second {
				t.Errorf("the new primary was found after %s", took)
			}
			h.put(t, block(t, "101"))
			calls.stop()
			if calls.longest > deadline+300*time.Millisecond {
				t.Errorf("a caller waited %s", calls.longest)
			}
		})
	}
}

// deadline is how long a caller waits for the store.
const deadline = 500 * time.Millisecond

// crowd asks for a listed caller, twenty times a second.
type crowd struct {
	stop func()

	mu      sync.Mutex
	found   int // in a row
	longest time.Duration
}

func newCrowd(t *testing.T, s *store.Store) *crowd {
	t.Helper()
	c := &crowd{}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	c.stop = func() { cancel(); group.Wait() }
	t.Cleanup(c.stop)
	caller := number(t, "100")
	group.Go(func() {
		for every := time.Tick(50 * time.Millisecond); ctx.Err() == nil; <-every {
			group.Go(func() { c.call(ctx, t, s, caller) })
		}
	})
	return c
}

func (c *crowd) call(ctx context.Context, t *testing.T, s *store.Store, caller phone.Number) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	began := time.Now()
	facts, err := s.Facts(ctx, caller, phone.Number{})
	took := time.Since(began)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.longest = max(c.longest, took)
	switch {
	case errors.Is(err, context.Canceled):
	case err == nil && len(facts.Entries) == 1:
		c.found++
	case err == nil:
		t.Errorf("a caller who is listed was not found, without any error")
	default:
		c.found = 0
		if !errors.Is(err, retry.ErrUnreachable) {
			t.Errorf("error %v, want one of an unreachable store", err)
		}
	}
}

// until waits until more than so many callers in a row were found.
func (c *crowd) until(t *testing.T, what string, more int) {
	t.Helper()
	eventually(t, what, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.found > more
	})
}
