package replay

import (
	"cmp"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// Report is what would have happened to recorded calls.
type Report struct {
	// Calls are all that were recorded, From the time of the first and To that of
	// the last of them.
	Calls    int64
	From, To time.Time
	// Counted are the calls that the rules had to do with: those that passed by
	// no rule, and those that rate rules have refused.
	Counted int64
	// Listed would have been made by the rules, in the order of their time.
	Listed []Listing
	// Spared would have been made, too, if nobody were allowed.
	Spared []Listing
	// Covered are the callers whom Block covers and whose calls nothing else
	// has refused but rate rules, in the order of their first such call.
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
	// Dialled is the number for which alone the caller would have been listed;
	// its zero value means all.
	Dialled phone.Number
	// At is the time of the call that would have done it, and would have been
	// refused itself.
	At   time.Time
	Rule repeat.Rule
	// Strike is the number of the caller's listing, 1 being the first.
	Strike int
	// Until is when it would have ended, zero for never.
	Until time.Time
	// Later is how many later calls it would have refused, and Already how
	// many of all these calls were refused when they came: by the rate rules
	// that held then.
	Later, Already int64
	// Allowed says that an entry has allowed some of the caller's calls, or
	// would now.
	Allowed bool
}

func (l *Listing) scoped() bool { return l.Dialled.Known() }

func (l *Listing) matches(call call) bool { return !l.scoped() || l.Dialled == call.Dialled }

func (l *Listing) ended(at time.Time) bool { return !l.Until.IsZero() && !at.Before(l.Until) }

// replacedBy reports whether the entry of a rule stands in the listing's own
// place on the list.
func (l *Listing) replacedBy(rule blacklist.Rule) bool {
	return !rule.Pattern.IsPrefix() && rule.To == l.Dialled
}

// precedes reports whether the listing is more specific than the entry of a
// rule that speaks about the same call, as blacklist.Compare orders them.
func (l *Listing) precedes(rule blacklist.Rule) bool {
	return rule.Pattern.IsPrefix() || l.scoped() && !rule.Scoped()
}

// same reports whether the other one is of the same call.
func (l *Listing) same(other *Listing) bool {
	return l.Caller == other.Caller && l.At.Equal(other.At) && l.Dialled == other.Dialled && l.Rule == other.Rule
}

// Coverage is what Block would have done to the calls of a caller.
type Coverage struct {
	Caller phone.Number
	// At is the time of the first of these calls.
	At time.Time
	// Later is how many came after it, and Already how many of all of them were
	// refused by the rate rules that held then.
	Later, Already int64
	// Spared says that a more specific entry allows these calls.
	Spared bool
	// Allowed says that an entry has allowed some of these calls, or would
	// now.
	Allowed bool
}

// Passed returns how many of the calls passed.
func (c Coverage) Passed() int64 { return 1 + c.Later - c.Already }

type coverKey struct {
	caller phone.Number
	spared bool
}

// playBlocked runs a call that Block covers; allow is the rule of the entry
// that allows it, nil if none does. No rate rule counts it, but one may
// have listed the caller by other calls.
func (r *Replay) playBlocked(c call, allow *blacklist.Rule) {
	block := r.plan.Block
	spared := allow != nil && *allow != block && blacklist.Compare(
		blacklist.Entry{Rule: *allow, Kind: blacklist.Allow}, blacklist.Entry{Rule: block, Kind: blacklist.Block},
	) < 0
	speaks := &block
	if spared {
		speaks = allow
	}
	if r.allowed[c.Caller] {
		r.open.take(c, nil, &block)
	}
	if !r.actual.take(c, nil, speaks) {
		r.cover(c, allow != nil, spared)
	}
}

// cover notes a call about which Block, or an entry that is more specific, has
// the first word.
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
