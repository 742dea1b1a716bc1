package app

import (
	"context"
	"errors"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
)

// AuditLog is what UndoEvent needs of the audit log.
type AuditLog interface {
	// Event returns the event with an ID, or audit.ErrNoEvent.
	Event(ctx context.Context, id string) (audit.Event, error)
	// Undo reverts the changes of an event, except what was changed since, and
	// records this as an event. It returns audit.ErrNotUndoable if the event has
	// no changes.
	Undo(ctx context.Context, id string) (audit.Undone, error)
}

// UndoResult is the result of undoing an event.
type UndoResult struct {
	// Event that was undone.
	Event Event `json:"event"`
	// Undone changes; missing for a batch.
	Undone *audit.Undone `json:"undone,omitempty"`
	// Batch that was undone, if the event was of a batch.
	Batch *Report `json:"batch,omitempty"`
}

// Complete reports whether all changes were undone.
func (r UndoResult) Complete() bool {
	return (r.Undone == nil || len(r.Undone.LeftEdits)+len(r.Undone.LeftSettings) == 0) && (r.Batch == nil || r.Batch.Left == 0)
}

// UndoEvent undoes an event of the audit log. The event of a batch undoes the whole
// batch.
func (b Batches) UndoEvent(ctx context.Context, log AuditLog, id string) (UndoResult, error) {
	if err := checkID(id, streamID, HintEvents); err != nil {
		return UndoResult{}, err
	}
	event, err := log.Event(ctx, id)
	if errors.Is(err, audit.ErrNoEvent) {
		return UndoResult{}, Errorf(NotFound, "id", "%w", err).hint(HintEvents, "")
	}
	if err != nil {
		return UndoResult{}, err
	}
	result := UndoResult{Event: event}
	if event.Batch != "" {
		result.Batch, err = b.undo(ctx, event.Batch)
		if errors.Is(err, batch.ErrNoBatch) {
			err = Errorf(NotFound, "id", "the batch %s is not stored: batches are stored for 30 days", event.Batch)
		}
		return result, err
	}
	undone, err := log.Undo(ctx, id)
	if errors.Is(err, audit.ErrNotUndoable) {
		return result, Errorf(No, "id", "%w", err)
	}
	result.Undone = &undone
	if err == nil && len(undone.Edits)+len(undone.Settings)+len(undone.LeftEdits)+len(undone.LeftSettings) == 0 {
		return result, Errorf(No, "id", "nothing to undo: everything is as before the event %s", id)
	}
	return result, err
}
