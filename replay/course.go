package replay

import (
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// course is one course of events under the rules: what the calls of each caller
// have led to.
type course struct {
	counter   repeat.Counter
	standings map[phone.Number]*standing
	listings  []*Listing
}

// standing is where a caller who has been listed stands.
type standing struct {
	listings []*Listing
	// inForce are those that have not ended.
	inForce []*Listing
	// strikes count until lapse.
	strikes int
	lapse   time.Time
}

// take runs a call, about which the entry of a rule speaks, nil if none does. It
// reports whether a listing refuses the call.
func (c *course) take(call call, active repeat.Rules, speaks *blacklist.Rule) bool {
	if listing := c.listing(call, speaks); listing != nil {
		listing.Later++
		if call.refused {
			listing.Already++
		}
		return true
	}
	if speaks != nil || len(active) == 0 {
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
func (c *course) listing(call call, speaks *blacklist.Rule) *Listing {
	of := c.standings[call.Caller]
	if of == nil {
		return nil
	}
	of.inForce = slices.DeleteFunc(of.inForce, func(l *Listing) bool {
		return l.ended(call.At) || speaks != nil && l.replacedBy(*speaks)
	})
	for _, l := range of.inForce {
		// One for the dialled number speaks before a general one, and is the
		// older one: under a general one no call is counted.
		if l.matches(call) && (speaks == nil || l.precedes(*speaks)) {
			return l
		}
	}
	return nil
}

// list puts the caller on the list.
func (c *course) list(call call, rule repeat.Rule) {
	of := c.standings[call.Caller]
	if of == nil {
		if c.standings == nil {
			c.standings = make(map[phone.Number]*standing)
		}
		call = call.cloned()
		of = &standing{}
		c.standings[call.Caller] = of
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
		listing.Until = call.At.Add(life)
	}
	if call.refused {
		listing.Already++
	}
	of.listings = append(of.listings, listing)
	of.inForce = append(of.inForce, listing)
	c.listings = append(c.listings, listing)
}

// of returns the listings of a caller.
func (c *course) of(caller phone.Number) []*Listing {
	if of := c.standings[caller]; of != nil {
		return of.listings
	}
	return nil
}

// copy takes over what another course knows of a caller, without its listings
// having been made here.
func (c *course) copy(from *course, caller phone.Number) {
	c.counter.Copy(&from.counter, caller)
	of := from.standings[caller]
	if of == nil {
		return
	}
	twin := &standing{strikes: of.strikes, lapse: of.lapse}
	for _, listing := range of.inForce {
		same := *listing
		twin.inForce = append(twin.inForce, &same)
	}
	if c.standings == nil {
		c.standings = make(map[phone.Number]*standing)
	}
	c.standings[caller] = twin
}
