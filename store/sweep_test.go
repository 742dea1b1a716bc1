package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

func TestSweepClearsWhatHasExpired(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var entries []blacklist.Entry
			for i := range 700 {
				entries = append(entries, block(t, "+49301"+strconv.Itoa(10000+i)))
			}
			entries = append(entries, block(t, "+4420*"), allow(t, "+44201234567"))
			for i := range entries {
				entries[i].Expires = time.Now().Add(3 * time.Second)
				entries[i].Hits, entries[i].LastHit = 1, day
			}
			later := block(t, "101")
			later.Expires = time.Now().Add(time.Hour)
			h.put(t, append(entries, later, block(t, "100"))...)

			total := 0
			eventually(t, "sweep", func() bool {
				swept, err := h.Sweep(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				total += swept
				return total == len(entries)
			})
			equal(t, "lines", h.lines(t), []string{"100", "101"})
			equal(t, "list", h.rules(t, blacklist.Query{Sort: blacklist.ByNumber}), []string{"100", "101"})
			equal(t, "count", h.redis.ZCard(t.Context(), h.key("list")).Val(), int64(2))
			for _, key := range []string{"prefixes", "allowed", "hits", "last-hit"} {
				equal(t, key, h.redis.Exists(t.Context(), h.key(key)).Val(), int64(0))
			}
		})
	}
}
