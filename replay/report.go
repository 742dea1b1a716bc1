package replay

import (
	"cmp"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// Report says what would have happened to recorded calls.
type Report struct {
	// Calls is the number of recorded calls, From the time of the first and To the
	// time of the last of them.
	Calls    int64
	From, To time.Time
	// Counted is how many calls the rules count: those that no rule decided, and
	// those that rate rules refused.
	Counted int64
	// Listed are the listings that the rules would have made, in order of time.
	Listed []Listing
	// Spared are further listings if no caller were allowed.
	Spared []Listing
	// Covered are the callers that Block matches, without calls that something else
	// than a rate rule refused, in the order of their first such call.
	Covered []Coverage
}

func (r *Report) add(at time.Time) {
	if r.Calls == 0 || at.Before(r.From) {
		r.From = at
	}
	if r.Calls == 0 || at.After(r.To) {
		r.To = at
	}
	r.Calls++
}

// Listing is an entry that a rate rule would have made.
type Listing struct {
	Caller phone.Number
	// Dialled is the dialled number for which the caller would have been listed; its
	// zero value means all.
	Dialled phone.Number
	// At is the time of the call that breaks the rule. It would have been refused.
	At   time.Time
	Rule repeat.Rule
	// Strike is the number of the caller's listing, 1 being the first.
	Strike int
	// Until is when it would have ended, zero for never.
	Until time.Time
	// Later is how many later calls it would have refused, and Already how many of
	// all these calls were in fact refused by the rate rules at that time.
	Later, Already int64
	// Allowed says that an entry has passed some of the caller's calls, or would
	// pass them now.
	Allowed bool
}

func (l *Listing) scoped() bool { return l.Dialled.Known() }

func (l *Listing) matches(call call) bool { return !l.scoped() || l.Dialled == call.Dialled }

func (l *Listing) ended(at time.Time) bool { return !l.Until.IsZero() && !at.Before(l.Until) }

// replacedBy reports whether the entry of a rule replaces the listing on the list.
func (l *Listing) replacedBy(rule blacklist.Rule) bool {
	return !rule.Pattern.IsPrefix() && rule.To == l.Dialled.Pattern()
}

// precedes reports whether the listing is more specific than the entry of a rule
// that matches the same call, as blacklist.Compare orders them.
func (l *Listing) precedes(rule blacklist.Rule) bool {
	return rule.Pattern.IsPrefix() || l.scoped() && (!rule.Scoped() || rule.To.IsPrefix())
}

// same reports whether both listings are of the same call.
func (l *Listing) same(other *Listing) bool {
	return l.Caller == other.Caller && l.At.Equal(other.At) && l.Dialled == other.Dialled && l.Rule == other.Rule
}

// Coverage is the effect of Block on the calls of a caller.
type Coverage struct {
	Caller phone.Number
	// At is the time of the first of these calls.
	At time.Time
	// Later is how many came after it, and Already how many of all of them were in
	// fact refused by the rate rules at that time.
	Later, Already int64
	// Spared says that a more specific entry passes these calls.
	Spared bool
	// Allowed says that an entry has passed some of these calls, or would pass them
	// now.
	Allowed bool
}

// Passed returns how many of the calls continued.
func (c Coverage) Passed() int64 { return 1 + c.Later - c.Already }

type coverKey struct {
	caller phone.Number
	spared bool
}

// playBlocked runs a call that Block matches. Allow is the rule of an entry that
// passes the call, nil if there is none. No rate rule counts it, but one may have
// listed the caller because of other calls.
func (r *Replay) playBlocked(c call, allow *blacklist.Rule) {
	block := r.plan.Block
	spared := allow != nil && *allow != block && blacklist.Compare(
		blacklist.Entry{Rule: *allow, Kind: blacklist.Allow}, blacklist.Entry{Rule: block, Kind: blacklist.Block},
	) < 0
	entry := &block
	if spared {
		entry = allow
	}
	if r.allowed[c.Caller] {
		r.open.take(c, nil, &block)
	}
	if !r.actual.take(c, nil, entry) {
		r.cover(c, allow != nil, spared)
	}
}

// cover adds a call that Block or a more specific entry decides.
func (r *Replay) cover(c call, allowed, spared bool) {
	key := coverKey{c.Caller, spared}
	coverage := r.coverage[key]
	if coverage == nil {
		key.caller = c.cloned().Caller
		coverage = &Coverage{Caller: key.caller, At: c.At, Spared: spared}
		r.coverage[key] = coverage
	} else {
		coverage.Later++
	}
	if c.refused {
		coverage.Already++
	}
	coverage.Allowed = coverage.Allowed || allowed
}

func compareCoverage(a, b Coverage) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Caller.String(), b.Caller.String()), cmp.Compare(spareRank(a), spareRank(b)))
}

func spareRank(c Coverage) int {
	if c.Spared {
		return 1
	}
	return 0
}
