package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

// Undo reverts the changes of an event of the audit log, where nothing has changed
// since, and returns what it has done and left. That is an event itself, unless
// nothing was done. Entries come back as they were, with their hits. It is one
// step. The error wraps audit.ErrNoEvent, or audit.ErrNotUndoable for an event of
// no change or of a batch. app.UndoEvent undoes the whole batch with
// batch.Engine.Undo.
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
	now := s.Now()
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

// undoFields reverts what an event has changed in the fields of a hash, where
// nothing has changed since: of a feed all or nothing.
func (s *Store) undoFields(ctx context.Context, event audit.Event, undone *audit.Undone) error {
	err := s.alterFields(ctx, event.Of, func(texts map[string]string) ([]audit.Setting, audit.Event, error) {
		*undone = audit.Undone{}
		for _, change := range event.Settings {
			back := audit.Setting{Name: change.Name, Before: change.After, After: change.Before}
			switch texts[change.Name] {
			case change.After:
				undone.Settings = append(undone.Settings, back)
			case change.Before: // It is what it was already.
			default:
				undone.LeftSettings = append(undone.LeftSettings, back)
			}
		}
		if strings.HasPrefix(event.Of, ofFeed) && len(undone.LeftSettings) > 0 {
			undone.Settings, undone.LeftSettings = nil, append(undone.Settings, undone.LeftSettings...)
		}
		return undone.Settings, audit.Event{Note: event.Note}, nil
	})
	undone.Settings, undone.LeftSettings = shownFields(event.Of, undone.Settings), shownFields(event.Of, undone.LeftSettings)
	return err
}
