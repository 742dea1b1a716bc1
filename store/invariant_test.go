package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

// sound checks that all that Redis has of the list agrees, and returns what the
// policy takes of it, and its version.
func (h fixture) sound(tb fataler) (policy, version string) {
	tb.Helper()
	names := []string{"list", "created", "expires", "hits", "last-hit", "prefixes", "allowed"}
	read := make([]*redis.ZSliceCmd, len(names))
	var ranged *redis.MapStringStringCmd
	var at *redis.StringCmd
	// What was broken off may be carried out late.
	if _, err := h.redis.TxPipelined(tb.Context(), func(pipe redis.Pipeliner) error {
		for i, name := range names {
			read[i] = pipe.ZRangeWithScores(tb.Context(), h.key(name), 0, -1)
		}
		ranged = pipe.HGetAll(tb.Context(), h.key("ranged"))
		at = pipe.Get(tb.Context(), h.key("version"))
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		tb.Fatalf("%v", err)
	}
	sets := map[string]map[string]float64{}
	for i, name := range names {
		sets[name] = map[string]float64{}
		for _, member := range read[i].Val() {
			sets[name][fmt.Sprint(member.Member)] = member.Score
		}
	}
	want := map[string]map[string]float64{"created": {}, "expires": {}, "prefixes": {}, "allowed": {}}
	wantRanged := map[string]string{}
	for line := range sets["list"] {
		parts := strings.Split(line, "\t")
		if len(parts) != 8 {
			tb.Fatalf("line %q", line)
		}
		rule := parts[0]
		if _, twice := want["created"][rule]; twice {
			tb.Errorf("%s is there twice", rule)
		}
		want["created"][rule], _ = strconv.ParseFloat(parts[2], 64)
		if parts[3] != "" {
			want["expires"][rule], _ = strconv.ParseFloat(parts[3], 64)
		}
		pattern, to, _ := strings.Cut(rule, ":to:")
		if strings.HasSuffix(to, "*") && !strings.HasSuffix(pattern, "*") {
			wantRanged[rule] = line
		}
		switch {
		case strings.HasSuffix(pattern, "*"):
			want["prefixes"][line] = 0
		case parts[1] == "allow":
			want["allowed"][line] = 0
		}
	}
	for name, members := range want {
		equal(tb, name, sets[name], members)
	}
	equal(tb, "ranged", ranged.Val(), wantRanged)
	for rule := range sets["hits"] {
		_, listed := want["created"][rule]
		_, dated := sets["last-hit"][rule]
		if !listed || !dated {
			tb.Errorf("%s has hits: listed %v, last hit %v", rule, listed, dated)
		}
	}
	equal(tb, "as many last hits as hits", len(sets["last-hit"]), len(sets["hits"]))
	return fmt.Sprint(sets["prefixes"], sets["allowed"]), at.Val()
}

// Whatever several writers do at the same time, and however many of them are
// broken off, all that Redis has of the list agrees.
func TestTheListAlwaysAgrees(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var rules []blacklist.Rule
			for i := range 50 {
				text := fmt.Sprintf("+49301%04d", i)
				switch i % 5 {
				case 1:
					text += ":to:100"
				case 3:
					text += ":to:1*"
				case 2:
					text = fmt.Sprintf("+4420%d*", i)
				}
				rules = append(rules, rule(t, text))
			}
			began := time.Now()
			h.put(t, blacklist.Entry{Rule: rules[0], Kind: blacklist.Block})
			most := 3 * max(time.Since(began), time.Millisecond)
			policies := map[string]string{}
			for round := range 10 {
				var group sync.WaitGroup
				for racer := range 3 {
					writer := h.open(t, store.Options{})
					if err := writer.Check(t.Context()); err != nil { // It is connected now.
						t.Fatal(err)
					}
					random := rand.New(rand.NewPCG(uint64(round), uint64(racer)))
					group.Go(func() {
						for range 10 {
							// Some are broken off before Redis has answered, or asked.
							ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+random.Int64N(int64(most))))
							h.changeSome(ctx, writer, random, rules)
							cancel()
						}
					})
				}
				group.Wait()
				policy, version := h.sound(t)
				if before, seen := policies[version]; seen && before != policy {
					t.Errorf("version %s is that of two policies", version)
				}
				policies[version] = policy
			}
			if len(h.redis.ZRange(t.Context(), h.key("list"), 0, -1).Val()) == 0 && len(policies) < 3 {
				t.Error("nothing was changed")
			}
		})
	}
}

