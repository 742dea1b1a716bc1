package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

// The callers of a list of which one key is damaged.
const (
	listedCaller  = "+4930666200"
	prefixCaller  = "+442079460000"
	allowedCaller = "+442071838750"
	rangedCaller  = "+4930666300"
	freshCaller   = "+4930123456"
)

// theCallers are all of them.
var theCallers = []string{freshCaller, listedCaller, prefixCaller, allowedCaller, rangedCaller}

// exits notes where calls continue.
type exits struct{ last string }

func (e *exits) Continue(_ context.Context, _, extension string) error {
	e.last = extension
	return nil
}

func (*exits) CarriedOut(context.Context, string, time.Duration, bool) error { return nil }

func (*exits) Play(context.Context, string, policy.Message) error { return nil }

func (*exits) Add(calllog.Record) {}

// decides returns where the calls of each caller continue. Each calls twice: a
// failure of the first must not be that of the second.
func decides(tb testing.TB, s *store.Store, policies *policy.Cache, now func() time.Time) map[string]string {
	tb.Helper()
	var control exits
	screener := screen.NewScreener(screen.Config{
		Facts: s, Policies: policies, Control: &control, Records: &control, OnListed: func() {},
		Metrics: screen.NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler), Now: now,
		Deadline: 10 * time.Second, Instance: "here",
	})
	decided := map[string]string{}
	for i, caller := range slices.Repeat(theCallers, 2) {
		call := screen.ReadCall([]string{"100", caller, "", "", "linked"}, "", "")
		call.ID, call.At = fmt.Sprint(i, time.Now().UnixNano()), now()
		if err := screener.Screen(tb.Context(), call); err != nil {
			tb.Fatal(err)
		}
		if before, twice := decided[caller]; twice && before != control.last {
			tb.Errorf("%s continues at %s, then at %s", caller, before, control.last)
		}
		decided[caller] = control.last
	}
	return decided
}

// filled returns an installation in which all keys are used.
func filled(tb testing.TB, url string) fixture {
	tb.Helper()
	h := newFixture(tb, url)
	h.put(tb, block(tb, listedCaller), block(tb, "+4420*"), allow(tb, allowedCaller), block(tb, rangedCaller+":to:1*"))
	err := errors.Join(
		h.SetSettings(tb.Context(), func(s *policy.Settings) error {
			return s.Set("repeat", "900 in 1h always; 900 in 1h always per dialled", "")
		}),
		h.SetHours(tb.Context(), func(hours map[string]schedule.Hours) (err error) {
			hours["100"], err = schedule.Parse("24/7; zone UTC", nil)
			return err
		}),
		h.AppendCalls(tb.Context(), calllog.Batch{Records: calls(0, 1)}),
	)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// Ensure one damaged key costs what it holds, and nothing else, for an instance that
// starts afterwards: each key with something of another type, and with garbage of
// its own.
func TestOneDamagedKeyCostsItselfOnly(t *testing.T) {
	all := map[string]string{listedCaller: "decline", prefixCaller: "decline", allowedCaller: "allow", rangedCaller: "decline", freshCaller: "allow"}
	with := func(caller, extension string) map[string]string {
		changed := maps.Clone(all)
		changed[caller] = extension
		return changed
	}
	// What else is decided.
	costs := map[string]map[string]string{
		"list of another type":     {listedCaller: "allow", prefixCaller: "decline", allowedCaller: "allow", rangedCaller: "allow", freshCaller: "allow"},
		"prefixes of another type": with(prefixCaller, "allow"),
		"ranged of another type":   with(rangedCaller, "allow"),
		// Data of an unknown version are not read at all.
		"schema with garbage": {listedCaller: "allow", prefixCaller: "allow", allowedCaller: "allow", rangedCaller: "allow", freshCaller: "allow"},
	}
	kinds := store.KeyTypes()
	for _, caller := range slices.Collect(maps.Keys(all)) {
		kinds["rate:"+caller] = "zset"
		kinds["rate:"+caller+":always"] = "zset"
		kinds["rate:"+caller+":always:to:100"] = "zset"
		kinds["strikes:"+caller] = "string"
	}
	for name, start := range lone {
		t.Run(name, func(t *testing.T) {
			url := start(t)
			for _, key := range slices.Sorted(maps.Keys(kinds)) {
				for _, damage := range []string{"of another type", "with garbage"} {
					h := filled(t, url)
					damageKey(t, h, key, kinds[key], damage)
					fresh := h.open(t, store.Options{Log: slog.New(slog.DiscardHandler)})
					want := costs[key+" "+damage]
					if want == nil {
						want = all
					}
					policies := policy.NewCache(fresh, "", slog.New(slog.DiscardHandler))
					equal(t, key+" "+damage, decides(t, fresh, policies, time.Now), want)
					h.clear(t)
				}
			}
		})
	}
}

// Ensure the log is bounded where the settings are damaged: by their defaults.
func TestALogWithoutSettingsIsBounded(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := filled(t, start(t))
			h.append(t, calls(0, 50)...)
			h.age(t, 366*24*time.Hour)
			h.append(t, calls(50, 60)...)
			damageKey(t, h, "settings", "hash", "of another type")
			h.sweep(t)
			equal(t, "records", h.redis.XLen(t.Context(), h.key("calls")).Val(), int64(10))
		})
	}
}

