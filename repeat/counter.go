package repeat

import (
	"slices"
	"time"

	"github.com/ringfence/ringfence/phone"
)

// MaxSkew is how far the clocks of those who count together may differ. A call
// that lies less than this behind one that was counted before came at the same
// time; one that lies further ahead is of a clock that is wrong, and forgotten.
const MaxSkew = time.Minute

// Call is a call that would go on, if no rule spoke against it.
type Call struct {
	// ID names the call: one that is counted twice counts once.
	ID      string
	Caller  phone.Number
	Dialled phone.Number
	At      time.Time
}

// Counter counts calls in memory, in the order in which they are told. Its zero
// value has counted none.
type Counter struct {
	windows map[phone.Number][]window
}

// window is what calls of a caller are counted together in.
type window struct {
	counts
	// keep is the longest span of its rules.
	keep  time.Duration
	marks []mark
}

// counts is which calls of a caller a window counts.
type counts struct {
	dialled phone.Number
	scope   Scope
	when    When
}

type mark struct {
	id string
	at time.Time
}

func countsOf(rule Rule, call Call) counts {
	of := counts{scope: rule.Scope, when: rule.When}
	if rule.Scope == PerDialled {
		of.dialled = call.Dialled
	}
	return of
}

// Count counts a call by rules that are active, and returns for each how many
// calls of the same kind came within its span, this one included, and the first
// one that has its number, or nil.
func (c *Counter) Count(call Call, active Rules) (counts []int, tripped *Rule) {
	if c.windows == nil {
		c.windows = make(map[phone.Number][]window)
	}
	counts = make([]int, len(active))
	windows := c.windows[call.Caller]
	known := len(windows)
	for i, rule := range active {
		of := countsOf(rule, call)
		k := slices.IndexFunc(windows, func(w window) bool { return w.counts == of })
		if k < 0 {
			k = len(windows)
			windows = append(windows, window{counts: of})
		}
		in := &windows[k]
		in.keep = max(in.keep, longest(active, rule))
		// Rules that share a window find the call in it.
		at := in.add(call)
		for _, mark := range in.marks {
			if !mark.at.Before(at.Add(-rule.Within)) {
				counts[i]++
			}
		}
		if tripped == nil && counts[i] >= rule.Calls {
			tripped = &active[i]
		}
	}
	if len(windows) > known {
		c.windows[call.Caller] = windows
	}
	return counts, tripped
}

// longest returns the longest span of the rules that count in the same window
// as the given one.
func longest(rules Rules, as Rule) time.Duration {
	length := as.Within
	for _, rule := range rules {
		if rule.When == as.When && rule.Scope == as.Scope {
			length = max(length, rule.Within)
		}
	}
	return length
}

// add puts a call into the window, unless it is there, forgets what is too old,
// and returns the time that the call counts by.
func (w *window) add(call Call) time.Time {
	at := call.At
	w.marks = slices.DeleteFunc(w.marks, func(m mark) bool { return m.at.After(call.At.Add(MaxSkew)) })
	for _, m := range w.marks {
		if m.at.After(at) {
			at = m.at
		}
	}
	w.marks = slices.DeleteFunc(w.marks, func(m mark) bool { return m.at.Before(at.Add(-w.keep)) })
	if !slices.ContainsFunc(w.marks, func(m mark) bool { return m.id == call.ID }) {
		w.marks = append(w.marks, mark{call.ID, at})
	}
	return at
}

// Restart empties the windows in which the rules count a call, as it happens
// when one of them has put the caller on the list; but if it has done so for one
// dialled number alone, those in which all calls of the caller count go on.
func (c *Counter) Restart(call Call, active Rules, tripped Rule) {
	left := slices.DeleteFunc(c.windows[call.Caller], func(w window) bool {
		return slices.ContainsFunc(active, func(rule Rule) bool {
			return w.counts == countsOf(rule, call) && (tripped.Scope == PerCaller || w.scope == PerDialled)
		})
	})
	if len(left) == 0 {
		delete(c.windows, call.Caller)
		return
	}
	c.windows[call.Caller] = left
}

// Copy takes over what another Counter has counted of a caller.
func (c *Counter) Copy(from *Counter, caller phone.Number) {
	delete(c.windows, caller)
	for _, w := range from.windows[caller] {
		if c.windows == nil {
			c.windows = make(map[phone.Number][]window)
		}
		w.marks = slices.Clone(w.marks)
		c.windows[caller] = append(c.windows[caller], w)
	}
}

// Expire forgets what can no longer count at the given time, and returns of how
// many callers there is more.
func (c *Counter) Expire(at time.Time) (left int) {
	for caller, windows := range c.windows {
		kept := slices.DeleteFunc(windows, func(w window) bool { return w.expired(at) })
		switch len(kept) {
		case len(windows):
		case 0:
			delete(c.windows, caller)
		default:
			c.windows[caller] = slices.Clone(kept)
		}
	}
	return len(c.windows)
}

// expired reports whether no call that the window holds can count at the given
// time. The last one is the latest.
func (w window) expired(at time.Time) bool {
	return len(w.marks) == 0 || w.marks[len(w.marks)-1].at.Before(at.Add(-w.keep))
}
