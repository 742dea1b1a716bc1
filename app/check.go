package app

import (
	"context"
	"time"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// Question is a call that a person asks about.
type Question struct {
	// Caller is a number in any spelling, or anonymous; To is the dialled
	// number, "" for none.
	Caller, To string
	// Withheld says that the caller asks not to be shown.
	Withheld bool
	// At is a time as people write it, "" for now.
	At string
}

// Question reads a question. The result has no ID.
func (l List) Question(asked Question) (screen.Call, error) {
	call := screen.Call{At: l.Now(), Caller: screen.Caller{Withheld: asked.Withheld}}
	call.Caller.Number = l.Region.Caller(asked.Caller)
	if call.Caller.Number.Kind() == phone.Withheld {
		call.Caller.Withheld = true
	} else {
		number, err := l.Region.Number(asked.Caller)
		if err != nil {
			return call, Errorf(Invalid, "", "%w", err)
		}
		call.Caller.Number = number
	}
	var err error
	if call.Dialled, err = ReadDialled(asked.To, l.Region); err != nil {
		return call, err
	}
	if asked.At != "" {
		if call.At, err = ParseMoment(asked.At, l.Now(), time.Local); err != nil {
			return call, Errorf(Invalid, "at", "%w", err)
		}
	}
	return call, nil
}

// Decide asks the store what it would ask for a call, and decides. Nothing is
// counted or recorded.
func (l List) Decide(ctx context.Context, call screen.Call) (screen.Verdict, error) {
	facts, err := l.Store.Facts(ctx, call.Caller.Number, call.Dialled)
	if err != nil {
		return screen.Verdict{}, err
	}
	policy, err := l.Store.Policy(ctx)
	if err != nil {
		return screen.Verdict{}, err
	}
	if count := screen.NewCount(call, policy); len(count.Rules) > 0 {
		if facts.Counts, err = l.Store.Counted(ctx, count); err != nil {
			return screen.Verdict{}, err
		}
	}
	return screen.Decide(call, facts, policy), nil
}
