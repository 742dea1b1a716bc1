package replay_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/replay"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/screen"
)

const (
	nuisance = "+4930666200"
	customer = "+4930555100"
)

var evening = time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)

type fataler interface{ Fatal(...any) }

func must[T any](value T, err error) func(fataler) T {
	return func(t fataler) T {
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func number(t fataler, text string) phone.Number { return must(phone.ParseNumber(text))(t) }
func rule(t fataler, text string) blacklist.Rule { return must(blacklist.ParseRule(text))(t) }
func rules(t fataler, text string) repeat.Rules  { return must(repeat.ParseRules(text))(t) }

// hours is a schedule in which every number is closed from six in the evening.
func hours(t fataler) schedule.Schedule {
	return schedule.New(nil, must(schedule.Parse("daily 9-18", time.UTC))(t), nil)
}

// record is one of a call that continued, at seconds after the evening's beginning.
func record(second int, caller string, changes ...func(*calllog.Record)) calllog.Record {
	r := calllog.Record{
		ID: strconv.Itoa(second) + "-" + caller, Time: evening.Add(time.Duration(second) * time.Second),
		Caller: caller, Dialled: "100", Verdict: calllog.Passed, Check: "default",
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func by(verdict calllog.Verdict, check, rule string) func(*calllog.Record) {
	return func(r *calllog.Record) { r.Verdict, r.Check, r.Rule = verdict, check, rule }
}

func to(dialled string) func(*calllog.Record) {
	return func(r *calllog.Record) { r.Dialled = dialled }
}

// times are records of a caller at seconds.
func times(caller string, seconds []int, changes ...func(*calllog.Record)) []calllog.Record {
	var all []calllog.Record
	for _, second := range seconds {
		all = append(all, record(second, caller, changes...))
	}
	return all
}

func run(plan replay.Plan, records ...[]calllog.Record) replay.Report {
	r := replay.New(plan)
	for _, record := range slices.Concat(records...) {
		r.Add(record)
	}
	return r.Report()
}

var comparing = gocmp.Options{gocmp.Comparer(func(a, b phone.Number) bool { return a == b })}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := gocmp.Diff(want, got, comparing); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestReplay_Lists(t *testing.T) {
	t.Parallel()
	report := run(
		replay.Plan{Rules: rules(t, "on"), Schedule: hours(t)},
		times(nuisance, []int{0, 60, 120, 180, 240, 250, 7000}),
		times(customer, []int{10, 20, 30, 40}),
		times(customer, []int{-6 * 3600, -6*3600 + 1, -6*3600 + 2, -6*3600 + 3, -6*3600 + 4}), // at noon
	)
	equal(t, "report", report, replay.Report{
		Calls: 16, Counted: 16, From: evening.Add(-6 * time.Hour), To: evening.Add(7000 * time.Second),
		Listed: []replay.Listing{{
			Caller: number(t, nuisance), At: evening.Add(4 * time.Minute), Rule: repeat.Default(), Strike: 1, Later: 2,
		}},
	})
}

// A listing for a time ends, and the next one lasts longer.
func TestReplay_Strikes(t *testing.T) {
	t.Parallel()
	report := run(
		replay.Plan{Rules: rules(t, "2 in 10s always for 1m")},
		times(nuisance, []int{0, 1, 2, 60, 61, 62, 70, 200, 481, 482, 483, 5000}),
	)
	var got []string
	for _, l := range report.Listed {
		until := "for good"
		if !l.Until.IsZero() {
			until = l.Until.Sub(evening).String()
		}
		got = append(got, strconv.Itoa(l.Strike)+" at "+l.At.Sub(evening).String()+" until "+until+", later "+strconv.FormatInt(l.Later, 10))
	}
	equal(t, "listings", got, []string{
		"1 at 1s until 1m1s, later 2", "2 at 1m2s until 8m2s, later 3", "3 at 8m3s until for good, later 1",
	})
}

// Strikes lapse a year after the end of the latest listing.
func TestReplay_StrikesLapse(t *testing.T) {
	t.Parallel()
	const minute, year = 60, 365 * 24 * 3600
	for start, strike := range map[int]int{1 + minute + year: 1, 1 + minute + year - 2: 2} {
		report := run(replay.Plan{Rules: rules(t, "2 in 1s always for 1m")}, times(nuisance, []int{0, 1, start - 1, start}))
		if len(report.Listed) != 2 || report.Listed[1].Strike != strike {
			t.Errorf("after %d s: listed %+v", start, report.Listed)
		}
	}
}

// What does not count, and what does although it was refused.
func TestReplay_ChoosesCalls(t *testing.T) {
	t.Parallel()
	seconds := []int{0, 1, 2}
	refused := func(check, rule string) func(*calllog.Record) { return by(calllog.Refused, check, rule) }
	for name, test := range map[string]struct {
		records []calllog.Record
		listed  bool
	}{
		"continued":               {times(nuisance, seconds), true},
		"abandoned":               {times(nuisance, seconds, by(calllog.Abandoned, "default", "")), true},
		"refused by a rule":       {times(nuisance, seconds, refused("repeat", "block "+nuisance)), true},
		"observed by a rule":      {times(nuisance, seconds, by(calllog.Observed, "repeat", "")), true},
		"on the list":             {times(nuisance, seconds, refused("list", "block "+nuisance)), false},
		"observed on the list":    {times(nuisance, seconds, by(calllog.Observed, "list", "block "+nuisance)), false},
		"a prefix":                {times(nuisance, seconds, refused("prefix", "block +4930*")), false},
		"anonymous":               {times(nuisance, seconds, refused("anonymous", "")), false},
		"undecided":               {times(nuisance, seconds, by(calllog.Passed, "none", "")), false},
		"a check of another time": {times(nuisance, seconds, refused("fortune", "")), false},
		"no entry to be read":     {times(nuisance, seconds, refused("list", "of a withheld number")), false},
		"withheld":                {times("withheld", seconds), false},
		"unreadable":              {times("unreadable", seconds), false},
		"missing":                 {times("", seconds), false},
		"no number":               {times("+49 30", seconds), false},
		"an extension":            {times("101", seconds), false},
		"an emergency number":     {times("+49112", seconds), false},
		"an own number":           {times("+4940888100", seconds), false},
		"listed by a rule": {slices.Concat(
			times(nuisance, []int{0}, refused("repeat", "block "+nuisance)),
			times(nuisance, []int{1, 2}, refused("list", "block "+nuisance)),
		), true},
		"listed by a rule that was left": {slices.Concat(
			times(nuisance, []int{0}, by(calllog.Abandoned, "repeat", "block "+nuisance)),
			times(nuisance, []int{1, 2}, refused("list", "block "+nuisance)),
		), true},
		"listed by a rule for one number": {slices.Concat(
			times(nuisance, []int{0}, refused("repeat", "block "+nuisance+" for calls to 100")),
			times(nuisance, []int{1, 2}, refused("list", "block "+nuisance+" for calls to 100")),
		), true},
		"listed by hand for another number": {slices.Concat(
			times(nuisance, []int{0}, refused("repeat", "block "+nuisance+" for calls to 100")),
			times(nuisance, []int{1, 2}, refused("list", "block "+nuisance+" for calls to 200"), to("200")),
		), false},
		"listed by hand after the rule's listing": {slices.Concat(
			times(nuisance, []int{-600}, refused("repeat", "block "+nuisance)),
			times(nuisance, []int{-300}),
			times(nuisance, seconds, refused("list", "block "+nuisance)),
		), false},
		"observed by a rule, listed by hand": {slices.Concat(
			times(nuisance, []int{0}, by(calllog.Observed, "repeat", "")),
			times(nuisance, []int{1, 2}, refused("list", "block "+nuisance)),
		), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := run(replay.Plan{Rules: rules(t, "3 in 1m always"), Own: []phone.Pattern{rule(t, "+4940888*").Pattern}}, test.records)
			if (len(report.Listed) > 0) != test.listed || len(report.Spared) > 0 {
				t.Errorf("listed %v, spared %v", report.Listed, report.Spared)
			}
		})
	}
}

// Ensure calls that the rules at that time refused are reported apart.
func TestReplay_ReportsWhatWasRefusedAlready(t *testing.T) {
	t.Parallel()
	report := run(
		replay.Plan{Rules: rules(t, "2 in 1m always")},
		times(nuisance, []int{0}),
		times(nuisance, []int{1}, by(calllog.Refused, "repeat", "block "+nuisance)),
		times(nuisance, []int{2, 3}, by(calllog.Refused, "list", "block "+nuisance)),
		times(nuisance, []int{9000}),
	)
	if len(report.Listed) != 1 || report.Listed[0].Later != 3 || report.Listed[0].Already != 3 {
		t.Errorf("listed %+v", report.Listed)
	}
}

func TestReplay_SparesAllowedCallers(t *testing.T) {
	t.Parallel()
	always := rules(t, "3 in 1m always")
	allowed := blacklist.NewRules([]blacklist.Entry{{Rule: rule(t, customer), Kind: blacklist.Allow}})
	byThen := by(calllog.Passed, "list", "allow "+customer)
	byPrefix := by(calllog.Passed, "prefix", "allow +4930*")
	for name, test := range map[string]struct {
		plan           replay.Plan
		records        []calllog.Record
		listed, spared []int64 // later calls
	}{
		"now":      {replay.Plan{Allowed: allowed}, times(customer, []int{0, 1, 2, 3}), nil, []int64{1}},
		"then":     {replay.Plan{}, times(customer, []int{0, 1, 2, 3}, byThen), nil, []int64{1}},
		"by then":  {replay.Plan{}, append(times(customer, []int{0, 1}), times(customer, []int{2, 3}, byThen)...), nil, []int64{1}},
		"too late": {replay.Plan{}, append(times(customer, []int{0, 1, 2, 3}), times(customer, []int{4}, byThen)...), []int64{1}, nil},
		// An allowed prefix does not help whom a rule has listed.
		"a prefix, too late": {replay.Plan{}, append(times(customer, []int{0, 1, 2}), times(customer, []int{3, 4}, byPrefix)...), []int64{2}, nil},
		"others":             {replay.Plan{Allowed: allowed}, times(nuisance, []int{0, 1, 2, 3}), []int64{1}, nil},
		"only for another number": {
			replay.Plan{Allowed: blacklist.NewRules([]blacklist.Entry{{Rule: rule(t, customer+":to:200"), Kind: blacklist.Allow}})},
			append(times(customer, []int{0}, to("200")), times(customer, []int{1, 2, 3, 4})...),
			[]int64{1},
			[]int64{2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.plan.Rules = always
			report := run(test.plan, test.records)
			equal(t, "listed", later(report.Listed), test.listed)
			equal(t, "spared", later(report.Spared), test.spared)
			for _, l := range append(report.Listed, report.Spared...) {
				if l.Allowed != (l.Caller.String() == customer) {
					t.Errorf("%s: allowed %v", l.Caller, l.Allowed)
				}
			}
		})
	}
}

func later(listings []replay.Listing) (calls []int64) {
	for _, l := range listings {
		calls = append(calls, l.Later)
	}
	return calls
}

func TestReplay_Covers(t *testing.T) {
	t.Parallel()
	plan := replay.Plan{
		Rules: rules(t, "3 in 1m always"), Block: rule(t, "+4930*"),
		Allowed: blacklist.NewRules([]blacklist.Entry{{Rule: rule(t, customer), Kind: blacklist.Allow}}),
	}
	report := run(
		plan,
		times(nuisance, []int{1, 2, 3}),
		times(customer, []int{2, 5}),
		times("+4940555", []int{4, 5, 6}),
		// That one is on the list, this one was refused by a rule that may go.
		times("+4930111", []int{7}, by(calllog.Refused, "list", "block +4930111")),
		times("+4930222", []int{8}, by(calllog.Refused, "repeat", "block +4930222")),
		// A shorter prefix does not help, nor does the same one.
		times("+4930333", []int{9}, by(calllog.Passed, "prefix", "allow +49*")),
		times("+4930444", []int{10}, by(calllog.Passed, "prefix", "allow +4930*")),
		times("+4930777", []int{11}, by(calllog.Passed, "prefix", "allow +493077*")),
	)
	at := func(second int) time.Time { return evening.Add(time.Duration(second) * time.Second) }
	equal(t, "covered", report.Covered, []replay.Coverage{
		{Caller: number(t, nuisance), At: at(1), Later: 2},
		{Caller: number(t, customer), At: at(2), Later: 1, Spared: true, Allowed: true},
		{Caller: number(t, "+4930222"), At: at(8), Already: 1},
		{Caller: number(t, "+4930333"), At: at(9), Allowed: true},
		{Caller: number(t, "+4930444"), At: at(10), Allowed: true},
		{Caller: number(t, "+4930777"), At: at(11), Spared: true, Allowed: true},
	})
	var passed []int64
	for _, c := range report.Covered {
		passed = append(passed, c.Passed())
	}
	equal(t, "passed", passed, []int64{3, 2, 0, 1, 1, 1})
	if len(report.Listed) != 1 || report.Listed[0].Caller.String() != "+4940555" {
		t.Errorf("listed %v", report.Listed)
	}
}

// Records that a Ringfence has kept while the store was away come late.
func TestReplay_PutsCallsInOrder(t *testing.T) {
	t.Parallel()
	var kept, others []calllog.Record
	for i := range replay.Disorder - 1 {
		others = append(others, record(3600+i, "+4989"+strconv.Itoa(100_000+i)))
	}
	kept = times(nuisance, []int{0, 300, 600, 900, 1200})
	report := run(replay.Plan{Rules: rules(t, "2 in 1m always")}, others, kept, times(nuisance, []int{100_000}))
	if len(report.Listed) > 0 {
		t.Errorf("listed %+v", report.Listed)
	}
	// What comes even later is not lost.
	report = run(replay.Plan{Rules: rules(t, "5 in 1h always")}, others, others, others[:100], kept)
	if len(report.Listed) == 0 || report.Listed[len(report.Listed)-1].Caller.String() != nuisance {
		t.Errorf("listed %d", len(report.Listed))
	}
}

// What is forgotten on the way could not have counted any more.
func TestReplay_DropsExpiredCounts(t *testing.T) {
	t.Parallel()
	var others []calllog.Record
	for i := range 50_000 {
		others = append(others, record(1+i/1000, "+4989"+strconv.Itoa(100_000+i)))
	}
	report := run(
		replay.Plan{Rules: rules(t, "2 in 1m always for 1m; 2 in 50s always per dialled")},
		times(nuisance, []int{0}), others, times(nuisance, []int{50, 60, 130}),
	)
	if len(report.Listed) != 1 || report.Listed[0].At != evening.Add(50*time.Second) || report.Listed[0].Later != 1 {
		t.Errorf("listed %+v", report.Listed)
	}
}

// What packages say that may not import each other is the same.
func TestTheChecksHaveTheirNames(t *testing.T) {
	t.Parallel()
	equal(
		t, "names", []string{replay.CheckList, replay.CheckPrefix, replay.CheckRepeat, replay.CheckDefault},
		[]string{screen.CheckList, screen.CheckPrefix, screen.CheckRepeat, screen.CheckDefault},
	)
}
