package replay

import (
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// simulation applies the rules to calls and remembers the listings.
type simulation struct {
	counter  repeat.Counter
	callers  map[phone.Number]*history
	listings []*Listing
}

// history is the history of a caller who has been listed.
type history struct {
	listings []*Listing
	// active are those that have not ended.
	active []*Listing
	// strikes expire at lapse.
	strikes int
	lapse   time.Time
}

// take runs a call. Entry is the rule of an entry that matches the call, nil if
// there is none. It reports whether a listing refuses the call.
func (c *simulation) take(call call, active repeat.Rules, entry *blacklist.Rule) bool {
	if listing := c.listing(call, entry); listing != nil {
		listing.Later++
		if call.refused {
			listing.Already++
		}
		return true
	}
	if entry != nil || len(active) == 0 {
		return false
	}
	_, rule := c.counter.Count(call.Call, active)
	if rule == nil {
		return false
	}
	c.counter.Restart(call.Call, active, *rule)
	c.list(call, *rule)
	return true
}

// listing returns the listing that refuses the call, nil if none does.
func (c *simulation) listing(call call, entry *blacklist.Rule) *Listing {
	of := c.callers[call.Caller]
	if of == nil {
		return nil
	}
	of.active = slices.DeleteFunc(of.active, func(l *Listing) bool {
		return l.ended(call.At) || entry != nil && l.replacedBy(*entry)
	})
	for _, l := range of.active {
		// One for the dialled number precedes a general one and is older: under a
		// general one no call is counted.
		if l.matches(call) && (entry == nil || l.precedes(*entry)) {
			return l
		}
	}
	return nil
}

// list puts the caller on the list.
func (c *simulation) list(call call, rule repeat.Rule) {
	of := c.callers[call.Caller]
	if of == nil {
		if c.callers == nil {
			c.callers = make(map[phone.Number]*history)
		}
		call = call.cloned()
		of = &history{}
		c.callers[call.Caller] = of
	}
	if !call.At.Before(of.lapse) {
		of.strikes = 0
	}
	of.strikes++
	life := rule.Lasts(of.strikes)
	of.lapse = call.At.Add(repeat.StrikesKept + life)
	listing := &Listing{Caller: call.cloned().Caller, At: call.At, Rule: rule, Strike: of.strikes}
	if rule.Scope == repeat.PerDialled {
		listing.Dialled = call.cloned().Dialled
	}
	if life > 0 {
		listing.Until = blacklist.End(call.At.Add(life))
	}
	if call.refused {
		listing.Already++
	}
	of.listings = append(of.listings, listing)
	of.active = append(of.active, listing)
	c.listings = append(c.listings, listing)
}

// of returns the listings of a caller.
func (c *simulation) of(caller phone.Number) []*Listing {
	if of := c.callers[caller]; of != nil {
		return of.listings
	}
	return nil
}

// copy copies the counts and the active listings of a caller from another
// simulation, but does not report these listings.
func (c *simulation) copy(from *simulation, caller phone.Number) {
	c.counter.Copy(&from.counter, caller)
	of := from.callers[caller]
	if of == nil {
		return
	}
	twin := &history{strikes: of.strikes, lapse: of.lapse}
	for _, listing := range of.active {
		same := *listing
		twin.active = append(twin.active, &same)
	}
	if c.callers == nil {
		c.callers = make(map[phone.Number]*history)
	}
	c.callers[caller] = twin
}
