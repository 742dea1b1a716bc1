package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// The model's world is small, so that rules meet: few numbers, that begin alike.
var (
	callers  = []string{"+4420", "+44201", "+44202", "+442012", "+3312", "100", "101", "1012"}
	dialled  = []string{"", "100", "+4930888"}
	patterns = []string{"+44*", "+4420*", "+44201*", "+3*", "10*", "1*"}
	scopes   = append(slices.Clone(dialled), "1*", "10*", "+493*", "+4930888*")
)

// model is the list in its plainest form: it knows nothing of keys,
// slots or versions.
type model map[string]blacklist.Entry

// decide goes through all entries and lets the one speak that comes first by
// the law: exact before prefix, longer before shorter, for the dialled number
// before a range, a longer range before a shorter one and that before general,
// allow before block.
func (m model) decide(caller, to phone.Number) (screen.Outcome, string) {
	outcome, rule, best := screen.Pass, "", []int(nil)
	for text, entry := range m {
		pattern, scope, scoped := strings.Cut(text, ":to:")
		start, prefix := strings.CutSuffix(pattern, "*")
		begin, ranged := strings.CutSuffix(scope, "*")
		if scoped && !ranged && scope != to.String() || ranged && !strings.HasPrefix(to.String(), begin) || prefix && !strings.HasPrefix(caller.String(), start) || !prefix && caller.String() != pattern {
			continue
		}
		rank := []int{0, len(start), 0, 0}
		if !prefix {
			rank[0] = 1
		}
		if rank[2] = len(begin); scoped && !ranged {
			rank[2] = 100
		}
		if entry.Kind == blacklist.Allow {
			rank[3] = 1
		}
		if slices.Compare(rank, best) > 0 {
			best, rule, outcome = rank, text, screen.Pass
			if entry.Kind == blacklist.Block {
				outcome = screen.Refuse
			}
		}
	}
	return outcome, rule
}

func TestTheStoreBehavesAsAPlainList(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			check(t, name, func(rt *rapid.T) {
				h.clear(t)
				run := &modelRun{t: t, fixture: h, model: model{}, policy: policy.Policy{Version: "-1"}}
				rt.Repeat(map[string]func(*rapid.T){
					"put":    run.put,
					"remove": run.remove,
					"expire": run.expire,
					"hit":    run.hit,
					"call":   run.call,
					"":       run.agrees,
				})
			})
		})
	}
}

type modelRun struct {
	t *testing.T
	fixture
	model  model
	policy policy.Policy
}

func drawRule(rt *rapid.T) string {
	text := rapid.SampledFrom(append(slices.Clone(callers), patterns...)).Draw(rt, "pattern")
	if to := rapid.SampledFrom(scopes).Draw(rt, "for"); to != "" {
		text += ":to:" + to
	}
	return text
}

func (r *modelRun) put(rt *rapid.T) {
	var entries []blacklist.Entry
	for range rapid.IntRange(1, 3).Draw(rt, "entries") {
		entry := blacklist.Entry{
			Rule:    rule(r.t, drawRule(rt)),
			Kind:    rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(rt, "kind"),
			Reason:  rapid.SampledFrom([]string{"", "spam", "fraud"}).Draw(rt, "reason"),
			Action:  rapid.SampledFrom([]blacklist.Action{"", blacklist.Busy}).Draw(rt, "action"),
			Created: day,
		}
		if rapid.Bool().Draw(rt, "ends") {
			entry.Expires = time.Now().Add(time.Hour).Truncate(time.Hour).Add(time.Hour).UTC()
		}
		entries = append(entries, entry)
	}
	keep := rapid.SliceOfDistinct(rapid.SampledFrom([]blacklist.Field{
		blacklist.FieldExpires, blacklist.FieldAction, blacklist.FieldReason,
	}), rapid.ID).Draw(rt, "keep")
	changes, err := r.Put(r.t.Context(), entries, keep...)
	if err != nil {
		rt.Fatal(err)
	}
	for i, entry := range entries {
		text := entry.Rule.String()
		before, found := r.model[text]
		want := blacklist.Change{Entry: entry, Effect: blacklist.Added}
		if found {
			want.Before, want.Effect = &before, blacklist.Changed
			if before.Kind == entry.Kind {
				want.Entry = entry.Keeping(before, keep)
				want.Entry.Hits, want.Entry.LastHit = before.Hits, before.LastHit
			}
			if cmp.Equal(want.Entry, before, cmp.Comparer(func(a, b phone.Pattern) bool { return a == b }),
				cmp.Comparer(func(a, b phone.Number) bool { return a == b })) {
				want.Effect = blacklist.Unchanged
			}
		}
		equal(rt, "change", changes[i], want)
		r.model[text] = want.Entry
	}
}

