package repeat

import (
	"cmp"
	"slices"
	"time"

	"github.com/ringfence/ringfence/phone"
)

// MaxSkew is how far the clocks of instances that share a Redis may differ. A
// counted call that is up to MaxSkew later than a new one came at the same time. If
// it is even later, its clock was wrong, and it is dropped.
const MaxSkew = time.Minute

// MaxDialled is how many windows for dialled numbers a caller has at most: whom to
// call is up to the caller, and must not fill the memory. The window that would end
// first is dropped, but none of the present call.
const MaxDialled = 100

// Call is a call that continues if no rate rule refuses it.
type Call struct {
	// ID names the call: one that is counted twice counts once.
	ID      string
	Caller  phone.Number
	Dialled phone.Number
	At      time.Time
}

// Counter counts calls in memory, in the order of Count. Its zero value has
// counted none.
type Counter struct {
	windows map[phone.Number][]window
}

// window has the calls of a caller that are counted together.
type window struct {
	counts
	// keep is the longest Within of its rules.
	keep  time.Duration
	marks []mark
	// ends is when the latest call no longer counts.
	ends time.Time
}

// counts says which calls of a caller a window counts.
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

// Count counts a call by the active rules. It returns for each rule how many calls
// came within its duration, with this one, and the first rule that the call breaks,
// nil if there is none.
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
		length := longest(active, rule)
		in.keep = max(in.keep, length)
		// Rules that share a window find the call in it.
		at := in.add(call)
		in.ends = at.Add(length)
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
		c.windows[call.Caller] = bounded(windows, call, active)
	}
	return counts, tripped
}

// bounded returns the windows without those that are too many.
func bounded(windows []window, call Call, active Rules) []window {
	var others []window
	over := -MaxDialled
	for _, w := range windows {
		if w.scope != PerDialled {
			continue
		}
		over++
		if !w.of(call, active) {
			others = append(others, w)
		}
	}
	if over <= 0 {
		return windows
	}
	slices.SortFunc(others, func(a, b window) int { return cmp.Or(a.ends.Compare(b.ends), cmp.Compare(a.name(), b.name())) })
	others = others[:min(over, len(others))]
	return slices.DeleteFunc(windows, func(w window) bool {
		return slices.ContainsFunc(others, func(other window) bool { return other.counts == w.counts })
	})
}

// of reports whether the window is one that the call counts in.
func (w window) of(call Call, active Rules) bool {
	return slices.ContainsFunc(active, func(rule Rule) bool { return w.counts == countsOf(rule, call) })
}

// name orders windows that end at the same moment, as the store does.
func (w window) name() string { return string(w.when) + ":to:" + w.dialled.String() }

// longest returns the longest Within of the rules that use the same window as the
// given one.
func longest(rules Rules, as Rule) time.Duration {
	length := as.Within
	for _, rule := range rules {
		if rule.When == as.When && rule.Scope == as.Scope {
			length = max(length, rule.Within)
		}
	}
	return length
}

// add adds a call to the window, unless it is there already, drops calls that are
// too old, and returns the time at which the call counts.
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

// Restart empties the windows of a call after a rule has put the caller on the
// list. If the listing is for one dialled number, the windows that count all calls
// of the caller stay.
func (c *Counter) Restart(call Call, active Rules, tripped Rule) {
	left := slices.DeleteFunc(c.windows[call.Caller], func(w window) bool {
		return w.of(call, active) && (tripped.Scope == PerCaller || w.scope == PerDialled)
	})
	if len(left) == 0 {
		delete(c.windows, call.Caller)
		return
	}
	c.windows[call.Caller] = left
}

// Copy replaces the counts of a caller with those of another Counter.
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

// Expire drops what can no longer count at the given time, and returns how many
// callers remain.
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

// expired reports whether no call in the window can count at the given
// time. The last one is the latest.
func (w window) expired(at time.Time) bool {
	return len(w.marks) == 0 || w.marks[len(w.marks)-1].at.Before(at.Add(-w.keep))
}