// changeSome makes a random change, which may fail.
func (h fixture) changeSome(ctx context.Context, writer *store.Store, random *rand.Rand, rules []blacklist.Rule) {
	some := make([]blacklist.Rule, 0, len(rules))
	for _, rule := range rules {
		if random.IntN(3) == 0 {
			some = append(some, rule)
		}
	}
	random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	entry := func(rule blacklist.Rule) blacklist.Entry {
		e := blacklist.Entry{Rule: rule, Kind: blacklist.Block, Reason: strconv.Itoa(random.IntN(3))}
		if random.IntN(2) == 0 {
			e.Kind, e.Hits, e.LastHit = blacklist.Allow, int64(random.IntN(2)), day
		}
		if random.IntN(3) == 0 {
			e.Expires = time.Now().Add(time.Duration(1+random.IntN(3)) * time.Second)
		}
		return e
	}
	switch random.IntN(6) {
	case 0, 1:
		entries := make([]blacklist.Entry, len(some))
		for i, rule := range some {
			entries[i] = entry(rule)
		}
		_, _ = writer.Put(ctx, entries)
	case 2:
		_, _ = writer.Remove(ctx, some)
	case 3:
		found, _ := writer.Lookup(ctx, some)
		edits := make([]blacklist.Edit, len(found))
		for i, before := range found {
			edits[i] = blacklist.Edit{Rule: some[i], Before: before}
			if random.IntN(3) > 0 {
				after := entry(some[i])
				edits[i].After = &after
			}
		}
		_, _ = writer.Swap(ctx, edits, nil)
	case 4:
		var records []calllog.Record
		for _, rule := range some {
			records = append(records, calllog.Record{Time: day, HitRule: rule.String()})
		}
		_ = writer.AppendCalls(ctx, calllog.Batch{Records: records})
	case 5:
		_, _ = writer.Sweep(ctx)
	}
}

// A change that Redis refuses leaves nothing half done.
func TestARefusedChangeLeavesNothingBehind(t *testing.T) {
	for state, command := range refusing {
		t.Run(state, func(t *testing.T) {
			h := newFixture(t, servers["redis"](t))
			listed := []blacklist.Entry{block(t, "+4930111"), allow(t, "+4930222"), block(t, "+4420*"), block(t, "+4930333")}
			listed[3].Expires = time.Now().Add(time.Hour)
			h.put(t, listed...)
			for i := range 2 {
				if _, err := h.Count(t.Context(), h.planned(t, strconv.Itoa(i))); err != nil {
					t.Fatal(err)
				}
			}
			before := h.dump(t)
			h.refuse(t, command)
			for what, do := range everything(t, h.Store) {
				switch what {
				case "put", "remove", "swap", "set", "count", "append", "save batch", "put feed", "sweep":
					_ = do(t.Context())
				}
			}
			_, _ = h.Put(t.Context(), []blacklist.Entry{block(t, "+4930222"), allow(t, "+4930999"), allow(t, "+4420*")})
			_, _ = h.Count(t.Context(), h.planned(t, "2"))
			h.refuse(t, refusingEnds)
			after := h.dump(t)
			// A Redis that is full takes what makes it smaller.
			if state == "OOM" {
				for key := range after {
					if after[key] != before[key] && !strings.HasSuffix(key, ":audit") {
						t.Logf("%s: %s, before %s", key, after[key], before[key])
					}
				}
				h.sound(t)
				return
			}
			equal(t, "data", after, before)
		})
	}
}

