package store_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/store"
)

// notify adds an event as it is in Redis, and returns its ID.
func (h fixture) notify(tb testing.TB, caller string, values ...any) string {
	tb.Helper()
	values = append([]any{"kind", "listed", "time", day.Unix(), "caller", caller, "reason", "5 calls in 5 minutes", "strike", 1, "call", "1772366400.7"}, values...)
	id, err := h.redis.XAdd(tb.Context(), &redis.XAddArgs{Stream: h.key("events"), Values: values}).Result()
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func outbox(tb testing.TB, s *store.Store, after string, limit int) []notify.Event {
	tb.Helper()
	found, err := s.Events(tb.Context(), after, limit)
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

func cursor(tb testing.TB, s *store.Store, sink string) string {
	tb.Helper()
	id, err := s.Cursor(tb.Context(), sink)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func TestEventsAreReadInOrder(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			if found := outbox(t, h.Store, "0-0", 10); len(found) != 0 {
				t.Errorf("there are %v", found)
			}
			first := h.notify(t, "+4930666200")
			second := h.notify(t, "+4930666201", "to", "+49302312", "dialled", "+49302312", "expires", day.Add(time.Hour).Unix())
			third := h.notify(t, "+4930666202")
			plain := notify.Event{ID: first, Kind: notify.Listed, Time: day, Caller: "+4930666200", Reason: "5 calls in 5 minutes", Strike: 1, Call: "1772366400.7"}
			full := plain
			full.ID, full.Caller, full.To, full.Dialled, full.Expires = second, "+4930666201", "+49302312", "+49302312", day.Add(time.Hour)
			equal(t, "the first two", outbox(t, h.Store, "0-0", 2), []notify.Event{plain, full})
			rest := outbox(t, h.Store, second, 2)
			if len(rest) != 1 || rest[0].ID != third {
				t.Errorf("after the second: %v", rest)
			}
		})
	}
}

// A new sink begins after the last event, whatever instance asks first. A known
// one continues at its own cursor.
func TestEachSinkHasItsOwnCursor(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			if id := cursor(t, h.Store, "email"); id != "0-0" {
				t.Errorf("without events, a sink begins after %s", id)
			}
			first, second := h.notify(t, "+4930666200"), h.notify(t, "+4930666201")
			others := make([]string, 8)
			var asking sync.WaitGroup
			for i := range others {
				s := h.open(t, store.Options{})
				asking.Go(func() { others[i], _ = s.Cursor(t.Context(), "webhook") })
			}
			asking.Wait()
			for _, id := range others {
				if id != second {
					t.Errorf("a new sink begins after %q, want %s", id, second)
				}
			}
			if id := cursor(t, h.Store, "email"); id != "0-0" {
				t.Errorf("a sink has gone on to %s by itself", id)
			}
			if err := h.SetCursor(t.Context(), "email", first); err != nil {
				t.Fatal(err)
			}
			if email, webhook := cursor(t, h.Store, "email"), cursor(t, h.Store, "webhook"); email != first || webhook != second {
				t.Errorf("the cursors are at %s and %s", email, webhook)
			}
			if id := h.redis.Get(t.Context(), h.key("events:cursor:email")).Val(); id != first {
				t.Errorf("the key holds %s", id)
			}
		})
	}
}

// Whatever the order of SetCursor, the latest ID stays.
func TestACursorNeverGoesBack(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			check(t, name, func(t *rapid.T) {
				sink := "s" + strconv.Itoa(rapid.IntRange(0, 1<<30).Draw(t, "sink"))
				if err := h.redis.Set(t.Context(), h.key("events:cursor:"+sink), rapid.SampledFrom([]string{"0-0", "damaged"}).Draw(t, "before"), 0).Err(); err != nil {
					t.Fatal(err)
				}
				var most [2]int64
				for _, id := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int64 {
					return [2]int64{
						rapid.SampledFrom([]int64{1, 9, 10, 1772366400000, 1772366400001, 9999999999999}).Draw(t, "ms"),
						rapid.Int64Range(0, 20).Draw(t, "n"),
					}
				}), 1, 12).Draw(t, "ids") {
					if err := h.SetCursor(t.Context(), sink, fmt.Sprintf("%d-%d", id[0], id[1])); err != nil {
						t.Fatal(err)
					}
					if id[0] > most[0] || (id[0] == most[0] && id[1] > most[1]) {
						most = id
					}
				}
				got, err := h.Cursor(t.Context(), sink)
				if want := fmt.Sprintf("%d-%d", most[0], most[1]); err != nil || got != want {
					t.Errorf("got %s, %v, want %s", got, err, want)
				}
			})
		})
	}
}

// What another program has edited in Redis is read as far as possible.
func TestDamagedEvents(t *testing.T) {
	for name, start := range lone {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			id, err := h.redis.XAdd(t.Context(), &redis.XAddArgs{Stream: h.key("events"), Values: []any{"strike", "many", "time", "noon"}}).Result()
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "a damaged event", outbox(t, h.Store, "0-0", 10), []notify.Event{{ID: id}})
			if _, err := h.Events(t.Context(), "the last one", 10); err == nil || !strings.Contains(err.Error(), "read the outbox: ") {
				t.Errorf("after no id: %v", err)
			}
		})
	}
}
