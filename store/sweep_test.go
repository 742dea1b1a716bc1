package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/store"
)

func TestSweepClearsWhatHasExpired(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, start(t))
			var entries []blacklist.Entry
			for i := range 700 {
				entries = append(entries, block(t, "+49301"+strconv.Itoa(10000+i)))
			}
			entries = append(entries, block(t, "+4420*"), allow(t, "+44201234567"))
			for i := range entries {
				entries[i].Expires = time.Now().Add(100 * time.Millisecond)
				entries[i].Hits, entries[i].LastHit = 1, day
			}
			later := block(t, "101")
			later.Expires = time.Now().Add(time.Hour)
			h.put(t, append(entries, later, block(t, "100"))...)

			// An hour on, the lines are due; 101 stands in Redis all the same.
			clock := h.open(t, store.Options{Now: func() time.Time { return time.Now().Add(30 * time.Minute) }})
			total := 0
			eventually(t, "sweep", func() bool {
				swept, err := clock.Sweep(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				total += swept
				return total == len(entries)
			})
			equal(t, "lines", h.lines(t), []string{"100", "101"})
			equal(t, "list", h.rules(t, store.Query{Sort: store.ByNumber}), []string{"100", "101"})
			equal(t, "count", h.redis.Get(t.Context(), h.key("index:count")).Val(), "2")
			for _, key := range []string{"prefixes", "allowed", "hits", "last-hit"} {
				equal(t, key, h.redis.Exists(t.Context(), h.key(key)).Val(), int64(0))
			}
		})
	}
}

// A process may die between any two steps. What it noted as pending is put in
// order by the next sweep, once it is old.
func TestSweepSettlesWhatTheDeadHaveLeft(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, start(t))
			h.put(t, block(t, "100"), block(t, "101"), block(t, "102"))
			// One died after it had written its entry and another had removed the
			// line, one after it had removed an entry, one is not yet dead.
			h.redis.HSet(t.Context(), h.key("entry:+4977"), "kind", "allow", "created", day.Unix())
			h.redis.Del(t.Context(), h.key("entry:101"))
			h.redis.Del(t.Context(), h.key("entry:102"))
			old := strconv.FormatInt(time.Now().Add(-time.Hour).Unix(), 10)
			h.redis.HSet(t.Context(), h.key("index:pending"), "a", old+" +4977 101", "b",
				strconv.FormatInt(time.Now().Unix(), 10)+" 102", "c", "nonsense")
			if _, err := h.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			equal(t, "lines", h.lines(t), []string{"+4977", "100", "102"})
			equal(t, "allowed", h.redis.ZRange(t.Context(), h.key("allowed"), 0, -1).Val(), []string{"+4977"})
			equal(t, "pending", h.redis.HKeys(t.Context(), h.key("index:pending")).Val(), []string{"b"})
		})
	}
}
