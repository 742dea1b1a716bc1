// Package replay runs recorded calls against rate rules, working time and a
// blocked number or prefix, and shows whom these would have refused: use it to
// choose a rule before it is turned on. It changes nothing.
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
	// Own are numbers that no rule counts.
	Own []phone.Number
	// Allowed are entries that allow callers now. They count as if they
	// had stood all the time.
	Allowed blacklist.Rules
	// Block is tried as if it were blocked; its zero value means nothing.
	Block blacklist.Rule
}

// Replay takes records in the order in which they were written and runs their
// calls in the order of their times. It holds the callers who have called
// within the span of a rule, those who were or would have been listed, those
// whom an entry allows, those whom Block covers, and the calls that may be out
// of order; of all others nothing, however long the log is.
type Replay struct {
	plan     Plan
	always   repeat.Rules // those that count at any time
	allowing bool

	// actual goes by what is allowed, open as if nothing were: what both say of
	// a caller is the same until the first call of his that is allowed.
	actual, open course
	allowed      map[phone.Number]bool
	// tripped are the dialled numbers of calls by which the rules that held then
	// have listed a caller, and whose next call has not gone on.
	tripped map[phone.Number][]phone.Number

	waiting  []call
	unswept  int // calls since what has expired was forgotten
	kept     int // callers who were left then
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

// disorder is by how many places a record may stand behind its call's turn. A
// Ringfence that could not reach the store brings so many late.
const disorder = 2 * calllog.DefaultBuffer

// Add takes a record. Its texts may be parts of a larger one, which is not held
// for long.
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

// run plays the first of the calls that wait.
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
	if !r.wouldHaveGoneOn(c) {
		return
	}
	allow := r.allows(c)
	if r.plan.Block.Matches(c.Caller, c.Dialled) {
		r.playBlocked(c, allow)
		return
	}
	if len(r.plan.Rules) == 0 || c.Caller.Short() || slices.Contains(r.plan.Own, c.Caller) {
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

// wouldHaveGoneOn reports whether no rule has decided about the call but the
// rate rules that held then, and the entries that these have made.
func (r *Replay) wouldHaveGoneOn(c call) bool {
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
		return c.rule.Scoped() && slices.Contains(dialled, c.rule.To) || !c.rule.Scoped() && len(dialled) > 0
	case byAllow:
	}
	return true
}

// allows returns the rule of the entry that let the call through, or would now;
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

// minSwept keeps the work of forgetting small beside the rest.
const minSwept = 10_000

// sweep forgets what can no longer count, once there have been about as many
// calls as it has to look at callers.
func (r *Replay) sweep(at time.Time) {
	if r.unswept++; r.unswept < max(minSwept, r.kept) {
		return
	}
	r.unswept, r.kept = 0, r.actual.counter.Expire(at)+r.open.counter.Expire(at)
}

// Report runs what is left and returns what would have happened to the calls. No
// record is added after it.
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