func (r *modelRun) remove(rt *rapid.T) {
	text := drawRule(rt)
	removed, err := r.Remove(r.t.Context(), []blacklist.Rule{rule(r.t, text)})
	if err != nil {
		rt.Fatal(err)
	}
	var want []blacklist.Entry
	if entry, found := r.model[text]; found {
		want = []blacklist.Entry{entry}
	}
	equal(rt, "removed", removed, want)
	delete(r.model, text)
}

// expire lets an entry that ends come to its end.
func (r *modelRun) expire(rt *rapid.T) {
	text := drawRule(rt)
	if r.model[text].Expires.IsZero() {
		return
	}
	r.end(r.t, text)
	delete(r.model, text)
	// A process that holds the policy knows by itself when a prefix ends.
	r.policy.Version = "-1"
}

func (r *modelRun) hit(rt *rapid.T) {
	text := drawRule(rt)
	record := call(1)
	record.Time, record.HitRule = day, text
	if err := r.AppendCalls(r.t.Context(), calllog.Batch{Records: []calllog.Record{record}}); err != nil {
		rt.Fatal(err)
	}
	if entry, found := r.model[text]; found {
		entry.Hits++
		entry.LastHit = day
		r.model[text] = entry
	}
}

// call screens a call as the screener does: the policy in memory, the facts of
// one question, and a new policy only if the version is another.
func (r *modelRun) call(rt *rapid.T) {
	caller := number(r.t, rapid.SampledFrom(callers).Draw(rt, "caller"))
	to := number(r.t, rapid.SampledFrom(dialled).Draw(rt, "dialled"))
	facts, err := r.Facts(r.t.Context(), caller, to)
	if err != nil {
		rt.Fatal(err)
	}
	if facts.PolicyVersion != r.policy.Version {
		if r.policy, err = r.Policy(r.t.Context()); err != nil {
			rt.Fatal(err)
		}
	}
	verdict := screen.Decide(screen.Call{Caller: screen.Caller{Number: caller}, Dialled: to, At: time.Now()}, facts, r.policy)
	spoke := ""
	if entry := verdict.Decided().Entry; entry != nil {
		spoke = entry.Rule.String()
	}
	outcome, rule := r.model.decide(caller, to)
	if verdict.Outcome != outcome || spoke != rule {
		rt.Errorf("%s to %q: %s by %q, want %s by %q", caller, to, verdict.Outcome, spoke, outcome, rule)
	}
	r.callDegraded(rt, caller, to)
}

// callDegraded screens the call without the store: no caller may be refused
// whom the list lets pass.
func (r *modelRun) callDegraded(rt *rapid.T, caller, to phone.Number) {
	verdict := screen.Decide(screen.Call{Caller: screen.Caller{Number: caller}, Dialled: to, At: time.Now()},
		screen.Facts{Missing: "Redis is not available"}, r.policy)
	if outcome, rule := r.model.decide(caller, to); verdict.Outcome == screen.Refuse && outcome == screen.Pass {
		rt.Errorf("%s to %q is refused without Redis by %q, but passes by %q with it", caller, to, verdict.Decided().Reason, rule)
	}
}

// agrees compares the lists.
func (r *modelRun) agrees(rt *rapid.T) {
	entries, err := r.Entries(r.t.Context(), blacklist.Query{Sort: blacklist.ByNumber})
	if err != nil {
		rt.Fatal(err)
	}
	got := map[string]blacklist.Entry{}
	for _, entry := range entries {
		got[entry.Rule.String()] = entry
	}
	equal(rt, "list", got, map[string]blacklist.Entry(r.model))
}
