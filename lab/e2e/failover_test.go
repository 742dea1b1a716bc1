package e2e_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// failover is a Redis whose primary can fail, and how to wait until another
// server is in its place.
type failover struct {
	url     string
	primary *lab.Redis
	wait    func(context.Context) error
}

func clusterFailover(t *testing.T) failover {
	t.Helper()
	cluster := labtest.NeedRedisCluster(t)
	// Every call asks for the policy's version.
	const key = "{ringfence}:version"
	primary, err := cluster.Primary(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return failover{cluster.URL(), primary, func(ctx context.Context) error { return cluster.WaitFailover(ctx, primary, key) }}
}

func sentinelFailover(t *testing.T) failover {
	t.Helper()
	pair := labtest.NeedRedisSentinel(t)
	primary := pair.Servers()[0]
	return failover{pair.URL(), primary, func(ctx context.Context) error { return pair.WaitFailover(ctx, primary) }}
}

// settle lets the primary take no more changes, and waits until its replica
// has those that it took: what Redis itself loses is not Ringfence's.
func (f failover) settle(t *testing.T) {
	t.Helper()
	if _, err := f.primary.Ask(t.Context(), "CLIENT", "PAUSE", "10000", "WRITE"); err != nil {
		t.Fatal(err)
	}
	if err := f.primary.WaitReplicas(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Ensure callers hardly notice a failover of Redis: no caller waits longer than
// allowed, the list counts again soon after, and every call is on record.
func TestRedisFailsOver(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		start func(*testing.T) failover
		fail  func(*lab.Redis) error
	}{
		"a node of a cluster dies":               {clusterFailover, (*lab.Redis).Kill},
		"a node of a cluster hangs":              {clusterFailover, (*lab.Redis).Pause},
		"the primary that sentinels watch dies":  {sentinelFailover, (*lab.Redis).Kill},
		"the primary that sentinels watch hangs": {sentinelFailover, (*lab.Redis).Pause},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := test.start(t)
			h := newSystem(t)
			h.another(t, "RINGFENCE_REDIS="+redis.url)
			h.policy(t)
			h.serve(t)
			h.screening(t)
			refused(t, h.call(t, pest), 603)

			traffic := h.traffic(t, 50*time.Millisecond)
			traffic.refusals(t, 10)
			redis.settle(t)
			if err := test.fail(redis.primary); err != nil {
				t.Fatal(err)
			}
			failed := time.Now()
			if err := redis.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			over := time.Now()
			traffic.refusals(t, 10)
			t.Logf("Redis failed over within %s, the list counted again within %s more", over.Sub(failed), time.Since(over))
			if took := time.Since(over); took > 5*time.Second {
				t.Errorf("the list counts again after %s", took)
			}
			traffic.end(t)
			h.wantHealth(t, 200, "ready", "answering")
			h.eachOnce(t)
			h.run(t, "remove "+pest)
			answered(t, h.call(t, pest))
		})
	}
}

// traffic are calls that come evenly, in turns from a listed caller and from a
// stranger.
type traffic struct {
	cancel context.CancelFunc
	calls  sync.WaitGroup

	mu      sync.Mutex
	count   int
	row     int // how many listed callers were refused, one after the other
	longest time.Duration
}

func (h *system) traffic(t *testing.T, every time.Duration) *traffic {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &traffic{cancel: cancel}
	t.Cleanup(func() { cancel(); c.calls.Wait() })
	c.calls.Go(func() {
		from := []string{pest, stranger}
		for i := 0; ctx.Err() == nil; i++ {
			c.calls.Go(func() { c.call(ctx, t, h, from[i%2]) })
			select {
			case <-ctx.Done():
			case <-time.After(every):
			}
		}
	})
	return c
}

// call places a call, which ends by itself.
func (c *traffic) call(ctx context.Context, t *testing.T, h *system, from string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	result, err := h.caller.Call(ctx, lab.Call{To: switchboard, From: from, Deaf: true})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	c.longest = max(c.longest, result.After)
	switch {
	case err != nil:
		t.Errorf("the call from %s was lost: %v", from, err)
	case from == stranger:
		answered(t, result)
	case result.Code == 603:
		c.row++
	default:
		c.row = 0
		answered(t, result)
	}
}

// refusals waits until so many more listed callers were refused in a row.
func (c *traffic) refusals(t *testing.T, count int) {
	t.Helper()
	c.mu.Lock()
	c.row = 0
	c.mu.Unlock()
	eventually(t, "listed callers are refused", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.row >= count
	})
}

// end lets the last calls end, and looks how long the callers waited.
func (c *traffic) end(t *testing.T) {
	t.Helper()
	c.cancel()
	c.calls.Wait()
	t.Logf("of %d callers, the last to hear waited %s", c.count, c.longest)
	if c.longest > guard {
		t.Errorf("a caller waited %s", c.longest)
	}
}
