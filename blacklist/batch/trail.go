package batch

import (
	"context"

	"github.com/ringfence/ringfence/audit"
)

// event returns what the trail is told of a batch as it is now.
func (b *Batch) event() audit.Event {
	event := audit.Event{Action: audit.Import, Batch: b.ID, Note: b.File}
	if b.Kind == Undo {
		event.Action, event.Note = audit.Undo, b.Undoes
	}
	if b.Source != "" {
		event.Note += ", source " + b.Source
	}
	if b.State == Running {
		event.Note += ": begins"
		return event
	}
	if b.State == Stopped {
		event.Note += ": broken off"
	}
	event.Counts = map[string]int64{}
	for name, n := range map[string]int64{
		"added": b.Counts.Added, "changed": b.Counts.Changed, "removed": b.Counts.Removed + b.Counts.Gone,
		"refused": b.Counts.RefusedRows(), "left": b.Counts.Left,
	} {
		if n > 0 {
			event.Counts[name] = n
		}
	}
	return event
}

// tell records how far the batch is.
func (l *ledger) tell(ctx context.Context) error {
	if l.patient.engine.Trail == nil {
		return nil
	}
	return l.patient.engine.Trail.Record(ctx, l.batch.event())
}
