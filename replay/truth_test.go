package replay_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/replay"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

func TestMain(m *testing.M) {
	// Each run of a property asks the store many times; a flag overrules this.
	if err := flag.Set("rapid.checks", "40"); err != nil {
		panic(err)
	}
	// go-redis keeps a clock of its own, for as long as the program runs.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.startGlobalTimeCache.func1"))
}

// TestReplay_AgreesWithTheScreener screens a history of calls under some rules and
// replays its records under others, and under a blocked number or prefix: the
// callers whom that lists, when, for how long and the calls that it refuses are
// what comes of screening the same calls one by one under the others.
func TestReplay_AgreesWithTheScreener(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	house := 0
	rapid.Check(t, func(t *rapid.T) {
		calls := someCalls(t)
		allowed := someAllowed(t)
		open := func(setting, mode string, listed ...blacklist.Entry) *screened {
			house++
			return newScreened(t, server, strconv.Itoa(house)+":", setting, mode, append(listed, allowed...))
		}
		held := open(rapid.SampledFrom(append(someRules, "off")).Draw(t, "held"), rapid.SampledFrom([]string{"enforce", "observe"}).Draw(t, "mode"))
		held.screen(t, calls)
		setting := rapid.SampledFrom(someRules).Draw(t, "rules")
		var block []blacklist.Entry
		if text := rapid.SampledFrom([]string{"", "+49305*", "+4930666200", "+49306*:to:100"}).Draw(t, "block"); text != "" {
			block = append(block, blacklist.Entry{Rule: rule(t, text), Kind: blacklist.Block})
		}
		tried := open(setting, "enforce", block...)
		tried.screen(t, calls)

		policy := must(held.Policy(t.Context()))(t)
		plan := replay.Plan{
			Rules: rules(t, setting), Schedule: policy.Schedule, Own: policy.Settings.Own, Allowed: blacklist.NewRules(allowed),
		}
		if len(block) > 0 {
			plan.Block = block[0].Rule
		}
		r := replay.New(plan)
		for record, err := range held.History(t.Context(), calllog.Filter{}) {
			r.Add(must(record, err)(t))
		}
		var got []string
		refused := map[string]int{}
		report := r.Report()
		for _, l := range report.Listed {
			entry := blacklist.Entry{Rule: rule(t, l.Caller.String()), Kind: blacklist.Block, Reason: l.Rule.Words(), Expires: l.Until}
			entry.Rule.To = l.Dialled.Pattern()
			got = append(got, words(entry, l.At))
			if l.Later > 0 {
				refused[l.Caller.String()+" by "+entry.String()] += int(l.Later)
			}
		}
		for _, c := range report.Covered {
			if !c.Spared {
				refused[c.Caller.String()+" by "+block[0].String()] += 1 + int(c.Later)
			}
		}
		if diff := gocmp.Diff(tried.listings, got); diff != "" {
			t.Fatalf("listings (-screened +replayed):\n%s", diff)
		}
		if diff := gocmp.Diff(tried.refused(), refused); diff != "" {
			t.Fatalf("refused calls (-screened +replayed):\n%s", diff)
		}
	})
}

// someCalls are of callers of all kinds, some of whom call often.
func someCalls(t *rapid.T) []screen.Call {
	callers := []string{nuisance, nuisance, customer, customer, "+4930555", "+4930222", "+4930444", "+49112", "+4940888100", "101", "withheld", ""}
	at := evening.Add(-62 * time.Minute)
	var calls []screen.Call
	for i := range rapid.IntRange(0, 50).Draw(t, "calls") {
		at = at.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "pause")) * time.Millisecond)
		calls = append(calls, screen.Call{
			ID: strconv.Itoa(i), Origin: "pbx1", At: at,
			Caller:  screen.Caller{Number: number(t, rapid.SampledFrom(callers).Draw(t, "caller"))},
			Dialled: number(t, rapid.SampledFrom([]string{"100", "200", ""}).Draw(t, "dialled")),
		})
	}
	return calls
}

