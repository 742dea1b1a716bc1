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
	windows map[window][]mark
}

// window is what calls are counted together in.
type window struct {
	caller, dialled phone.Number
	scope           Scope
	when            When
}

type mark struct {
	id string
	at time.Time
}

// Count counts a call by rules that are active, and returns for each how many
// calls of the same kind came within its span, this one included, and the first
// one that has its number, or nil.
func (c *Counter) Count(call Call, active Rules) (counts []int, tripped *Rule) {
	if c.windows == nil {
		c.windows = make(map[window][]mark)
	}
	counts = make([]int, len(active))
	moments := make(map[window]time.Time)
	for i, rule := range active {
		key := window{caller: call.Caller, scope: rule.Scope, when: rule.When}
		if rule.Scope == PerDialled {
			key.dialled = call.Dialled
		}
		at, counted := moments[key]
		if !counted {
			at = c.add(key, call, longest(active, rule))
			moments[key] = at
		}
		for _, mark := range c.windows[key] {
			if !mark.at.Before(at.Add(-rule.Within)) {
				counts[i]++
			}
		}
		if tripped == nil && counts[i] >= rule.Calls {
			tripped = &active[i]
		}
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

// add puts a call into a window, forgets what is too old, and returns the time
// that the call counts by.
func (c *Counter) add(key window, call Call, keep time.Duration) time.Time {
	at := call.At
	marks := slices.DeleteFunc(c.windows[key], func(m mark) bool { return m.at.After(call.At.Add(MaxSkew)) })
	for _, m := range marks {
		if m.at.After(at) {
			at = m.at
		}
	}
	marks = slices.DeleteFunc(marks, func(m mark) bool { return m.at.Before(at.Add(-keep)) })
	if !slices.ContainsFunc(marks, func(m mark) bool { return m.id == call.ID }) {
		marks = append(marks, mark{call.ID, at})
	}
	c.windows[key] = marks
	return at
}

// Forget drops what was counted of a caller, as happens to one who is listed
// or taken off the list.
func (c *Counter) Forget(caller phone.Number) {
	for key := range c.windows {
		if key.caller == caller {
			delete(c.windows, key)
		}
	}
}
