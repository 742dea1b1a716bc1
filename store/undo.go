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

// ErrNotUndoable means that an event tells of nothing that UndoEvent takes back.
var ErrNotUndoable = errors.New("the event changed neither the list nor settings")

// AuditEvent returns the event of the audit trail with an ID, or an error that
// wraps audit.ErrNoEvent.
func (s *Store) AuditEvent(ctx context.Context, id string) (event audit.Event, err error) {
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
		return nil, fmt.Errorf("%w: %s", audit.ErrNoEvent, id)
	}
	if err != nil {
		return nil, err
	}
	return messages[0].Values, nil
}

// UndoEvent takes back what an event of the audit trail has changed, where
// nothing has changed since, in one step, and returns what it has done and left.
// That is an event itself, unless nothing was done. Entries come back as they
// were, with their hits. A feed is left as a whole if any of it has changed. The
// error wraps audit.ErrNoEvent, or ErrNotUndoable for an event as that of a batch.
func (s *Store) UndoEvent(ctx context.Context, event audit.Event) (undone audit.Undone, err error) {
	defer s.finish(ctx, opUndo, s.now(), &err)
	// What the event hides of secrets is in Redis.
	values, err := s.eventTexts(ctx, event.ID)
	if err != nil {
		return undone, err
	}
	ctx = undoing(ctx, event.ID)
	edits := s.readEvent(ctx, event.ID, values).Edits
	of, _ := values[fieldOf].(string)
	switch {
	case len(edits) > 0:
		return s.undoEdits(ctx, edits)
	case of != "":
		return s.undoFields(ctx, of, values)
	}
	return undone, fmt.Errorf("%w: %s", ErrNotUndoable, event.ID)
}

func (s *Store) undoEdits(ctx context.Context, edits []blacklist.Edit) (undone audit.Undone, err error) {
	now := s.now()
	reversed := make([]blacklist.Edit, len(edits))
	for i, edit := range edits {
		reversed[i] = blacklist.Edit{Rule: edit.Rule, Before: living(edit.After, now), After: living(edit.Before, now)}
	}
	made, err := s.swap(ctx, reversed, alteration{mode: "undo", event: &audit.Event{}, forget: true})
	if err != nil {
		return undone, err
	}
	undone.ID = made.event
	var left []blacklist.Rule
	for i, edit := range reversed {
		switch made.done[i] {
		case carriedOut:
			undone.Edits = append(undone.Edits, edit)
		case conflict:
			left = append(left, edit.Rule)
		}
	}
	present, err := s.lookup(ctx, left)
	for i, entry := range present {
		now := "not on the list"
		if entry != nil {
			now = string(entry.Kind)
			if entry.Reason != "" {
				now += ": " + entry.Reason
			}
		}
		undone.Left = append(undone.Left, audit.Left{Name: left[i].String(), Now: now})
	}
	return undone, err
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
		var due []audit.Setting
		undone = audit.Undone{}
		for _, change := range changes {
			if texts[change.Name] == change.After {
				due = append(due, audit.Setting{Name: change.Name, Before: change.After, After: change.Before})
			} else if change.Name != "revision" {
				undone.Left = append(undone.Left, audit.Left{Name: change.Name, Now: shownField(of, change.Name, texts[change.Name])})
			}
		}
		if len(due) == 0 || strings.HasPrefix(of, ofFeed) && len(due) < len(changes) {
			return undone, nil
		}
		if undone.ID, err = s.swapFields(ctx, of, due, audit.Event{Note: note}); undone.ID != "" || err != nil {
			undone.Settings = shownFields(of, due)
			return undone, err
		}
	}
	return undone, errors.New("others keep changing the same: try again")
}
