package star

import (
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// Result is the outcome of a request.
type Result string

// The results.
const (
	// Blocked means that the last caller is on the list, Removed that the last
	// caller has been removed from it.
	Blocked Result = "blocked"
	Removed Result = "removed"
	// Withheld means that the last caller has no number.
	Withheld Result = "withheld"
	// NotPermitted means that this telephone may not use star codes.
	NotPermitted Result = "not-permitted"
	// NoCaller means that Asterisk has stored no last caller.
	NoCaller Result = "no-caller"
	// Refused means that the last caller must not be blocked.
	Refused Result = "refused"
	// NotListed means that no entry blocks exactly the last caller.
	NotListed Result = "not-listed"
	// Unknown means that the dialplan sends an unknown request.
	Unknown Result = "unknown"
	// Failed means that the list could not be changed in time.
	Failed Result = "failed"
)

// exitError is the extension for every result unchanged one of its own.
const exitError = "error"

// Exits returns the extensions of the dialplan context ringfence-star where
// requests end.
func Exits() []string {
	return []string{string(Blocked), string(Removed), string(Withheld), string(NotPermitted), exitError}
}

func (r Result) exit() string {
	if slices.Contains(Exits(), string(r)) {
		return string(r)
	}
	return exitError
}

// Decision is the decision about a request.
type Decision struct {
	// Result is the result after the edit, if there is one.
	Result Result
	// Reason says why the list does not change, "" if it does.
	Reason string
	// Edit is the change of the list, nil for none.
	Edit *blacklist.Edit
}

func unchanged(result Result, reason string) Decision {
	return Decision{Result: result, Reason: reason}
}

// Decide returns the decision about a request at the given time. Facts are about
// the last caller. It depends on its arguments alone.
//
// It refuses what the command block refuses unchanged --force. It also refuses short
// and emergency numbers, and callers that an entry allows.
func Decide(request Request, facts screen.Facts, policy policy.Policy, now time.Time) Decision {
	switch caller := request.Caller; {
	case request.Endpoint == "" || !slices.Contains(policy.Settings.StarExtensions, request.Endpoint):
		return unchanged(NotPermitted, "the setting star-extensions does not name this telephone")
	case request.Action == unknownAction:
		return unchanged(Unknown, "the dialplan sends an unknown request: use block-last or remove-last")
	case !request.Called:
		return unchanged(NoCaller, "no one has called this telephone, or the dialplan does not store the last caller")
	case caller.Withheld || caller.Number.Kind() == phone.Missing:
		return unchanged(Withheld, "the last caller has no caller ID")
	case caller.Hidden():
		return unchanged(Refused, "the last caller's number is unreadable")
	}
	rule, err := blacklist.ParseRule(request.Caller.Number.String())
	if err != nil {
		return unchanged(Refused, err.Error())
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
		return unchanged(NotListed, "the last caller's number is not on the list")
	case listed.Kind != blacklist.Block:
		return unchanged(NotListed, "the last caller is allowed, not blocked")
	}
	return Decision{Result: Removed, Edit: &blacklist.Edit{Rule: rule, Before: listed}}
}

func block(request Request, rule blacklist.Rule, facts screen.Facts, policy policy.Policy, now time.Time) Decision {
	entry := blacklist.Entry{
		Rule: rule, Kind: blacklist.Block, Source: blacklist.SourceStar, Author: request.author(), Created: now.UTC().Truncate(time.Second),
	}
	if request.Caller.Number.Short() {
		return unchanged(Refused, "short and emergency numbers are not blocked by a star code")
	}
	if risk := blacklist.Risk(entry, policy.Settings.Own); risk != "" {
		return unchanged(Refused, risk)
	}
	listed := entryOf(rule, facts)
	switch {
	case listed != nil && listed.Kind == blacklist.Allow:
		return unchanged(Refused, "the last caller is allowed")
	case listed != nil && listed.Expires.IsZero():
		return unchanged(Blocked, "the last caller is already on the list")
	}
	if allowed := overruled(entry, policy.Rules.About(request.Caller.Number, now)); allowed != nil {
		return unchanged(Refused, "there is an entry "+allowed.String())
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

// overruled returns an entry that passes calls of the caller, or those to some
// dialled numbers, but would not if entry was on the list; nil if there is none.
// Others are the prefixes that cover the caller, in the order of precedence.
func overruled(entry blacklist.Entry, others []blacklist.Entry) *blacklist.Entry {
	for i, other := range others {
		decided := slices.ContainsFunc(others[:i], func(earlier blacklist.Entry) bool {
			return !earlier.Rule.Scoped() || earlier.Rule.To.Covers(other.Rule.To)
		})
		if !decided && other.Kind == blacklist.Allow && blacklist.Compare(entry, other) < 0 {
			return &other
		}
	}
	return nil
}
