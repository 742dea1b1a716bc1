package store_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

func repeatRules(tb testing.TB, text string) repeat.Rules {
	tb.Helper()
	rules, err := repeat.ParseRules(text)
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

// counting is a call that is counted, at seconds after the day's moment.
func counting(tb testing.TB, id, caller string, second float64, rules string) screen.Count {
	tb.Helper()
	return screen.Count{
		Call: repeat.Call{
			ID: id, Caller: number(tb, caller), Dialled: number(tb, "100"),
			At: day.Add(time.Duration(second * float64(time.Second))),
		},
		Rules: repeatRules(tb, rules), List: true,
	}
}

// count counts a call under the policy as it is.
func (h fixture) count(tb testing.TB, count screen.Count) screen.Facts {
	tb.Helper()
	count.Version = h.redis.Get(tb.Context(), h.key("version")).Val()
	facts, err := h.Count(tb.Context(), count)
	if err != nil {
		tb.Fatal(err)
	}
	return facts
}

// ring counts calls one after the other, a second apart, and returns the
// entry that the last of them has made.
func (h fixture) ring(tb testing.TB, caller, rules string, calls int) *blacklist.Entry {
	tb.Helper()
	var listed *blacklist.Entry
	for i := range calls {
		listed = h.count(tb, counting(tb, fmt.Sprintf("%s-%d", caller, i), caller, float64(i), rules)).Listed
		if listed != nil && i < calls-1 {
			tb.Fatalf("call %d of %d has made %s", i+1, calls, listed)
		}
	}
	return listed
}

func TestCount_ListsByTheLastCall(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			listed := h.ring(t, "+4930666200", "5 in 5m", 5)
			want := &blacklist.Entry{
				Rule: rule(t, "+4930666200"), Kind: blacklist.Block, Reason: "5 calls in 5m outside working time",
				Source: "repeat", Created: day.Add(4 * time.Second),
			}
			equal(t, "listed", listed, want)
			equal(t, "facts", h.facts(t, "+4930666200", "100"), []blacklist.Entry{*want})

			// The next call finds the entry and is not counted.
			facts := h.count(t, counting(t, "next", "+4930666200", 10, "5 in 5m"))
			if facts.Listed != nil || facts.Counts != nil || len(facts.Entries) != 1 {
				t.Errorf("the next call's facts: %+v", facts)
			}
			// So is one of a caller whom a user allows, for this number alone.
			h.put(t, allow(t, "+4930555100:to:100"))
			if got := h.ring(t, "+4930555100", "2 in 5m always", 9); got != nil {
				t.Errorf("an allowed caller was listed: %s", got)
			}
			// What was counted does not outlive the removal.
			h.remove(t, "+4930666200")
			if got := h.ring(t, "+4930666200", "5 in 5m", 4); got != nil {
				t.Errorf("listed again after the removal by call 4: %s", got)
			}
		})
	}
}

// What is listed for one dialled number does not touch the others.
func TestCount_PerDialled(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			listed := h.ring(t, "+4930666200", "3 in 5m always per dialled", 3)
			if listed == nil || listed.Rule.String() != "+4930666200:to:100" {
				t.Fatalf("listed = %v", listed)
			}
			if got := h.facts(t, "+4930666200", "200"); len(got) > 0 {
				t.Errorf("facts of another dialled number: %v", got)
			}
		})
	}
}

// A rule that lists for a time does so for longer each time, and the third time
// permanently. A caller who is taken off the list by hand begins anew.
func TestCount_Strikes(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			now := time.Now().Truncate(time.Second)
			ring := func(round int) *blacklist.Entry {
				for i := range 2 {
					count := counting(t, fmt.Sprintf("%d-%d", round, i), "+4930666200", 0, "2 in 1m always for 1h")
					count.At = now
					if facts := h.count(t, count); facts.Listed != nil {
						return facts.Listed
					}
				}
				t.Fatal("not listed")
				return nil
			}
			for round, life := range []time.Duration{time.Hour, 7 * time.Hour, 0, 0} {
				entry := ring(round)
				if life == 0 != entry.Expires.IsZero() || life > 0 && entry.Expires.Sub(now.Add(life)).Abs() > time.Minute {
					t.Errorf("listing %d until %s, want %s", round+1, entry.Expires, life)
				}
				// The time is over.
				h.end(t, "+4930666200")
			}
			ring(5)
			h.remove(t, "+4930666200")
			if entry := ring(6); entry.Expires.IsZero() {
				t.Error("listed permanently after the removal by hand")
			}
		})
	}
}

