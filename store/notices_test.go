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

	"github.com/ringfence/ringfence/notice"
	"github.com/ringfence/ringfence/store"
)

// notify adds a notice as it stands in Redis, and returns its id.
func (h house) notify(tb testing.TB, caller string, values ...any) string {
	tb.Helper()
	values = append([]any{"time", day.Unix(), "caller", caller, "reason", "5 calls in 5 minutes", "strike", 1, "call", "1772366400.7"}, values...)
	id, err := h.redis.XAdd(tb.Context(), &redis.XAddArgs{Stream: h.key("events"), Values: values}).Result()
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func notices(tb testing.TB, s *store.Store, after string, limit int) []notice.Notice {
	tb.Helper()
	found, err := s.Notices(tb.Context(), after, limit)
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

func told(tb testing.TB, s *store.Store, channel string) string {
	tb.Helper()
	id, err := s.Told(tb.Context(), channel)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func TestNoticesAreReadInOrder(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, start(t))
			if found := notices(t, h.Store, "0-0", 10); len(found) != 0 {
				t.Errorf("there are %v", found)
			}
			first := h.notify(t, "+4930666200")
			second := h.notify(t, "+4930666201", "to", "+49302312", "dialled", "+49302312", "expires", day.Add(time.Hour).Unix())
			third := h.notify(t, "+4930666202")
			plain := notice.Notice{ID: first, Time: day, Caller: "+4930666200", Reason: "5 calls in 5 minutes", Strike: 1, Call: "1772366400.7"}
			full := plain
			full.ID, full.Caller, full.To, full.Dialled, full.Expires = second, "+4930666201", "+49302312", "+49302312", day.Add(time.Hour)
			equal(t, "the first two", notices(t, h.Store, "0-0", 2), []notice.Notice{plain, full})
			rest := notices(t, h.Store, second, 2)
			if len(rest) != 1 || rest[0].ID != third {
				t.Errorf("after the second: %v", rest)
			}
		})
	}
}

// A channel that is new begins with what comes from now on, whoever sees it
// first; one that is known goes on where it was, in its own time.
func TestEachChannelHasAPlaceOfItsOwn(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, start(t))
			if id := told(t, h.Store, "email"); id != "0-0" {
				t.Errorf("without notices, a channel begins after %s", id)
			}
			first, second := h.notify(t, "+4930666200"), h.notify(t, "+4930666201")
			others := make([]string, 8)
			var asking sync.WaitGroup
			for i := range others {
				s := h.open(t, store.Options{})
				asking.Go(func() { others[i], _ = s.Told(t.Context(), "webhook") })
			}
			asking.Wait()
			for _, id := range others {
				if id != second {
					t.Errorf("a new channel begins after %q, want %s", id, second)
				}
			}
			if id := told(t, h.Store, "email"); id != "0-0" {
				t.Errorf("a channel has gone on to %s by itself", id)
			}
			if err := h.SaveTold(t.Context(), "email", first); err != nil {
				t.Fatal(err)
			}
			if email, webhook := told(t, h.Store, "email"), told(t, h.Store, "webhook"); email != first || webhook != second {
				t.Errorf("the channels are at %s and %s", email, webhook)
			}
			if id := h.redis.Get(t.Context(), h.key("events:cursor:email")).Val(); id != first {
				t.Errorf("the key holds %s", id)
			}
		})
	}
}

// Whatever the order in which ids are kept, the latest one stays.
func TestAPlaceNeverGoesBack(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, start(t))
			check(t, name, func(t *rapid.T) {
				channel := "c" + strconv.Itoa(rapid.IntRange(0, 1<<30).Draw(t, "channel"))
				if err := h.redis.Set(t.Context(), h.key("events:cursor:"+channel), rapid.SampledFrom([]string{"0-0", "damaged"}).Draw(t, "before"), 0).Err(); err != nil {
					t.Fatal(err)
				}
				var most [2]int64
				for _, id := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int64 {
					return [2]int64{
						rapid.SampledFrom([]int64{1, 9, 10, 1772366400000, 1772366400001, 9999999999999}).Draw(t, "ms"),
						rapid.Int64Range(0, 20).Draw(t, "n"),
					}
				}), 1, 12).Draw(t, "ids") {
					if err := h.SaveTold(t.Context(), channel, fmt.Sprintf("%d-%d", id[0], id[1])); err != nil {
						t.Fatal(err)
					}
					if id[0] > most[0] || (id[0] == most[0] && id[1] > most[1]) {
						most = id
					}
				}
				got, err := h.Told(t.Context(), channel)
				if want := fmt.Sprintf("%d-%d", most[0], most[1]); err != nil || got != want {
					t.Errorf("got %s, %v, want %s", got, err, want)
				}
			})
		})
	}
}

// What somebody has written by hand is read as far as it can be.
func TestNoticesThatAreDamaged(t *testing.T) {
	for name, start := range lone {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, start(t))
			id, err := h.redis.XAdd(t.Context(), &redis.XAddArgs{Stream: h.key("events"), Values: []any{"strike", "many", "time", "noon"}}).Result()
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "a damaged notice", notices(t, h.Store, "0-0", 10), []notice.Notice{{ID: id}})
			if _, err := h.Notices(t.Context(), "the last one", 10); err == nil || !strings.Contains(err.Error(), "read the notices: ") {
				t.Errorf("after no id: %v", err)
			}
		})
	}
}
