package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/store"
)

// version1 writes a list as version 1 kept it: n numbers, and one of each kind
// beside them.
func version1(tb testing.TB, h house, n int) {
	tb.Helper()
	pipe := h.redis.Pipeline()
	write := func(rule, key string, created int64, fields ...any) {
		pipe.HSet(tb.Context(), h.key(key), append([]any{"created", created}, fields...)...)
		pipe.ZAdd(tb.Context(), h.key("{index}:created"), redis.Z{Score: float64(created), Member: rule})
	}
	at := day.Unix()
	for i := range n {
		rule := "+4930" + strconv.Itoa(1_000_000+i)
		write(rule, "{"+rule+"}", at+int64(i%7), "kind", "block", "reason", "silent calls", "source", "old")
	}
	write("+4420*", "{policy}:+4420*", at+100, "kind", "block", "hits", 7, "last_hit", at+500)
	write("+4420*:to:100", "{policy}:+4420*:to:100", at+101, "kind", "allow")
	write("+4940:to:100", "{+4940}:to:100", at+102, "kind", "block", "action", "busy", "hits", 9, "last_hit", at+400)
	write("100", "{100}", at+103, "kind", "allow", "author", "anna")
	pipe.PExpireAt(tb.Context(), h.key("{100}"), time.Now().Add(time.Hour).Truncate(time.Second))
	pipe.SAdd(tb.Context(), h.key("{policy}:prefixes"), "+4420*", "+4420*:to:100")
	pipe.ZAdd(tb.Context(), h.key("{policy}:allowed"), redis.Z{Member: "100"})
	pipe.Set(tb.Context(), h.key("{policy}:version"), 3, 0)
	pipe.Set(tb.Context(), h.key("{index}:removals"), 2, 0)
	// What has expired, and what somebody has written who is no Ringfence.
	pipe.ZAdd(tb.Context(), h.key("{index}:created"), redis.Z{Score: float64(at), Member: "+4999"}, redis.Z{Member: "nonsense"})
	pipe.Set(tb.Context(), h.key("schema"), 1, 0)
	if _, err := pipe.Exec(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func checkMigrated(t *testing.T, h house, n int) {
	t.Helper()
	equal(t, "the newest", h.rules(t, store.Query{Limit: 5}), []string{"100", "+4940:to:100", "+4420*:to:100", "+4420*", "+4930" + strconv.Itoa(1_000_000+n-1-(n-7)%7)})
	equal(t, "by hits", h.rules(t, store.Query{Sort: store.ByHits, Limit: 2}), []string{"+4940:to:100", "+4420*"})
	equal(t, "by last hit", h.rules(t, store.Query{Sort: store.ByLastHit, Limit: 2}), []string{"+4420*", "+4940:to:100"})
	equal(t, "by expiry", h.rules(t, store.Query{Sort: store.ByExpiry, Limit: 1}), []string{"100"})
	equal(t, "found", h.rules(t, store.Query{Search: "1000003"}), []string{"+49301000003"})
	equal(t, "all", len(h.lines(t)), n+4)
	equal(t, "count", h.redis.Get(t.Context(), h.key("{index}:count")).Val(), strconv.Itoa(n+4))
	equal(t, "version", h.redis.Get(t.Context(), h.key("schema")).Val(), "3")
	equal(t, "old index", h.redis.Exists(t.Context(), h.key("{index}:created")).Val(), int64(0))
	entry := h.lookup(t, "+4940:to:100")
	if entry == nil || entry.Hits != 9 || entry.Action != blacklist.Busy {
		t.Error("an entry has changed:", entry)
	}
}

func TestDataOfVersion1AreBroughtUpToDate(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			url := start(t)
			for what, first := range map[string]func(house) error{
				"list":  func(h house) error { _, err := h.Entries(t.Context(), store.Query{}); return err },
				"sweep": func(h house) error { _, err := h.Sweep(t.Context()); return err },
				"put": func(h house) error {
					_, err := h.Put(t.Context(), []blacklist.Entry{{Rule: rule(t, "+49301000003"), Kind: blacklist.Block, Reason: "silent calls", Source: "old"}})
					return err
				},
			} {
				h := newHouse(t, url)
				version1(t, h, 1234)
				if err := first(h); err != nil {
					t.Fatal(what, err)
				}
				if _, err := h.Put(t.Context(), []blacklist.Entry{block(t, "110")}); err != nil {
					t.Fatal(what, err)
				}
				h.remove(t, "110")
				checkMigrated(t, h, 1234)
			}
		})
	}
}

// Many begin at once, some are cut off: in the end the index is whole.
func TestAMigrationIsTakenUpAgain(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, start(t))
			const n = 4000
			version1(t, h, n)
			var group sync.WaitGroup
			for i := range 3 {
				other := h.open(t, store.Options{})
				group.Go(func() {
					ctx := t.Context()
					if i > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, time.Duration(i)*40*time.Millisecond)
						defer cancel()
					}
					_, err := other.Entries(ctx, store.Query{Limit: 1})
					if err != nil && (i == 0 || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, lease.ErrHeld)) {
						t.Error(fmt.Errorf("store %d: %w", i, err))
					}
				})
			}
			group.Wait()
			checkMigrated(t, h, n)
		})
	}
}

// A program of version 1 that still writes lists its entries where it knows
// to; the next sweep finds them.
func TestWhatVersion1WritesLateIsFound(t *testing.T) {
	h := newHouse(t, servers["redis"](t))
	version1(t, h, 3)
	checkEmptyAfter := func() {
		t.Helper()
		if _, err := h.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, "old index", h.redis.Exists(t.Context(), h.key("{index}:created")).Val(), int64(0))
	}
	checkEmptyAfter()
	h.redis.HSet(t.Context(), h.key("{+4977}"), "kind", "block", "created", day.Unix())
	h.redis.ZAdd(t.Context(), h.key("{index}:created"), redis.Z{Score: float64(day.Unix()), Member: "+4977"})
	checkEmptyAfter()
	equal(t, "found", h.rules(t, store.Query{Search: "4977"}), []string{"+4977"})
}