// While no caller is to be listed, the count continues and the list stays as it is.
func TestCount_WithoutListing(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for i := range 7 {
				count := counting(t, strconv.Itoa(i), "+4930666200", float64(i), "5 in 5m")
				count.List = false
				facts := h.count(t, count)
				if facts.Listed != nil || facts.Counts[count.Rules[0]] != min(5, i+1) {
					t.Errorf("call %d: %+v", i+1, facts)
				}
				again, err := h.Counted(t.Context(), count)
				if err != nil || again[count.Rules[0]] != min(5, i+2) {
					t.Errorf("a call after that would be number %v, %v; want %d", again, err, min(5, i+2))
				}
			}
			equal(t, "list", h.rules(t, blacklist.Query{}), []string{})
		})
	}
}

// What a listing changes, it changes in one step: the list, the audit log and the
// outbox.
func TestCount_RecordsTheListing(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.ring(t, "+4930666200", "3 in 5m always", 3)
			events, err := h.Audit(t.Context(), audit.Filter{}, 0)
			if err != nil || len(events) != 1 {
				t.Fatalf("audit log = %v, %v", events, err)
			}
			equal(t, "by", events[0].By, audit.By{Name: "repeat", Via: audit.Rule})
			listed := h.lookup(t, "+4930666200")
			equal(t, "edits", events[0].Edits, []blacklist.Edit{{Rule: listed.Rule, After: listed}})
			messages, err := h.redis.XRange(t.Context(), h.key("events"), "-", "+").Result()
			if err != nil || len(messages) != 1 {
				t.Fatalf("events = %v, %v", messages, err)
			}
			equal(t, "event", messages[0].Values, map[string]any{
				"kind": "listed",
				"time": strconv.FormatInt(day.Unix()+2, 10), "caller": "+4930666200", "dialled": "100",
				"reason": "3 calls in 5m", "strike": "1", "call": "+4930666200-2",
			})
			equal(t, "list", h.rules(t, blacklist.Query{Source: "repeat"}), []string{"+4930666200"})
			h.sound(t)
		})
	}
}

// A call is not counted under another policy than it was planned for, and its
// facts say which that is.
func TestCount_ByAnotherPolicy(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.put(t, block(t, "+4420*"))
			for range 3 {
				facts, err := h.Count(t.Context(), counting(t, "1", "+4930666200", 0, "2 in 5m always"))
				if err != nil || facts.Counts != nil || counter(t, facts.PolicyVersion) != 1 {
					t.Errorf("facts %+v, %v", facts, err)
				}
			}
			equal(t, "windows", h.keys(t, "rate:*"), []string(nil))
		})
	}
}

// However many instances and calls race, one call makes the listing, and no
// call above the number continues.
func TestCount_Races(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			instances := []*store.Store{h.Store, h.open(t, store.Options{}), h.open(t, store.Options{})}
			var mu sync.Mutex
			passed, listed, refused := 0, 0, 0
			var calling sync.WaitGroup
			for i := range 60 {
				calling.Go(func() {
					count := counting(t, strconv.Itoa(i), "+4930666200", float64(i%7)/7, "5 in 5m always")
					facts, err := instances[i%3].Count(t.Context(), count)
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err != nil:
						t.Error(err)
					case facts.Listed != nil:
						listed++
					case len(facts.Entries) > 0:
						refused++
					default:
						passed++
					}
				})
			}
			calling.Wait()
			if passed != 4 || listed != 1 || refused != 55 {
				t.Errorf("%d passed, %d listed, %d refused; want 4, 1, 55", passed, listed, refused)
			}
		})
	}
}