// damageKey puts something else into a key, or garbage among what it holds.
func damageKey(t *testing.T, h fixture, key, kind, damage string) {
	t.Helper()
	ctx, name := t.Context(), h.key(key)
	var err error
	switch {
	case damage == "of another type" && kind == "hash":
		err = errors.Join(h.redis.Del(ctx, name).Err(), h.redis.RPush(ctx, name, "x").Err())
	case damage == "of another type":
		err = errors.Join(h.redis.Del(ctx, name).Err(), h.redis.HSet(ctx, name, "x", "y").Err())
	case kind == "string":
		err = h.redis.Set(ctx, name, "\x00garbage\t", 0).Err()
	case kind == "hash":
		err = h.redis.HSet(ctx, name, "\x00garbage\t", "\xff", "mode", "\xff", "100", "\xff", "default", "\xff", freshCaller+":to:1*", "\xff").Err()
	case kind == "set":
		err = h.redis.SAdd(ctx, name, "\x00garbage\t").Err()
	case kind == "zset":
		var members []redis.Z
		for i, caller := range []string{"", listedCaller, "+4420*", allowedCaller, freshCaller} {
			some := []redis.Z{
				{Member: caller, Score: -1e300},
				{Member: caller + "\tgarbage", Score: float64(i)},
				{Member: caller + "\t\xff\t\t\t", Score: 1e300},
				{Member: caller + "\tblock\t99999999999999999999\tx\t\t\t\t"},
			}
			for k := range some {
				// Lines are found by their texts as long as all have the same score.
				if slices.Contains([]string{"list", "prefixes", "allowed"}, key) {
					some[k].Score = 0
				}
			}
			members = append(members, some...)
		}
		err = h.redis.ZAdd(ctx, name, members...).Err()
	case kind == "stream":
		err = h.redis.XAdd(ctx, &redis.XAddArgs{Stream: name, ID: "18446744073709551615-18446744073709551615", Values: []string{"\x00", "\xff"}}).Err()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Ensure health and doctor can name each damaged key.
func TestDamageNamesTheKey(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := filled(t, start(t))
			if err := h.Damage(t.Context()); err != nil {
				t.Errorf("nothing is damaged, but: %v", err)
			}
			kinds := store.KeyTypes()
			for key, kind := range kinds {
				damageKey(t, h, key, kind, "of another type")
				err := h.Damage(t.Context())
				if damaged, ok := errors.AsType[*store.DamagedError](err); !ok || len(damaged.Keys) != 1 || damaged.Keys[0].Key != h.key(key) ||
					store.ReasonOf(err) != store.Damaged || !strings.Contains(err.Error(), "redis-cli RENAMENX '"+h.key(key)+"' '"+h.key(key)+".damaged'") {
					t.Errorf("%s: %v", key, err)
				}
				h.redis.Del(t.Context(), h.key(key))
			}
			for _, key := range []string{"list", "prefixes", "allowed"} {
				h.redis.ZAdd(t.Context(), h.key(key), redis.Z{Member: "x", Score: -1})
				if err := h.Damage(t.Context()); store.ReasonOf(err) != store.Damaged || !strings.Contains(err.Error(), h.key(key)+" has members with scores") {
					t.Errorf("%s with a score: %v", key, err)
				}
				h.redis.Del(t.Context(), h.key(key))
			}
			damageKey(t, h, "version", "string", "with garbage")
			if err := h.Damage(t.Context()); store.ReasonOf(err) != store.Damaged || !strings.Contains(err.Error(), h.key("version")) {
				t.Errorf("a version with garbage: %v", err)
			}
		})
	}
}

// Ensure a log that takes no more records is found.
func TestDamageFindsAStreamAtItsEnd(t *testing.T) {
	h := filled(t, servers["redis"](t))
	damageKey(t, h, "calls", "stream", "with garbage")
	if err := h.AppendCalls(t.Context(), calllog.Batch{Records: calls(0, 1)}); err == nil {
		t.Error("a record was written")
	}
	if err := h.Damage(t.Context()); err == nil || !strings.Contains(err.Error(), h.key("calls")+" has the highest ID") {
		t.Errorf("damage: %v", err)
	}
}

// Ensure a damaged page of the log stops no record.
func TestADamagedPageGrowsNoMore(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := filled(t, start(t))
			damageKey(t, h, "calls:page:"+h.redis.Get(t.Context(), h.key("calls:page")).Val(), "string", "of another type")
			h.append(t, calls(1, 3)...)
			equal(t, "records", len(h.channels(t, calllog.Filter{Check: "default"}, 0)), 2)
		})
	}
}

// Ensure a sweep goes on with the log where the list is damaged, and says both.
func TestASweepGoesOn(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := filled(t, start(t))
			h.append(t, calls(0, 50)...)
			h.retain(t, "1000", "1d")
			h.age(t, 48*time.Hour)
			damageKey(t, h, "expires", "zset", "of another type")
			if _, err := h.Sweep(t.Context()); err == nil || store.ReasonOf(err) != store.Damaged {
				t.Errorf("sweep: %v", err)
			}
			equal(t, "records", h.redis.XLen(t.Context(), h.key("calls")).Val(), int64(0))
			h.redis.Del(t.Context(), h.key("expires"))
			entry := block(t, "+4930777300")
			entry.Expires = time.Now().Add(time.Hour)
			h.put(t, entry)
			h.end(t, "+4930777300")
			h.append(t, calls(50, 100)...)
			damageKey(t, h, "calls:pages", "zset", "of another type")
			if expired, err := h.Sweep(t.Context()); expired != 1 || store.ReasonOf(err) != store.Damaged {
				t.Errorf("sweep: %d, %v", expired, err)
			}
		})
	}
}
