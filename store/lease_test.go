package store_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/store"
)

// shortLease is long enough for a busy machine to renew in time.
const shortLease = time.Second

func take(tb testing.TB, s *store.Store, name string) (context.Context, func()) {
	tb.Helper()
	held, release, err := s.Lease(tb.Context(), name)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(release)
	return held, release
}

func leased(tb testing.TB, s *store.Store, name string) error {
	tb.Helper()
	_, release, err := s.Lease(tb.Context(), name)
	if err == nil {
		release()
	}
	return err
}

func TestALeaseHasOneHolder(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			other := h.open(t, store.Options{})
			held, release := take(t, h.Store, "source:ftc")

			for _, s := range []*store.Store{other, h.Store} {
				err := leased(t, s, "source:ftc")
				if !errors.Is(err, lease.ErrHeld) || !strings.Contains(err.Error(), "source:ftc is held by ") ||
					!strings.Contains(err.Error(), ":"+pid()) {
					t.Error("a lease that is held gives", err)
				}
			}
			if err := leased(t, other, "source:fcc"); err != nil {
				t.Error("another lease:", err)
			}
			text := h.redis.Get(t.Context(), h.key("lease:source:ftc")).Val()
			if !strings.Contains(text, ":"+pid()+" ") {
				t.Errorf("the key holds %q", text)
			}
			if left := h.redis.PTTL(t.Context(), h.key("lease:source:ftc")).Val(); left <= 0 || left > store.DefaultLeaseTime {
				t.Error("the key has to live:", left)
			}
			if err := held.Err(); err != nil {
				t.Error("held:", err)
			}

			release()
			release()
			if cause := context.Cause(held); !errors.Is(cause, context.Canceled) || errors.Is(cause, lease.ErrLost) {
				t.Error("after its release the lease ended by", cause)
			}
			equal(t, "keys", h.keys(t, "lease:*"), []string(nil))
			if err := leased(t, other, "source:ftc"); err != nil {
				t.Error("after the release:", err)
			}
		})
	}
}

// Many take the same lease again and again: no two hold it at a time.
func TestALeaseExcludes(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			stores := []*store.Store{h.Store, h.open(t, store.Options{})}
			var inside, turns atomic.Int32
			var working sync.WaitGroup
			for i := range 6 {
				working.Go(func() {
					for turn := 0; turn < 10; {
						_, release, err := stores[i%2].Lease(t.Context(), "x")
						if errors.Is(err, lease.ErrHeld) {
							continue
						}
						if err != nil {
							t.Error(err)
							return
						}
						if inside.Add(1) != 1 {
							t.Error("two hold the lease")
						}
						turns.Add(1)
						inside.Add(-1)
						release()
						turn++
					}
				})
			}
			working.Wait()
			equal(t, "turns", turns.Load(), int32(60))
		})
	}
}

func TestALeaseIsRenewed(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			holder := h.open(t, store.Options{LeaseTime: shortLease})
			held, _ := take(t, holder, "x")
			for began := time.Now(); time.Since(began) < 2*shortLease; time.Sleep(20 * time.Millisecond) {
				if err := leased(t, h.Store, "x"); !errors.Is(err, lease.ErrHeld) {
					t.Fatal("a lease that is renewed gives", err)
				}
			}
			if held.Err() != nil {
				t.Error("held ended by", context.Cause(held))
			}
		})
	}
}

// A holder that has died, or for which Redis is unreachable, delays no other.
// It stops before another begins.
func TestALeaseEndsWithItsHolder(t *testing.T) {
	for name, start := range lone {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			proxy := labtest.NewProxy(t, strings.TrimSuffix(strings.TrimPrefix(h.url, "redis://"), "/0"))
			beyond := fixture{url: "redis://" + proxy.Address(), prefix: h.prefix}.open(t, store.Options{LeaseTime: shortLease})
			held, release := take(t, beyond, "x")
			proxy.Refuse()
			proxy.Cut()
			eventually(t, "the lease's end", func() bool {
				free := leased(t, h.Store, "x") == nil
				if free && held.Err() == nil {
					t.Error("another has the lease while it is held")
				}
				return free
			})
			if cause := context.Cause(held); !errors.Is(cause, lease.ErrLost) || !strings.Contains(cause.Error(), "unreachable") {
				t.Error("the lease ended by", cause)
			}

			// What another has taken meanwhile stays with it.
			_, _ = take(t, h.Store, "x")
			if err := proxy.Pass(); err != nil {
				t.Fatal(err)
			}
			release()
			if err := leased(t, h.Store, "x"); !errors.Is(err, lease.ErrHeld) {
				t.Error("the loser gave back what another holds:", err)
			}
		})
	}
}

func TestALeaseThatAnotherTookIsLost(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			holder := h.open(t, store.Options{LeaseTime: shortLease})
			held, _ := take(t, holder, "x")
			h.redis.Set(t.Context(), h.key("lease:x"), "elsewhere:1 token", 0)
			<-held.Done()
			cause := context.Cause(held)
			if !errors.Is(cause, lease.ErrLost) || !errors.Is(cause, lease.ErrHeld) || !strings.Contains(cause.Error(), "elsewhere:1") {
				t.Error("the lease ended by", cause)
			}
		})
	}
}

// A Redis that comes back in time, even without the lease, ends nothing.
func TestALeaseOutlastsAShortOutage(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	h := newFixture(t, redis.URL())
	holder := h.open(t, store.Options{LeaseTime: 4 * shortLease})
	held, _ := take(t, holder, "x")
	if err := redis.Halt(); err != nil {
		t.Fatal(err)
	}
	if err := redis.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lease's return", func() bool { return h.redis.Exists(t.Context(), h.key("lease:x")).Val() == 1 })
	if held.Err() != nil {
		t.Error("held ended by", context.Cause(held))
	}
	if err := leased(t, h.Store, "x"); !errors.Is(err, lease.ErrHeld) {
		t.Error("a lease that has come back gives", err)
	}
}

func TestALeaseEndsWithItsContext(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			ctx, cancel := context.WithCancel(t.Context())
			held, release, err := h.Lease(ctx, "x")
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			<-held.Done()
			if errors.Is(context.Cause(held), lease.ErrLost) {
				t.Error("a context that ended counts as a lost lease")
			}
			release()
			if err := leased(t, h.Store, "x"); err != nil {
				t.Error("after the end:", err)
			}
		})
	}
}

func pid() string { return strconv.Itoa(os.Getpid()) }