// The window in Redis is the plain model's, for any history, rules, scopes and
// clocks of instances that differ.
func TestCount_IsThePlainCounter(t *testing.T) {
	ruleSets := []string{
		"3 in 10s always", "4 in 20s", "3 in 10s always; 5 in 1m", "3 in 15s always per dialled; 6 in 30s always",
		"2 in 5s; 3 in 30s; 4 in 1m always per dialled",
	}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			check(t, name, func(rt *rapid.T) {
				h.clear(t)
				var model repeat.Counter
				rules := repeatRules(t, rapid.SampledFrom(ruleSets).Draw(rt, "rules"))
				skews := rapid.SliceOfN(rapid.IntRange(-20_000, 20_000), 3, 3).Draw(rt, "skews")
				if rapid.IntRange(0, 9).Draw(rt, "wrong") == 0 {
					skews[2] += 3_600_000 // the clock of one instance is an hour ahead
				}
				at := day
				for i := range rapid.IntRange(1, 25).Draw(rt, "calls") {
					at = at.Add(time.Duration(rapid.IntRange(0, 8000).Draw(rt, "pause")) * time.Millisecond)
					instance := rapid.IntRange(0, 2).Draw(rt, "instance")
					count := screen.Count{
						Call: repeat.Call{
							ID:      strconv.Itoa(rapid.IntRange(max(0, i-1), i).Draw(rt, "call")),
							Caller:  number(t, rapid.SampledFrom([]string{"+4930666200", "+4930555100"}).Draw(rt, "caller")),
							Dialled: number(t, rapid.SampledFrom([]string{"100", "200"}).Draw(rt, "dialled")),
							At:      at.Add(time.Duration(skews[instance]) * time.Millisecond),
						},
						Rules: rules.Active(rapid.Bool().Draw(rt, "closed")),
					}
					if len(count.Rules) == 0 {
						continue
					}
					want, tripped := model.Count(count.Call, count.Rules)
					count.List = rapid.Bool().Draw(rt, "list")
					facts := h.count(t, count)
					for k, rule := range count.Rules {
						if facts.Counts[rule] != min(rule.Calls, want[k]) {
							rt.Fatalf("call %d at %s: %s counted %d, the model %d", i, count.At, rule, facts.Counts[rule], want[k])
						}
					}
					if (facts.Listed != nil) != (tripped != nil && count.List) {
						rt.Fatalf("call %d: listed %v, the model's rule %v", i, facts.Listed, tripped)
					}
					if facts.Listed != nil {
						// The windows of these rules begin anew, others go on; the
						// listing must not last.
						model.Restart(count.Call, count.Rules, *tripped)
						h.end(t, facts.Listed.Rule.String())
					}
				}
			})
		})
	}
}

// What was counted ends by itself.
func TestCount_LeavesNothingBehind(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.ring(t, "+4930666200", "5 in 5m", 2)
			for _, key := range h.keys(t, "*+4930666200*") {
				left, err := h.redis.PTTL(t.Context(), key).Result()
				if err != nil || left <= 5*time.Minute || left > 6*time.Minute {
					t.Errorf("%s lives for %s, %v", key, left, err)
				}
			}
			window := h.redis.ZRangeWithScores(t.Context(), h.key("rate:+4930666200:off-hours"), 0, -1).Val()
			equal(t, "window", window, []redis.Z{
				{Member: "+4930666200-0", Score: float64(day.UnixMilli())}, {Member: "+4930666200-1", Score: float64(day.UnixMilli() + 1000)},
			})
		})
	}
}

// Two calls that are exactly the span apart are within it.
func TestCount_BoundsAreWithin(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for caller, pause := range map[string]float64{"+4930666200": 60, "+4930666201": 60.001} {
				h.count(t, counting(t, "first", caller, 0, "2 in 1m always"))
				facts := h.count(t, counting(t, "second", caller, pause, "2 in 1m always"))
				if within := facts.Listed != nil; within != (pause == 60) {
					t.Errorf("a call after %v s: listed = %v", pause, within)
				}
			}
		})
	}
}

// A rule for one dialled number does not disturb one for all.
func TestCount_BySeveralRules(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for caller, calls := range map[string][]string{
				"+4930666200": {"100", "100", "101", "101", "100"},
				"+4930666201": {"100", "100", "100", "101", "102"},
			} {
				var listed *blacklist.Entry
				for i, to := range calls {
					count := counting(t, strconv.Itoa(i), caller, float64(i), "3 in 5m always per dialled; 5 in 5m always")
					count.Dialled = number(t, to)
					if facts := h.count(t, count); facts.Listed != nil {
						listed = facts.Listed
					}
				}
				if listed == nil || listed.Rule.Scoped() {
					t.Errorf("five calls of %s have made %v, want an entry for all numbers", caller, listed)
				}
			}
		})
	}
}

// A caller who is taken off the list by hand begins anew, for every rule and number.
func TestRemove_ForgetsWhatWasCounted(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			ring := func(id, to string) *blacklist.Entry {
				count := counting(t, id, "+4930666200", 0, "3 in 5m always; 3 in 5m always per dialled")
				count.Dialled = number(t, to)
				return h.count(t, count).Listed
			}
			ring("1", "101")
			ring("2", "102")
			h.put(t, block(t, "+4930666200"))
			h.remove(t, "+4930666200")
			equal(t, "keys", h.keys(t, "*+4930666200*"), []string(nil))
			for _, id := range []string{"3", "4"} {
				if listed := ring(id, "101"); listed != nil {
					t.Errorf("call %s after the removal is listed", id)
				}
			}
		})
	}
}

