package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

// Event returns the event of the audit trail with an ID, or an error that wraps
// audit.ErrNoEvent.
func (s *Store) Event(ctx context.Context, id string) (event audit.Event, err error) {
	defer s.finish(ctx, opAudit, s.now(), &err)
	event, err = s.event(ctx, id)
	return shown(event), err
}

func (s *Store) event(ctx context.Context, id string) (audit.Event, error) {
	messages, err := s.client.XRange(ctx, s.keys.audit(), id, id).Result()
	if err != nil && strings.Contains(err.Error(), "Invalid stream ID") || err == nil && len(messages) == 0 {
		return audit.Event{}, fmt.Errorf("%w: %s", audit.ErrNoEvent, id)
	}
	if err != nil {
		return audit.Event{}, err
	}
	return s.readEvent(ctx, messages[0].ID, messages[0].Values), nil
}

// Undo takes back what an event of the audit trail tells of, where nothing has
// changed since, and returns what it has done and left. That is an event itself,
// unless nothing was done. Entries come back as they were, with their hits. It is
// one step. The error wraps audit.ErrNoEvent, or audit.ErrNotUndoable for an event of
// a batch, which batch.Engine.Undo takes back by its ID, or of nothing.
func (s *Store) Undo(ctx context.Context, id string) (undone audit.Undone, err error) {
	defer s.finish(ctx, opUndo, s.now(), &err)
	event, err := s.event(ctx, id)
	if err != nil {
		return undone, err
	}
	ctx = undoing(ctx, event.ID)
	switch {
	case event.Batch != "" || len(event.Edits)+len(event.Settings) == 0:
		return undone, fmt.Errorf("%w: %s", audit.ErrNotUndoable, id)
	case len(event.Edits) > 0:
		err = s.undoEdits(ctx, event.Edits, &undone)
	default:
		err = s.undoFields(ctx, event, &undone)
	}
	return undone, err
}

func (s *Store) undoEdits(ctx context.Context, edits []blacklist.Edit, undone *audit.Undone) error {
	now := s.now()
	reversed := make([]blacklist.Edit, len(edits))
	for i, edit := range edits {
		back := edit.Reverse()
		reversed[i] = blacklist.Edit{Rule: back.Rule, Before: living(back.Before, now), After: living(back.After, now)}
	}
	made, err := s.swap(ctx, reversed, alteration{mode: "undo", event: &audit.Event{}, forget: true})
	if err != nil {
		return err
	}
	for i, edit := range reversed {
		switch made.done[i] {
		case carriedOut:
			undone.Edits = append(undone.Edits, edit)
		case conflict:
			undone.LeftEdits = append(undone.LeftEdits, edit)
		}
	}
	return nil
}