// planned is a call that is counted under the policy as it is.
func (h fixture) planned(tb testing.TB, id string) screen.Count {
	tb.Helper()
	count := counting(tb, id, "+4930444", 0, "3 in 5m always")
	count.Version = h.redis.Get(tb.Context(), h.key("version")).Val()
	return count
}

// refusing are the states of a Redis that answers reads and refuses changes.
var refusing = map[string][]any{
	"OOM":        {"CONFIG", "SET", "maxmemory", "1"},
	"NOREPLICAS": {"CONFIG", "SET", "min-replicas-to-write", "1"},
	"READONLY":   {"REPLICAOF", "127.0.0.1", "1"},
}

// refusingEnds ends each of them.
var refusingEnds = []any{"end"}

func (h fixture) refuse(tb testing.TB, command []any) {
	tb.Helper()
	commands := [][]any{command}
	if command[0] == "end" {
		commands = [][]any{{"CONFIG", "SET", "maxmemory", "0"}, {"CONFIG", "SET", "min-replicas-to-write", "0"}, {"REPLICAOF", "NO", "ONE"}}
	}
	for _, command := range commands {
		if err := h.redis.Do(tb.Context(), command...).Err(); err != nil {
			tb.Fatal(err)
		}
	}
}

// dump returns the contents of all keys.
func (h fixture) dump(tb testing.TB) map[string]string {
	tb.Helper()
	all := map[string]string{}
	for _, key := range h.keys(tb, "*") {
		text, err := h.redis.Dump(tb.Context(), key).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			tb.Fatal(err)
		}
		all[key] = text
	}
	return all
}

// A Redis that answers reads and refuses to count costs the count and nothing
// else: what is known of callers and the policy is read as before.
func TestCount_WhereRedisRefuses(t *testing.T) {
	h := newFixture(t, servers["redis"](t))
	h.put(t, block(t, "+4930444"), block(t, "+4420*"), allow(t, "+44201234"))
	const user = "counter"
	if err := h.redis.Do(t.Context(), "ACL", "SETUSER", user, "on", ">"+secret, "~*", "&*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	far := h
	far.url = strings.Replace(h.url, "redis://", "redis://"+user+":"+secret+"@", 1)
	far.Store = far.open(t, store.Options{})
	states := map[string][]any{
		"no EVALSHA":   {"ACL", "SETUSER", user, "-evalsha"},
		"no scripting": {"ACL", "SETUSER", user, "-@scripting"},
		"no writes":    {"ACL", "SETUSER", user, "-@write"},
	}
	maps.Copy(states, refusing)
	for state, command := range states {
		t.Run(state, func(t *testing.T) {
			h.refuse(t, command)
			for caller, entries := range map[string]int{"+4930444": 1, "+4930555": 0} {
				count := h.planned(t, "1")
				count.Caller = number(t, caller)
				facts, err := far.Count(t.Context(), count)
				if err != nil || len(facts.Entries) != entries || facts.PolicyVersion != count.Version || facts.Counts != nil {
					t.Errorf("%s: %+v, %v", caller, facts, err)
				}
				// An entry that decides is found without a count.
				if facts.Uncounted == "" && entries == 0 {
					t.Errorf("%s: it is not said that nothing was counted", caller)
				}
			}
			if policy, err := far.Policy(t.Context()); err != nil || policy.Rules.Len() != 2 {
				t.Errorf("policy of %d rules, %v", policy.Rules.Len(), err)
			}
			if err := far.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if err := far.CheckWritable(t.Context()); err == nil {
				t.Error("it seems to take changes")
			}
			h.refuse(t, refusingEnds)
			if err := h.redis.Do(t.Context(), "ACL", "SETUSER", user, "+@all").Err(); err != nil {
				t.Fatal(err)
			}
		})
	}
	count := h.planned(t, "1")
	count.Caller = number(t, "+4930555")
	if facts, err := far.Count(t.Context(), count); err != nil || facts.Uncounted != "" || facts.Counts[count.Rules[0]] != 1 {
		t.Errorf("afterwards: %+v, %v", facts, err)
	}
}