// A caller who dials many numbers has a bounded number of windows, which are those
// of the plain model.
func TestCount_BoundsTheWindowsOfACaller(t *testing.T) {
	ruleSets := []string{"2 in 5m always per dialled", "3 in 5m always per dialled; 2 in 1m per dialled; 9 in 10s always"}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			caller := number(t, "+4930666200")
			check(t, name, func(rt *rapid.T) {
				h.clear(t)
				var model repeat.Counter
				rules := repeatRules(t, rapid.SampledFrom(ruleSets).Draw(rt, "rules"))
				at, dialled := day, 0
				for i := range repeat.MaxDialled + rapid.IntRange(10, 60).Draw(rt, "calls") {
					at = at.Add(time.Duration(rapid.IntRange(0, 1500).Draw(rt, "pause")) * time.Millisecond)
					// New numbers, and then again some of before.
					to := dialled + 1
					if i > repeat.MaxDialled {
						to -= rapid.SampledFrom([]int{0, 0, 0, 1, 2, 40, 98, 99, 100, 101, 102, 120}).Draw(rt, "back")
					}
					dialled = max(dialled, to)
					count := screen.Count{
						Call: repeat.Call{
							ID: strconv.Itoa(i), Caller: caller, Dialled: number(t, strconv.Itoa(1000+max(0, to))),
							At: at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, -20, 20}).Draw(rt, "skew")) * time.Second),
						},
						Rules: rules.Active(rapid.Bool().Draw(rt, "closed")),
					}
					want, tripped := model.Count(count.Call, count.Rules)
					count.List = rapid.Bool().Draw(rt, "list")
					facts := h.count(t, count)
					for k, rule := range count.Rules {
						if facts.Counts[rule] != min(rule.Calls, want[k]) {
							rt.Fatalf("call %d to %s: %s counted %d, the model %d", i, count.Dialled, rule, facts.Counts[rule], want[k])
						}
					}
					if facts.Listed != nil {
						model.Restart(count.Call, count.Rules, *tripped)
						h.end(t, facts.Listed.Rule.String())
					}
				}
				if windows := len(h.keys(t, "rate:*:to:*")); windows > repeat.MaxDialled {
					rt.Fatalf("%d windows", windows)
				}
				h.remove(t, caller.String())
				equal(rt, "keys after the removal", h.keys(t, "rate:*"), []string(nil))
			})
		})
	}
}

// Ensure a rule for a range decides like one for the dialled number: the facts have it,
// with a count and without, and the call is not counted.
func TestCount_RangesOfDialledNumbers(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.put(t, block(t, "+4930555:to:10*"), allow(t, "+4930666:to:1*"), block(t, "+4930777:to:2*"), block(t, "+4930777:to:1000*"),
				block(t, "+4930888:to:1*"), allow(t, "+4930888:to:100*"), block(t, "+49305551:to:1*"))
			for caller, want := range map[string][]string{
				"+4930555": {"block +4930555 for calls to 10*"},
				"+4930666": {"allow +4930666 for calls to 1*"},
				"+4930777": nil,
				"+4930888": {"block +4930888 for calls to 1*", "allow +4930888 for calls to 100*"},
			} {
				facts := h.count(t, counting(t, "1", caller, 0, "2 in 1m always; 2 in 1m always per dialled"))
				for _, entries := range [][]blacklist.Entry{facts.Entries, h.facts(t, caller, "100")} {
					var got []string
					for _, entry := range entries {
						got = append(got, entry.String())
					}
					slices.Sort(got)
					slices.Sort(want)
					equal(t, caller, got, want)
				}
				equal(t, caller+" is counted", facts.Counts != nil, want == nil)
				counts, err := h.Counted(t.Context(), counting(t, "2", caller, 1, "2 in 1m always"))
				if err != nil || len(counts) != 0 {
					t.Errorf("%s under another version: %v, %v", caller, counts, err)
				}
			}
			equal(t, "without a dialled number", len(h.facts(t, "+4930555", "")), 0)
			if listed := h.ring(t, "+4930777", "3 in 5m always per dialled", 2); listed == nil || listed.Rule.String() != "+4930777:to:100" {
				t.Errorf("listed: %v", listed)
			}
			h.end(t, "+4930555:to:10*")
			equal(t, "ended", len(h.facts(t, "+4930555", "100")), 0)
			h.sweep(t)
			h.remove(t, "+4930666:to:1*", "+4930777:to:2*", "+4930777:to:1000*", "+4930888:to:1*", "+4930888:to:100*", "+49305551:to:1*")
			equal(t, "ranged", h.redis.Exists(t.Context(), h.key("ranged")).Val(), int64(0))
		})
	}
}
