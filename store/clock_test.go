package store_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/store"
)

// logged is a log that a test reads.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// look has a store ask for the policy's version, as every instance does.
func look(tb testing.TB, s *store.Store) {
	tb.Helper()
	if _, err := s.PolicyVersion(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// Ensure an instance whose clock is wrong deletes nothing that the others keep, and
// finds what they find.
func TestAWrongClockDeletesNothing(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			url := start(t)
			for _, ahead := range []time.Duration{375 * 24 * time.Hour, -375 * 24 * time.Hour} {
				h := newFixture(t, url)
				var log logged
				wrong := h.open(t, store.Options{Now: func() time.Time { return time.Now().Add(ahead) }, Log: log.logger()})
				temporary, ended := block(t, "+4930666200"), block(t, "+4930555100")
				temporary.Expires = time.Now().Add(time.Hour)
				prefix := block(t, "+4420*")
				prefix.Expires = temporary.Expires
				h.put(t, temporary, ended, prefix)
				h.end(t, "+4930555100")
				h.append(t, calls(0, 300)...)
				h.retain(t, "1000", "1d")
				running := batch.Batch{ID: "x", Source: "ftc", Started: time.Now().Add(ahead)}
				if err := wrong.SaveBatch(t.Context(), running); err != nil {
					t.Fatal(err)
				}

				for range 3 {
					look(t, wrong)
				}
				if text := log.String(); strings.Count(text, "clocks of this machine and of Redis differ") != 1 || !strings.Contains(text, "level=WARN") {
					t.Errorf("the log says\n%s", text)
				}
				if offset, off := wrong.ClockOffset(); !off || (offset+ahead).Abs() > time.Minute {
					t.Errorf("offset %s, %v, want %s", offset, off, -ahead)
				}
				if expired, err := wrong.Sweep(t.Context()); err != nil || expired != 1 {
					t.Errorf("swept %d, %v", expired, err)
				}
				equal(t, "records", len(h.channels(t, calllog.Filter{}, 0)), 300)
				equal(t, "list", h.rules(t, blacklist.Query{Sort: blacklist.ByNumber}), []string{"+4420*", "+4930666200"})
				if left := h.redis.TTL(t.Context(), h.key("batch:x")).Val(); left < 29*24*time.Hour || left > 30*24*time.Hour {
					t.Errorf("the batch expires in %s", left)
				}
				wrongly := fixture{Store: wrong, redis: h.redis, prefix: h.prefix}
				equal(t, "temporary", len(wrongly.facts(t, "+4930666200", "")), 1)
				held, err := wrong.Policy(t.Context())
				if err != nil || held.Rules.Len() != 1 {
					t.Errorf("%d prefixes, %v", held.Rules.Len(), err)
				}
				policies := policy.NewCache(wrong, "", log.logger())
				equal(t, "calls", decides(t, wrong, policies, func() time.Time { return time.Now().Add(ahead) }), map[string]string{
					listedCaller: "decline", prefixCaller: "decline", allowedCaller: "decline", rangedCaller: "allow", freshCaller: "allow",
				})
				equal(t, "changes", wrongly.put(t, temporary), []blacklist.Effect{blacklist.Unchanged})
				if listed := wrongly.ring(t, "+4930777300", "3 in 5m always for 1h", 3); (time.Until(listed.Expires) - time.Hour).Abs() > 10*time.Minute {
					t.Errorf("listed until %s", listed.Expires)
				}
				h.end(t, "+4930666200")
				equal(t, "after its end", len(wrongly.facts(t, "+4930666200", "")), 0)
			}
		})
	}
}

// Ensure a clock that is set while the program runs changes nothing before the next
// look, and that the log says when it is right again.
func TestAClockThatIsSet(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var log logged
			var ahead atomic.Int64
			s := h.open(t, store.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, Log: log.logger()})
			right := func() bool { return time.Until(s.Now()).Abs() < time.Minute }
			if offset, wrong := s.ClockOffset(); offset != 0 || wrong || !right() {
				t.Errorf("before the first look: %s, %v, %s", offset, wrong, s.Now())
			}
			look(t, s)
			ahead.Store(int64(48 * time.Hour))
			if _, wrong := s.ClockOffset(); wrong || !right() {
				t.Errorf("before the next look: %v, %s", wrong, s.Now())
			}
			look(t, s)
			if _, wrong := s.ClockOffset(); !wrong || !right() {
				t.Errorf("after it: %v, %s", wrong, s.Now())
			}
			ahead.Store(int64(2 * time.Hour))
			look(t, s)
			ahead.Store(0)
			look(t, s)
			look(t, s)
			if text := log.String(); strings.Count(text, "level=WARN") != 2 || strings.Count(text, "agree again") != 1 {
				t.Errorf("the log says\n%s", text)
			}
		})
	}
}

// slow is a network on which the answers are late.
type slow struct {
	trips
	by atomic.Int64
}

func (n *slow) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		err := next(ctx, commands)
		<-time.After(time.Duration(n.by.Load()))
		return err
	}
}

// Ensure an answer that came late does not set the clock, unless there is no other.
func TestALateAnswerSetsNoClock(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			s := newFixture(t, start(t)).open(t, store.Options{})
			offset := func() time.Duration {
				at, _ := s.ClockOffset()
				return at
			}
			var network slow
			s.AddHook(&network)
			network.by.Store(int64(time.Second))
			look(t, s)
			first := offset()
			if first == 0 {
				t.Fatal("the first answer did not set the clock")
			}
			look(t, s)
			equal(t, "after a second late answer", offset(), first)
			network.by.Store(0)
			eventually(t, "an answer in time", func() bool {
				look(t, s)
				return offset() != first
			})
		})
	}
}

// Ensure a cache takes the time of the store's clock.
func TestPoliciesGoByTheClockOfRedis(t *testing.T) {
	h := newFixture(t, servers["redis"](t))
	wrong := h.open(t, store.Options{Now: func() time.Time { return time.Now().Add(48 * time.Hour) }})
	look(t, wrong)
	policies := policy.NewCache(wrong, "", slog.New(slog.DiscardHandler))
	if now := policies.Now(); time.Until(now).Abs() > time.Minute {
		t.Errorf("now = %s", now)
	}
}
