package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
)

// Swap carries out edits and returns for each in its order whether it is done;
// after an error, for those of which that is known. An edit is done if the list
// had its Before, as blacklist.Same compares them, or has its After already;
// another one is a conflict and changes nothing. The next call goes by what is
// done. The chunk of a batch's journal that has the edits is written in the
// same step as the first 500 of them.
//
// After is written as it is given, but for its Hits and LastHit, which stay
// what they are if the kind does. An entry that has expired counts as none, before
// and after. Edits in the order of their rules' texts are carried out fastest.
func (s *Store) Swap(ctx context.Context, edits []blacklist.Edit, chunk *batch.Chunk) (done []bool, err error) {
	defer s.finish(ctx, opSwap, s.now(), &err)
	edits = slices.Clone(edits)
	now := s.Now()
	for i := range edits {
		if edits[i], err = validEdit(edits[i], now); err != nil {
			return nil, err
		}
	}
	for page := range pages(edits, swapSize, func(edit blacklist.Edit) blacklist.Rule { return edit.Rule }, nil) {
		made, err := s.swap(ctx, page, alteration{mode: "swap", chunk: chunk})
		if err != nil {
			return done, err
		}
		for _, digit := range made.done {
			done = append(done, digit != conflict)
		}
		chunk = nil
	}
	return done, nil
}

// Edit carries out one edit as Swap does, records it in the audit log as Put
// and Remove do, and returns whether it is done: a conflict is not. A caller who
// is taken off the list begins anew for rate rules.
func (s *Store) Edit(ctx context.Context, edit blacklist.Edit) (done bool, err error) {
	defer s.finish(ctx, opSwap, s.now(), &err)
	if edit, err = validEdit(edit, s.Now()); err != nil {
		return false, err
	}
	event := &audit.Event{Action: audit.Remove}
	if edit.After != nil {
		event.Action = actions[edit.After.Kind]
	}
	made, err := s.swap(ctx, []blacklist.Edit{edit}, alteration{mode: "swap", event: event, forget: true})
	return err == nil && made.done[0] != conflict, err
}

// swap carries out edits of different rules.
func (s *Store) swap(ctx context.Context, edits []blacklist.Edit, what alteration) (altered, error) {
	for _, edit := range edits {
		before, after := "", edit.Rule.String()
		if edit.Before != nil {
			before = line(inSeconds(*edit.Before))
		}
		if edit.After != nil {
			after = countedLine(inSeconds(*edit.After))
		}
		what.rules = append(what.rules, edit.Rule)
		what.lines = append(what.lines, before, after)
	}
	return s.change(ctx, what)
}

// validEdit returns the edit without what has expired.
func validEdit(edit blacklist.Edit, now time.Time) (blacklist.Edit, error) {
	edit.Before, edit.After = living(edit.Before, now), living(edit.After, now)
	if edit.After != nil {
		if err := valid(*edit.After, now); err != nil {
			return edit, err
		}
		if edit.After.Rule != edit.Rule {
			return edit, fmt.Errorf("an edit of %s writes %s", edit.Rule, edit.After)
		}
	}
	return edit, nil
}

func living(entry *blacklist.Entry, now time.Time) *blacklist.Entry {
	if entry == nil || entry.Expired(now) {
		return nil
	}
	return entry
}
