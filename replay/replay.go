// Package replay runs recorded calls against rate rules, working time and a
// blocked number or prefix, and reports which callers these would have refused, so
// that a user can choose a rule before turning it on. It changes nothing.
package replay

import (
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/schedule"
)

// Plan is what the calls are run against.
type Plan struct {
	Rules    repeat.Rules
	Schedule schedule.Schedule
	// Own are numbers, and ranges of them, that no rule counts.
	Own []phone.Pattern
	// Allowed are the entries that pass callers now. They count as if they had
	// always existed.
	Allowed blacklist.Rules
	// Block is a rule to try as if it were blocked; its zero value means none.
	Block blacklist.Rule
}

// Replay accepts records in the order of the log and runs their calls in the order
// of their times. Memory is bounded by the callers within the duration of a rule,
// those who were or would have been listed, those that an entry allows, those that
// Block covers, and the calls that may be out of order; not by the length of the
// log.
type Replay struct {
	plan     Plan
	always   repeat.Rules // those that count at any time
	allowing bool

	// actual respects the allowed callers, open does not. Both are the same for a
	// caller until the first allowed call.
	actual, open simulation
	allowed      map[phone.Number]bool
	// tripped are the dialled numbers for which the rate rules at that time have
	// listed a caller, until a call to them continues again.
	tripped map[phone.Number][]phone.Number

	waiting  []call
	unswept  int // calls since the last sweep
	retained int // callers who remained then
	coverage map[coverKey]*Coverage
	report   Report
}

// New returns a Replay that has seen no call.
func New(plan Plan) *Replay {
	return &Replay{
		plan: plan, always: plan.Rules.Active(false), allowing: plan.Allowed.Len() > 0,
		allowed: make(map[phone.Number]bool), tripped: make(map[phone.Number][]phone.Number),
		coverage: make(map[coverKey]*Coverage),
	}
}

// disorder is by how many places a record may be too late in the log: an instance
// that could not reach the store writes so many records late.
const disorder = 2 * calllog.DefaultBuffer

// Add adds a record. It copies the texts that it retains.
func (r *Replay) Add(record calllog.Record) {
	r.report.add(record.Time)
	call, counts := readCall(record)
	if !counts {
		return
	}
	if r.waiting = append(r.waiting, call); len(r.waiting) == 2*disorder {
		r.run(disorder)
	}
}

// run plays the first n of the waiting calls.
func (r *Replay) run(n int) {
	byTime := func(a, b call) int { return a.At.Compare(b.At) }
	if !slices.IsSortedFunc(r.waiting, byTime) {
		slices.SortStableFunc(r.waiting, byTime)
	}
	for _, call := range r.waiting[:n] {
		r.play(call)
	}
	r.waiting = slices.Delete(r.waiting, 0, n)
}

func (r *Replay) play(c call) {
	if !r.undecided(c) {
		return
	}
	allow := r.allows(c)
	if r.plan.Block.Matches(c.Caller, c.Dialled) {
		r.playBlocked(c, allow)
		return
	}
	if len(r.plan.Rules) == 0 || c.Caller.Short() || phone.MatchesAny(r.plan.Own, c.Caller) {
		return
	}
	if allow != nil && !r.allowed[c.Caller] {
		caller := c.cloned().Caller
		r.allowed[caller] = true
		r.open.copy(&r.actual, caller)
	}
	if allow == nil {
		r.report.Counted++
	}
	active := r.active(c)
	r.actual.take(c, active, allow)
	if r.allowed[c.Caller] {
		r.open.take(c, active, nil)
	}
	r.sweep(c.At)
}

// undecided reports whether nothing decided about the call except the rate rules
// at that time, and the entries that they made.
func (r *Replay) undecided(c call) bool {
	switch c.by {
	case byRate:
		if dialled := r.tripped[c.Caller]; c.lists && !slices.Contains(dialled, c.Dialled) {
			cloned := c.cloned()
			r.tripped[cloned.Caller] = append(dialled, cloned.Dialled)
		}
	case byNothing:
		if dialled := r.tripped[c.Caller]; len(dialled) > 0 {
			left := slices.DeleteFunc(dialled, func(of phone.Number) bool { return of == c.Dialled })
			if r.tripped[c.Caller] = left; len(left) == 0 {
				delete(r.tripped, c.Caller)
			}
		}
	case byBlock:
		dialled := r.tripped[c.Caller]
		if c.rule.Scoped() { // Rate rules list for no range.
			return !c.rule.To.IsPrefix() && slices.Contains(dialled, c.rule.To.Number())
		}
		return len(dialled) > 0
	case byAllow:
	}
	return true
}

// allows returns the rule of an entry that passed the call, or would pass it now;
// nil if there is none.
func (r *Replay) allows(c call) *blacklist.Rule {
	if c.by == byAllow {
		return &c.rule
	}
	if r.allowing {
		if entries := r.plan.Allowed.Match(c.Caller, c.Dialled, c.At); len(entries) > 0 {
			return &entries[0].Rule
		}
	}
	return nil
}

// active returns the rules that count the call.
func (r *Replay) active(c call) repeat.Rules {
	active := r.plan.Rules
	if len(r.always) < len(active) && !r.plan.Schedule.At(c.Dialled, c.At).Closed() {
		active = r.always
	}
	if c.Dialled.Known() {
		return active
	}
	return slices.DeleteFunc(slices.Clone(active), func(rule repeat.Rule) bool { return rule.Scope == repeat.PerDialled })
}

// minSwept is the smallest number of calls between two sweeps.
const minSwept = 10_000

// sweep drops what can no longer count. It runs after about as many calls as there
// are callers, so that its cost per call is constant.
func (r *Replay) sweep(at time.Time) {
	if r.unswept++; r.unswept < max(minSwept, r.retained) {
		return
	}
	r.unswept, r.retained = 0, r.actual.counter.Expire(at)+r.open.counter.Expire(at)
}

// Report runs the remaining calls and returns the report. Do not call Add after it.
func (r *Replay) Report() Report {
	r.run(len(r.waiting))
	report := r.report
	for _, listing := range r.actual.listings {
		listing.Allowed = r.allowed[listing.Caller]
		report.Listed = append(report.Listed, *listing)
	}
	for _, listing := range r.open.listings {
		if !slices.ContainsFunc(r.actual.of(listing.Caller), listing.same) {
			listing.Allowed = true
			report.Spared = append(report.Spared, *listing)
		}
	}
	for _, coverage := range r.coverage {
		report.Covered = append(report.Covered, *coverage)
	}
	slices.SortFunc(report.Covered, compareCoverage)
	return report
}
