package app

import (
	"context"
	"errors"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
)

// Trail is the audit trail of the store.
type Trail interface {
	// Event returns the event with an ID, or audit.ErrNoEvent.
	Event(ctx context.Context, id string) (audit.Event, error)
	// Undo takes back what an event has changed, where nothing has changed since,
	// and records that as an event. It returns audit.ErrNotUndoable if the event
	// has changed nothing that it knows.
	Undo(ctx context.Context, id string) (audit.Undone, error)
}

// BatchUndoer undoes batches.
type BatchUndoer interface {
	Undo(ctx context.Context, job batch.UndoJob) (batch.Summary, error)
}

// UndoResult is what the undo of an event did.
type UndoResult struct {
	// Event is the one that was undone.
	Event audit.Event `json:"event"`
	// Undone is about single changes, Batch about the event of a batch.
	Undone *audit.Undone `json:"undone,omitempty"`
	Batch  *Report       `json:"batch,omitempty"`
}

// Complete reports whether nothing was left as it is.
func (r UndoResult) Complete() bool {
	return (r.Undone == nil || len(r.Undone.LeftEdits)+len(r.Undone.LeftSettings) == 0) && (r.Batch == nil || r.Batch.Left == 0)
}

// UndoEvent takes back what an event of the audit trail has changed, and says that
// the given person did.
func (b Batches) UndoEvent(ctx context.Context, trail Trail, id, by string) (UndoResult, error) {
	return UndoEvent(ctx, trail, b.engine(), id, batch.UndoJob{By: by, Progress: b.Watch.Progress})
}

// UndoEvent takes back what an event of the audit trail has changed. Job is for
// the event of a batch, whose ID it gets.
func UndoEvent(ctx context.Context, trail Trail, batches BatchUndoer, id string, job batch.UndoJob) (UndoResult, error) {
	event, err := trail.Event(ctx, id)
	if errors.Is(err, audit.ErrNoEvent) {
		return UndoResult{}, Errorf(No, "id", "%w: `ringfence audit` shows the IDs", err)
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
			return result, Errorf(No, "id", "%w: batches are kept for 30 days", err)
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
		return result, Errorf(No, "id", "nothing to undo: all is as it was before the event %s", id)
	}
	return result, err
}
