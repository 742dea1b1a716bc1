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

// ReplayStore stores the call log and the current policy.
type ReplayStore interface {
	Policy(ctx context.Context) (policy.Policy, error)
	All(ctx context.Context, query blacklist.Query) iter.Seq2[blacklist.Entry, error]
	History(ctx context.Context, filter calllog.Filter) iter.Seq2[calllog.Record, error]
}

// Replays tests rules with the calls of the log.
type Replays struct {
	Store ReplayStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
}

// ReplayInput describes a replay, as it was typed. An empty field means the
// default.
type ReplayInput struct {
	// Rules are rate rules. If there are none, the rules of the settings are
	// tested, or the default rule; with a Prefix and no Hours, none.
	Rules []string
	// Hours are zero for the working time that is set.
	Hours schedule.Hours
	// Prefix is a prefix or number to test as blocked.
	Prefix string
	// To is the dialled number, or the range of them, that Hours and Prefix are for.
	To           string
	Since, Until string
}

// Replay is a test of rules with the calls of the log.
type Replay struct {
	rules  repeat.Rules
	hours  schedule.Hours
	block  blacklist.Rule
	to     phone.Pattern
	filter calllog.Filter
}

// ReadReplay validates a replay.
func (all Replays) ReadReplay(in ReplayInput) (r Replay, err error) {
	r.hours = in.Hours
	var errs Errors
	r.filter.Since, r.filter.Until, err = ReadTimes(in.Since, in.Until, all.Now())
	errs.add("", err)
	r.rules, err = readTestedRules(in.Rules)
	errs.add("rule", err)
	r.to, err = ReadDialled(in.To, all.Region)
	errs.add("to", err)
	if in.Prefix != "" {
		r.block.To = r.to
		r.block.Pattern, err = all.Region.Pattern(in.Prefix)
		errs.add("prefix", err)
	}
	return r, errs.err()
}

func readTestedRules(texts []string) (repeat.Rules, error) {
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
			return nil, Errorf(Invalid, "", "%q tests nothing: use a rule or on", text)
		}
		all = append(all, rules.String())
	}
	return repeat.ParseRules(strings.Join(all, "; "))
}

func (r Replay) blocks() bool { return r.block != blacklist.Rule{} }

// ReplayResult is the result of a Replay.
type ReplayResult struct {
	// Rate rules that were tested.
	Rules repeat.Rules `json:"rate_rules"`
	// Entry that was tested; missing if there was none.
	Entry *EntryID `json:"entry,omitempty"`
	// Calls in the log.
	Calls int64 `json:"calls"`
	// Calls that count for the rules.
	Counted int64 `json:"counted"`
	// Time of the first call.
	From time.Time `json:"first_call,omitzero"`
	// Time of the last call.
	To time.Time `json:"last_call,omitzero"`
	// Callers who would have been listed or refused.
	Lines []ReplayLine `json:"callers"`
	// Number of callers without the limit.
	Total int64 `json:"total"`
	// Callers whom the rate rules would have listed.
	Listed ReplaySum `json:"listed"`
	// Callers whom an allow entry protects from the rate rules.
	Spared ReplaySum `json:"spared"`
	// Callers whom the entry would have refused.
	Refused ReplaySum `json:"refused"`
	// Callers whom an allow entry protects from the entry.
	BlockSpared ReplaySum `json:"entry_spared"`
	// Rules that count no calls.
	Idle repeat.Rules `json:"idle_rules,omitempty"`
	// Calendars that are not fetched.
	Unfetched []string `json:"ignored_calendars,omitempty"`
	// Risk of the prefix.
	Risk string `json:"risk,omitempty"`
}

// Run tests the rules of a replay. Nothing is changed.
func (all Replays) Run(ctx context.Context, r Replay) (ReplayResult, error) {
	var result ReplayResult
	plan, err := r.plan(ctx, all.Store, &result)
	if err != nil {
		return result, err
	}
	run := replay.New(plan)
	for record, err := range all.Store.History(ctx, r.filter) {
		if err != nil {
			return result, err
		}
		run.Add(record)
	}
	report := run.Report()
	// Whom the prefix would not have refused for the first time is no news.
	report.Covered = slices.DeleteFunc(report.Covered, func(c replay.Coverage) bool { return c.Passed() == 0 })
	result.Rules = append(repeat.Rules{}, plan.Rules...)
	if r.blocks() {
		result.Entry = &EntryID{plan.Block, blacklist.Block}
	}
	result.Calls, result.Counted, result.From, result.To = report.Calls, report.Counted, report.From, report.To
	result.Lines = replayLines(plan, report)
	result.Total = int64(len(result.Lines))
	result.Listed, result.Spared = sumListed(report.Listed), sumListed(report.Spared)
	result.Refused, result.BlockSpared = sumCovered(report.Covered)
	return result, nil
}

// plan completes the replay with the current settings, and stores warnings in odd.
func (r Replay) plan(ctx context.Context, s ReplayStore, odd *ReplayResult) (replay.Plan, error) {
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
		numbers, others := map[phone.Pattern]schedule.Hours(nil), r.hours
		if r.to != (phone.Pattern{}) {
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
