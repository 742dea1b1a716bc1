package app

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/replay"
	"github.com/ringfence/ringfence/schedule"
)

// ReplayStore keeps the log of calls, and what is set now.
type ReplayStore interface {
	Policy(ctx context.Context) (policy.Policy, error)
	All(ctx context.Context, query blacklist.Query) iter.Seq2[blacklist.Entry, error]
	History(ctx context.Context, filter calllog.Filter) iter.Seq2[calllog.Record, error]
}

// NewReplay is what a person tries on the calls of the log. Empty texts stand
// for nothing said.
type NewReplay struct {
	// Rules are rate rules. If there are none, those that are set are tried, or
	// the default one; with a Prefix and no Hours, none.
	Rules []string
	// Hours are zero for what is set.
	Hours schedule.Hours
	// Prefix is a prefix or number, as if it were blocked.
	Prefix string
	// To is the dialled number that Hours and Prefix are for.
	To           string
	Since, Until string
}

// Replay is what is tried on the calls of the log.
type Replay struct {
	rules  repeat.Rules
	hours  schedule.Hours
	block  blacklist.Rule
	to     phone.Number
	filter calllog.Filter
}

// ReadReplay reads what is to be tried.
func ReadReplay(said NewReplay, region phone.Region, now time.Time) (r Replay, err error) {
	r.hours = said.Hours
	if r.filter.Since, r.filter.Until, err = Times(said.Since, said.Until, now); err != nil {
		return r, err
	}
	if r.rules, err = readTriedRules(said.Rules); err != nil {
		return r, Errorf(Invalid, "rule", "%w", err)
	}
	if r.to, err = ReadDialled(said.To, region); err != nil {
		return r, err
	}
	if said.Prefix != "" {
		r.block.To = r.to
		if r.block.Pattern, err = region.Pattern(said.Prefix); err != nil {
			return r, Errorf(Invalid, "prefix", "%w", err)
		}
	}
	return r, nil
}

func readTriedRules(texts []string) (repeat.Rules, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	var all []string
	for _, text := range texts {
		rules, err := repeat.ParseRules(text)
		if err != nil {
			return nil, err
		}
		if len(rules) == 0 {
			return nil, Errorf(Invalid, "", "%q tries nothing: write a rule, or on", text)
		}
		all = append(all, rules.String())
	}
	return repeat.ParseRules(strings.Join(all, "; "))
}

func (r Replay) blocks() bool { return r.block != blacklist.Rule{} }

// Replayed is what a Replay would have done.
type Replayed struct {
	// Rules and Block are what was tried; Block is zero for nothing.
	Rules repeat.Rules
	Block blacklist.Rule
	// Calls are all in the log, from the time From to To, and Counted those that
	// rules had to do with.
	Calls, Counted int64
	From, To       time.Time
	Lines          []ReplayLine
	// Listed and Spared sum the rules up, Refused and BlockSpared the prefix.
	Listed, Spared, Refused, BlockSpared ReplaySum
	// Idle are the rules that count nothing, Unfetched the calendars that close
	// nothing, as nobody fetches them, and Risk is what speaks against the prefix.
	Idle      []repeat.Rule
	Unfetched []string
	Risk      string
}

// Run runs the calls of the log. Nothing is changed.
func (r Replay) Run(ctx context.Context, s ReplayStore) (Replayed, error) {
	var result Replayed
	plan, err := r.plan(ctx, s, &result)
	if err != nil {
		return result, err
	}
	run := replay.New(plan)
	for record, err := range s.History(ctx, r.filter) {
		if err != nil {
			return result, err
		}
		run.Add(record)
	}
	report := run.Report()
	// Whom the prefix would not have refused for the first time is no news.
	report.Covered = slices.DeleteFunc(report.Covered, func(c replay.Coverage) bool { return c.Passed() == 0 })
	result.Rules, result.Block = plan.Rules, plan.Block
	result.Calls, result.Counted, result.From, result.To = report.Calls, report.Counted, report.From, report.To
	result.Lines = replayLines(plan, report)
	result.Listed, result.Spared = sumListed(report.Listed), sumListed(report.Spared)
	result.Refused, result.BlockSpared = sumCovered(report.Covered)
	return result, nil
}

// plan completes what is to be tried by what is set, and notes what is odd
// about it.
func (r Replay) plan(ctx context.Context, s ReplayStore, odd *Replayed) (replay.Plan, error) {
	set, err := s.Policy(ctx)
	if err != nil {
		return replay.Plan{}, err
	}
	switch {
	case len(r.rules) > 0:
		set.Settings.Repeat = r.rules
	case r.blocks() && r.hours.IsZero():
		set.Settings.Repeat = nil
	case len(set.Settings.Repeat) == 0:
		set.Settings.Repeat = repeat.Rules{repeat.Default()}
	}
	if !r.hours.IsZero() {
		calendars := set.Schedule.Calendars()
		for _, address := range r.hours.Calendars() {
			if _, fetched := calendars[address]; !fetched {
				odd.Unfetched = append(odd.Unfetched, feed.ShownAddress(address))
			}
		}
		numbers, others := map[phone.Number]schedule.Hours(nil), r.hours
		if r.to.Known() {
			numbers, others = set.Schedule.Numbers(), set.Schedule.Others()
			numbers[r.to] = r.hours
		}
		set.Schedule = schedule.New(numbers, others, calendars)
	}
	odd.Idle = IdleRules(set)
	if r.blocks() {
		odd.Risk = blacklist.Risk(blacklist.Entry{Rule: r.block, Kind: blacklist.Block}, set.Settings.Own)
	}
	var allowed []blacklist.Entry
	for entry, err := range s.All(ctx, blacklist.Query{Kind: blacklist.Allow, Sort: blacklist.ByNumber}) {
		if err != nil {
			return replay.Plan{}, err
		}
		allowed = append(allowed, entry)
	}
	return replay.Plan{
		Rules: set.Settings.Repeat, Schedule: set.Schedule, Own: set.Settings.Own,
		Allowed: blacklist.NewRules(allowed), Block: r.block,
	}, nil
}
