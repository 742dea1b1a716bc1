package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

var (
	// ErrNoEvent means that the audit trail has no event with this ID.
	ErrNoEvent = errors.New("no such event in the audit trail")
	// ErrNotUndoable means that an event tells of nothing that Undo takes back.
	ErrNotUndoable = errors.New("the event cannot be undone")
)

// Event returns the event of the audit trail with an ID, or an error that wraps
// ErrNoEvent.
func (s *Store) Event(ctx context.Context, id string) (event audit.Event, err error) {
	defer s.finish(ctx, opAudit, s.now(), &err)
	values, err := s.eventTexts(ctx, id)
	if err != nil {
		return audit.Event{}, err
	}
	return s.readEvent(ctx, id, values), nil
}

// eventTexts returns the fields of an event as they are in Redis.
func (s *Store) eventTexts(ctx context.Context, id string) (map[string]any, error) {
	messages, err := s.client.XRange(ctx, s.keys.audit(), id, id).Result()
	if redis.HasErrorPrefix(err, "Invalid stream ID") || err == nil && len(messages) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoEvent, id)
	}
	if err != nil {
		return nil, err
	}
	return messages[0].Values, nil
}

// Undo takes back what an event of the audit trail tells of, where nothing has
// changed since, and returns what it has done and left. That is an event itself,
// unless nothing was done. Entries come back as they were, with their hits; up to
// 500 are one step, and so are settings, working time, and a feed, which is
// left as a whole if any of it has changed. The error wraps ErrNoEvent, or
// ErrNotUndoable for an event that tells of neither, as that of a batch.
func (s *Store) Undo(ctx context.Context, id string) (undone audit.Undone, err error) {
	defer s.finish(ctx, opUndo, s.now(), &err)
	values, err := s.eventTexts(ctx, id)
	if err != nil {
		return undone, err
	}
	edits := s.readEvent(ctx, id, values).Edits
	of, _ := values[fieldOf].(string)
	switch {
	case len(edits) > 0:
		return s.undoEdits(undoing(ctx, id), edits)
	case of != "":
		return s.undoFields(undoing(ctx, id), of, values)
	}
	return undone, fmt.Errorf("%w: %s", ErrNotUndoable, id)
}

func (s *Store) undoEdits(ctx context.Context, edits []blacklist.Edit) (undone audit.Undone, err error) {
	for page := range pages(edits, swapSize, func(edit blacklist.Edit) blacklist.Rule { return edit.Rule }, nil) {
		now := s.now()
		reversed := make([]blacklist.Edit, len(page))
		for i, edit := range page {
			reversed[i] = blacklist.Edit{Rule: edit.Rule, Before: living(edit.After, now), After: living(edit.Before, now)}
		}
		done, err := s.swap(ctx, reversed, alteration{mode: "undo", event: &audit.Event{}, forget: true})
		if err != nil {
			return undone, err
		}
		for i, edit := range reversed {
			if done[i] == '0' {
				undone.LeftEdits = append(undone.LeftEdits, edit)
			} else {
				undone.Edits = append(undone.Edits, edit)
			}
		}
	}
	return undone, nil
}

// undoFields takes back what an event, given by its texts in Redis, has made of
// the fields of a hash.
func (s *Store) undoFields(ctx context.Context, of string, values map[string]any) (undone audit.Undone, err error) {
	var changes []audit.Setting
	text, _ := values[fieldSettings].(string)
	if err := json.Unmarshal([]byte(text), &changes); err != nil {
		return undone, fmt.Errorf("read what was changed: %w", err)
	}
	note, _ := values[fieldNote].(string)
	for range fieldsAttempts {
		texts, err := s.client.HGetAll(ctx, s.keys.prefix+of).Result()
		if err != nil {
			return undone, err
		}
		var due, left []audit.Setting
		for _, change := range changes {
			reversed := audit.Setting{Name: change.Name, Before: change.After, After: change.Before}
			if texts[change.Name] == change.After {
				due = append(due, reversed)
			} else {
				left = append(left, reversed)
			}
		}
		if strings.HasPrefix(of, ofFeed) && len(left) > 0 {
			due, left = nil, append(due, left...)
		}
		if len(due) > 0 {
			done, err := s.swapFields(ctx, of, due, audit.Event{Note: note})
			if err != nil {
				return undone, err
			}
			if !done {
				continue
			}
		}
		return audit.Undone{Settings: shownFields(of, due), LeftSettings: shownFields(of, left)}, nil
	}
	return undone, errors.New("others keep changing the same: try again")
}
