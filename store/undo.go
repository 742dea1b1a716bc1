package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/screen"
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
	event, err = s.event(ctx, id)
	return shown(event), err
}

func (s *Store) event(ctx context.Context, id string) (audit.Event, error) {
	messages, err := s.client.XRange(ctx, s.keys.audit(), id, id).Result()
	if redis.HasErrorPrefix(err, "ERR Invalid stream ID") || err == nil && len(messages) == 0 {
		return audit.Event{}, fmt.Errorf("%w: %s", ErrNoEvent, id)
	}
	if err != nil {
		return audit.Event{}, err
	}
	return s.readEvent(ctx, messages[0].ID, messages[0].Values), nil
}

// Undo takes back what an event of the audit trail tells of, where nothing has
// changed since, and returns what it has done and left. That is an event itself,
// unless nothing was done. Entries come back as they were, with their hits; up to
// 500 are one step. The error wraps ErrNoEvent, or ErrNotUndoable for an event of
// a batch or a feed, which the event's Batch and Action tell.
func (s *Store) Undo(ctx context.Context, id string) (undone audit.Undone, err error) {
	defer s.finish(ctx, opUndo, s.now(), &err)
	event, err := s.event(ctx, id)
	if err != nil {
		return undone, err
	}
	ctx = undoing(ctx, event.ID)
	switch {
	case event.Batch != "" || len(event.Edits)+len(event.Settings) == 0:
		return undone, fmt.Errorf("%w: %s", ErrNotUndoable, id)
	case len(event.Edits) > 0:
		err = s.undoEdits(ctx, event.Edits, &undone)
	case event.Action == audit.Hours || event.Action == audit.Undo && s.areHours(event):
		err = s.undoHours(ctx, event.Settings, &undone)
	default:
		err = s.undoSettings(ctx, event.Settings, &undone)
	}
	return undone, err
}

// areHours reports whether an undo has changed working time: no setting has the
// name of a dialled number.
func (s *Store) areHours(event audit.Event) bool {
	settings := screen.DefaultSettings()
	for _, known := range settings.List() {
		if known.Name == event.Settings[0].Name {
			return false
		}
	}
	return true
}

func (s *Store) undoEdits(ctx context.Context, edits []blacklist.Edit, undone *audit.Undone) error {
	for page := range pages(edits, swapSize, func(edit blacklist.Edit) blacklist.Rule { return edit.Rule }, nil) {
		now := s.now()
		reversed := make([]blacklist.Edit, len(page))
		for i, edit := range page {
			reversed[i] = edit.Reverse()
			reversed[i].Before, reversed[i].After = living(reversed[i].Before, now), living(reversed[i].After, now)
		}
		done, err := s.swap(ctx, reversed, alteration{mode: "undo", event: &audit.Event{}, forget: true})
		if err != nil {
			return err
		}
		for i, edit := range reversed {
			if done[i] == '0' {
				undone.LeftEdits = append(undone.LeftEdits, edit)
			} else {
				undone.Edits = append(undone.Edits, edit)
			}
		}
	}
	return nil
}

// undoSettings and undoHours may run their changes more than once, so that each
// run begins with nothing done.
func (s *Store) undoSettings(ctx context.Context, changes []audit.Setting, undone *audit.Undone) error {
	return s.SetSettings(ctx, func(settings *screen.Settings) error {
		*undone = audit.Undone{}
		current := map[string]string{}
		for _, setting := range settings.List() {
			current[setting.Name] = setting.Value
		}
		for _, change := range changes {
			if current[change.Name] != change.After {
				undone.LeftSettings = append(undone.LeftSettings, reversed(change))
				continue
			}
			if err := settings.Set(change.Name, change.Before, ""); err != nil {
				return err
			}
			undone.Settings = append(undone.Settings, reversed(change))
		}
		return nil
	})
}

func (s *Store) undoHours(ctx context.Context, changes []audit.Setting, undone *audit.Undone) error {
	err := s.SetHours(ctx, func(hours map[string]schedule.Hours) error {
		*undone = audit.Undone{}
		for _, change := range changes {
			after, _ := schedule.Parse(change.After, nil)
			current, there := hours[change.Name]
			if there != (change.After != "") || there && !current.Equal(after) {
				undone.LeftSettings = append(undone.LeftSettings, reversed(change))
				continue
			}
			if change.Before == "" {
				delete(hours, change.Name)
			} else {
				before, err := schedule.Parse(change.Before, nil)
				if err != nil {
					return fmt.Errorf("%s: %w", change.Name, err)
				}
				hours[change.Name] = before
			}
			undone.Settings = append(undone.Settings, reversed(change))
		}
		return nil
	})
	undone.Settings, undone.LeftSettings = shownHours(undone.Settings), shownHours(undone.LeftSettings)
	return err
}

func reversed(change audit.Setting) audit.Setting {
	return audit.Setting{Name: change.Name, Before: change.After, After: change.Before}
}
