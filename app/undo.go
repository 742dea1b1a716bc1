package app

import (
	"context"
	"errors"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
)

// Trail is the audit log.
type Trail interface {
	// Event returns the event with an ID, or audit.ErrNoEvent.
	Event(ctx context.Context, id string) (audit.Event, error)
	// Undo reverts the changes of an event, except what was changed since, and
	// records this as an event. It returns audit.ErrNotUndoable if the event has
	// no changes.
	Undo(ctx context.Context, id string) (audit.Undone, error)
}

// BatchUndoer undoes batches.
type BatchUndoer interface {
	Undo(ctx context.Context, job batch.UndoJob) (batch.Summary, error)
}

// UndoResult is the result of undoing an event.
type UndoResult struct {
	// Event that was undone.
	Event audit.Event `json:"event"`
	// Undone changes; nil for a batch.
	Undone *audit.Undone `json:"undone,omitempty"`
	// Batch that was undone, if the event was of a batch.
	Batch *Report `json:"batch,omitempty"`
}

// Complete reports whether all changes were undone.
func (r UndoResult) Complete() bool {
	return (r.Undone == nil || len(r.Undone.LeftEdits)+len(r.Undone.LeftSettings) == 0) && (r.Batch == nil || r.Batch.Left == 0)
}

// UndoEvent undoes an event of the audit log; by is the author of the undo.
func (b Batches) UndoEvent(ctx context.Context, trail Trail, id, by string) (UndoResult, error) {
	return UndoEvent(ctx, trail, b.engine(), id, batch.UndoJob{By: by, Progress: b.Watch.Progress})
}

// UndoEvent undoes an event of the audit log. If the event is of a batch, the ID of
// the batch is set in the job.
func UndoEvent(ctx context.Context, trail Trail, batches BatchUndoer, id string, job batch.UndoJob) (UndoResult, error) {
	event, err := trail.Event(ctx, id)
	if errors.Is(err, audit.ErrNoEvent) {
		return UndoResult{}, Errorf(NotFound, "id", "%w", err).hint(HintEvents, "")
	}
	if err != nil {
		return UndoResult{}, err
	}
	result := UndoResult{Event: event}
	if event.Batch != "" {
		job.ID = event.Batch
		summary, err := batches.Undo(ctx, job)
		if before, ok := errors.AsType[*batch.UndoneError](err); ok {
			return result, Errorf(No, "id", "%w", before)
		}
		if errors.Is(err, batch.ErrNoBatch) {
			return result, Errorf(NotFound, "id", "%w: batches are stored for 30 days", err)
		}
		result.Batch = newReport(summary, false)
		return result, err
	}
	undone, err := trail.Undo(ctx, id)
	if errors.Is(err, audit.ErrNotUndoable) {
		return result, Errorf(No, "id", "%w", err)
	}
	result.Undone = &undone
	if err == nil && len(undone.Edits)+len(undone.Settings)+len(undone.LeftEdits)+len(undone.LeftSettings) == 0 {
		return result, Errorf(No, "id", "nothing to undo: everything is as before the event %s", id)
	}
	return result, err
}
