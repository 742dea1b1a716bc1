package app

import (
	"context"
	"errors"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
)

// Trail is the audit trail of the store.
type Trail interface {
	// AuditEvent returns the event with an ID, or audit.ErrNoEvent.
	AuditEvent(ctx context.Context, id string) (audit.Event, error)
	// UndoEvent restores what an event has changed of the list, the settings or
	// the hours, where nothing has changed since, in one step. It records that as
	// an event.
	UndoEvent(ctx context.Context, event audit.Event) (audit.Undone, error)
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
	Undone *audit.Undone  `json:"undone,omitempty"`
	Batch  *batch.Summary `json:"batch,omitempty"`
}

// Complete reports whether nothing was left as it is.
func (r UndoResult) Complete() bool {
	return (r.Undone == nil || len(r.Undone.Left) == 0) && (r.Batch == nil || r.Batch.Counts.Left == 0)
}

// UndoEvent takes back what an event of the audit trail has changed. Job is for
// the event of a batch, whose ID it gets.
func UndoEvent(ctx context.Context, trail Trail, batches BatchUndoer, id string, job batch.UndoJob) (UndoResult, error) {
	event, err := trail.AuditEvent(ctx, id)
	if errors.Is(err, audit.ErrNoEvent) {
		return UndoResult{}, Errorf(No, "id", "%w %q: `ringfence audit` shows the IDs", err, id)
	}
	if err != nil {
		return UndoResult{}, err
	}
	result := UndoResult{Event: event}
	switch event.Action {
	case audit.FeedAdd:
		return result, Errorf(No, "id", "event %s added a feed: use `ringfence feed remove`", id)
	case audit.FeedRemove, audit.FeedChange:
		return result, Errorf(No, "id", "event %s changed a feed, whose password is not in the audit trail: use `ringfence feed add`", id)
	case audit.Block, audit.Allow, audit.Remove, audit.Import, audit.Undo, audit.Settings, audit.Hours, audit.FeedRun:
	}
	if event.Batch != "" {
		job.ID = event.Batch
		summary, err := batches.Undo(ctx, job)
		if before, ok := errors.AsType[*batch.UndoneError](err); ok {
			return result, Errorf(No, "id", "%w", before)
		}
		result.Batch = &summary
		return result, err
	}
	undone, err := trail.UndoEvent(ctx, event)
	result.Undone = &undone
	return result, err
}