// screened is a Ringfence on the embedded store, whose clock is moved from call
// to call.
type screened struct {
	*store.Store
	server   *miniredis.Miniredis
	now      time.Time
	screener *screen.Screener
	records  []calllog.Record
	listings []string
}

func newScreened(t *rapid.T, server *miniredis.Miniredis, prefix, rules, mode string, listed []blacklist.Entry) *screened {
	s := &screened{server: server, now: evening.Add(-2 * time.Hour)}
	server.SetTime(s.now)
	s.Store = must(store.Open(store.Options{URL: "redis://" + server.Addr(), Prefix: prefix, Now: s.clock}))(t)
	t.Cleanup(func() { _ = s.Close() })
	ctx := t.Context()
	done := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	done(s.SetSettings(ctx, func(settings *policy.Settings) error {
		for name, value := range map[string]string{"repeat": rules, "mode": mode, "own": "+4940888100"} {
			done(settings.Set(name, value, ""))
		}
		return nil
	}))
	done(s.SetHours(ctx, func(all map[string]schedule.Hours) error {
		all[schedule.Default] = must(schedule.Parse("daily 9-18", time.UTC))(t)
		return nil
	}))
	blocked := []blacklist.Entry{
		{Rule: rule(t, "+4930222"), Kind: blacklist.Block, Source: "manual"},
		{Rule: rule(t, "+4930444*"), Kind: blacklist.Block, Source: "manual"},
	}
	_, err := s.Put(ctx, append(blocked, listed...))
	done(err)
	log := slog.New(slog.DiscardHandler)
	s.screener = screen.NewScreener(screen.Config{
		Facts: s, Policies: policy.NewCache(s, "", log), Control: s, Records: s, OnListed: func() {},
		Metrics: screen.NewMetrics(prometheus.NewRegistry()), Log: log, Now: s.clock, Deadline: time.Minute, Instance: "here",
	})
	return s
}

func (s *screened) clock() time.Time { return s.now }

// screen screens calls, each at its time, and writes them to the log.
func (s *screened) screen(t *rapid.T, calls []screen.Call) {
	for _, call := range calls {
		s.server.FastForward(call.At.Sub(s.now))
		s.now = call.At
		s.server.SetTime(s.now)
		// Every instance asks every two seconds, and learns Redis' time.
		if _, err := s.PolicyVersion(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.screener.Screen(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AppendCalls(t.Context(), calllog.Batch{Records: s.records}); err != nil {
		t.Fatal(err)
	}
}

// refused returns how many calls of each caller an entry has refused, without
// those that are blocked in every house.
func (s *screened) refused() map[string]int {
	refused := map[string]int{}
	for _, record := range s.records {
		if record.Verdict == calllog.Refused && record.Check != screen.CheckRepeat &&
			record.Caller != "+4930222" && record.Caller != "+4930444" {
			refused[record.Caller+" by "+record.Rule]++
		}
	}
	return refused
}

// Count notes what is listed.
func (s *screened) Count(ctx context.Context, count screen.Count) (screen.Facts, error) {
	facts, err := s.Store.Count(ctx, count)
	if facts.Listed != nil {
		s.listings = append(s.listings, words(*facts.Listed, count.At))
	}
	return facts, err
}

func words(entry blacklist.Entry, at time.Time) string {
	life := "for good"
	if !entry.Expires.IsZero() {
		life = "for " + entry.Expires.Sub(at).String()
	}
	return fmt.Sprintf("%s at %s %s: %s", entry, at.Sub(evening), life, entry.Reason)
}

func (*screened) Continue(context.Context, string, string) error                { return nil }
func (*screened) CarriedOut(context.Context, string, time.Duration, bool) error { return nil }
func (*screened) Play(context.Context, string, policy.Message) error            { return nil }
func (s *screened) Add(record calllog.Record)                                   { s.records = append(s.records, record) }
