package star

import (
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// Source is the source of entries that a star code has made.
const Source = "star"

// Result is the outcome of a request.
type Result string

// The results.
const (
	// Blocked means that the last caller is on the list, and Removed that the
	// last caller is no longer.
	Blocked Result = "blocked"
	Removed Result = "removed"
	// Withheld means that the last caller has no number.
	Withheld Result = "withheld"
	// NotPermitted means that this telephone may not.
	NotPermitted Result = "not-permitted"
	// NoCaller means that Asterisk does not know of any caller.
	NoCaller Result = "no-caller"
	// Refused means that the last caller is not to be blocked.
	Refused Result = "refused"
	// NotListed means that no entry blocks just the last caller.
	NotListed Result = "not-listed"
	// Unknown means that the dialplan asks for what there is not.
	Unknown Result = "unknown"
	// Failed means that it could not be done in time.
	Failed Result = "failed"
)

// exitError is the extension for every result without one of its own.
const exitError = "error"

// Exits returns the extensions of the dialplan context ringfence-star that
// requests are sent on to.
func Exits() []string {
	return []string{string(Blocked), string(Removed), string(Withheld), string(NotPermitted), exitError}
}

func (r Result) exit() string {
	if slices.Contains(Exits(), string(r)) {
		return string(r)
	}
	return exitError
}

// Decision is what a request leads to.
type Decision struct {
	// Result holds once the edit, if there is one, has been carried out.
	Result Result
	// Reason says in words why nothing is to be done, "" if something is.
	Reason string
	// Edit is what is to be done to the list, nil for nothing.
	Edit *blacklist.Edit
}

func without(result Result, reason string) Decision { return Decision{Result: result, Reason: reason} }

// Decide says what becomes of a request at the given time, by what the store
// knows about the last caller. It depends on nothing but its arguments.
//
// What the command block refuses without --force is refused, and also what a
// person at a telephone cannot mean: short and emergency numbers, and callers
// whom an operator has allowed.
func Decide(request Request, facts screen.Facts, policy policy.Policy, now time.Time) Decision {
	switch caller := request.Caller; {
	case request.Endpoint == "" || !slices.Contains(policy.Settings.StarExtensions, request.Endpoint):
		return without(NotPermitted, "the setting star-extensions does not name this telephone")
	case request.Action == unknownAction:
		return without(Unknown, "the dialplan asks for something else than block-last and remove-last")
	case !request.Called:
		return without(NoCaller, "nobody has called this telephone, or the dialplan does not remember it")
	case caller.Withheld || caller.Number.Kind() == phone.Missing:
		return without(Withheld, "the last caller shows no number")
	case caller.Hidden():
		return without(Refused, "the last caller's number cannot be read")
	}
	rule, err := blacklist.ParseRule(request.Caller.Number.String())
	if err != nil {
		return without(Refused, err.Error())
	}
	if request.Action == RemoveLast {
		return remove(rule, facts)
	}
	return block(request, rule, facts, policy, now)
}

func remove(rule blacklist.Rule, facts screen.Facts) Decision {
	listed := entryOf(rule, facts)
	switch {
	case listed == nil:
		return without(NotListed, "the last caller's number is not on the list")
	case listed.Kind != blacklist.Block:
		return without(NotListed, "the last caller is allowed, not blocked")
	}
	return Decision{Result: Removed, Edit: &blacklist.Edit{Rule: rule, Before: listed}}
}

func block(request Request, rule blacklist.Rule, facts screen.Facts, policy policy.Policy, now time.Time) Decision {
	entry := blacklist.Entry{
		Rule: rule, Kind: blacklist.Block, Source: Source, Author: request.author(), Created: now.UTC().Truncate(time.Second),
	}
	if request.Caller.Number.Short() {
		return without(Refused, "short and emergency numbers are not blocked by a star code")
	}
	if doubt := blacklist.Risk(entry, policy.Settings.Own); doubt != "" {
		return without(Refused, doubt)
	}
	listed := entryOf(rule, facts)
	switch {
	case listed != nil && listed.Kind == blacklist.Allow:
		return without(Refused, "the last caller is allowed")
	case listed != nil && listed.Expires.IsZero():
		return without(Blocked, "the last caller is on the list already")
	}
	if allowed := overruled(entry, policy.Rules.About(request.Caller.Number, now)); allowed != nil {
		return without(Refused, "there is an entry "+allowed.String())
	}
	return Decision{Result: Blocked, Edit: &blacklist.Edit{Rule: rule, Before: listed, After: &entry}}
}

// entryOf returns the entry of just this rule, nil if there is none.
func entryOf(rule blacklist.Rule, facts screen.Facts) *blacklist.Entry {
	for _, entry := range facts.Entries {
		if entry.Rule == rule {
			return &entry
		}
	}
	return nil
}

// overruled returns an entry by which calls of the caller go on, all or those
// to one dialled number, and by which they would no longer go on if entry was
// on the list; nil if there is none. Others are the prefixes that cover the
// caller, in the order of precedence.
func overruled(entry blacklist.Entry, others []blacklist.Entry) *blacklist.Entry {
	var everywhere phone.Number
	spoken := make(map[phone.Number]bool) // for which dialled numbers an earlier rule speaks
	for _, other := range others {
		if to := other.Rule.To; !spoken[to] && !spoken[everywhere] {
			if other.Kind == blacklist.Allow && blacklist.Compare(entry, other) < 0 {
				return &other
			}
			spoken[to] = true
		}
	}
	return nil
}
