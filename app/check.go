package app

import (
	"context"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// CallInput is a call to check, as it was typed.
type CallInput struct {
	// Caller is a number in any spelling, or "anonymous"; To is the dialled
	// number, "" for none.
	Caller, To string
	// Withheld says that the caller withholds a number that is known.
	Withheld bool
	// At is a time as ParseMoment reads it, "" for now.
	At string
}

// ReadCall validates a call to check. The result has no ID.
func (l List) ReadCall(in CallInput) (screen.Call, error) {
	call := screen.Call{At: l.Now(), Caller: screen.Caller{Withheld: in.Withheld}}
	var errs Errors
	var err error
	if call.Caller.Number = l.Region.Caller(in.Caller); call.Caller.Number.Kind() == phone.Withheld {
		call.Caller.Withheld = true
	} else {
		call.Caller.Number, err = l.Region.Number(in.Caller)
		errs.add("", err)
	}
	to, err := ReadDialled(in.To, l.Region)
	if to.IsPrefix() {
		err = Errorf(Invalid, "to", "%s is a range of numbers: name the one that the call is for", to)
	}
	errs.add("to", err)
	call.Dialled = to.Number()
	if in.At != "" {
		call.At, err = ReadMoment(in.At, l.Now(), time.Local)
		errs.add("at", err)
		call.ListTime = call.At
	}
	return call, errs.err()
}

// CheckedCall is a call that was checked, and its verdict.
type CheckedCall struct {
	// Number of the caller, or "withheld".
	Caller string `json:"caller"`
	// The caller withholds the number.
	Withheld bool `json:"withheld"`
	// Dialled number; "" for none.
	Dialled string `json:"dialled"`
	// Time of the call.
	At time.Time `json:"at"`
	// The call would be refused; in the mode observe it is not.
	Refused bool `json:"refused"`
	screen.Verdict
}

// NewCheckedCall returns a call with its verdict.
func NewCheckedCall(call screen.Call, verdict screen.Verdict) CheckedCall {
	return CheckedCall{
		Caller: call.Caller.Number.String(), Withheld: call.Caller.Withheld, Dialled: call.Dialled.String(),
		At: call.At.UTC().Truncate(time.Second), Refused: verdict.Refused(), Verdict: verdict,
	}
}

// CheckCall returns the verdict about a call. It counts and records nothing. The
// entries of the checks have their hits.
func (l List) CheckCall(ctx context.Context, call screen.Call) (screen.Verdict, error) {
	facts, err := l.Store.Facts(ctx, call.Caller.Number, call.Dialled)
	if err != nil {
		return screen.Verdict{}, err
	}
	policy, err := l.Store.Policy(ctx)
	if err != nil {
		return screen.Verdict{}, err
	}
	if call.ListTime.IsZero() {
		call.ListTime = l.Store.Now()
	}
	if count := screen.NewCount(call, policy); len(count.Rules) > 0 {
		if facts.Counts, err = l.Store.Counted(ctx, count); err != nil {
			return screen.Verdict{}, err
		}
	}
	verdict := screen.Decide(call, facts, policy)
	return verdict, l.addHits(ctx, verdict.Checks)
}

// addHits reads the hits of the entries, which the facts of a call lack.
func (l List) addHits(ctx context.Context, checks []screen.Check) error {
	for i, check := range checks {
		if check.Entry == nil {
			continue
		}
		found, err := l.Store.Lookup(ctx, []blacklist.Rule{check.Entry.Rule})
		if err != nil {
			return err
		}
		if found[0] != nil {
			entry := *check.Entry
			entry.Hits, entry.LastHit = found[0].Hits, found[0].LastHit
			checks[i].Entry = &entry
		}
	}
	return nil
}
