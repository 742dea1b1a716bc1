package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
)

// trail is an audit trail of one event.
type trail struct {
	event  audit.Event
	undone audit.Undone
	err    error
	undos  int
}

func (f *trail) Event(_ context.Context, id string) (audit.Event, error) {
	if id != f.event.ID {
		return audit.Event{}, audit.ErrNoEvent
	}
	return f.event, nil
}

func (f *trail) Undo(context.Context, string) (audit.Undone, error) {
	f.undos++
	return f.undone, f.err
}

// batches records which batch was undone.
type batches struct {
	id, by  string
	summary batch.Summary
	err     error
}

func (f *batches) Undo(_ context.Context, job batch.UndoJob) (batch.Summary, error) {
	f.id, f.by = job.ID, job.By
	return f.summary, f.err
}

func TestUndoEvent(t *testing.T) {
	t.Parallel()
	done := audit.Undone{Settings: []audit.Setting{{Name: "mode"}}}
	left := audit.Undone{LeftSettings: []audit.Setting{{Name: "mode"}}}
	partly := batch.Summary{Batch: batch.Batch{Counts: batch.Counts{Left: 1}}}
	down := errors.New("redis is unreachable")
	for name, test := range map[string]struct {
		event    audit.Event
		undone   audit.Undone
		batches  batches
		err      error
		id       string
		want     string // of the error
		kind     app.Kind
		complete bool
		batch    string
	}{
		"an entry":               {event: audit.Event{Action: audit.Block}, undone: done, complete: true},
		"an entry changed since": {event: audit.Event{Action: audit.Remove}, undone: left},
		"a setting":              {event: audit.Event{Action: audit.Settings}, undone: done, complete: true},
		"an undo":                {event: audit.Event{Action: audit.Undo}, undone: done, complete: true},
		"an event undone before": {event: audit.Event{Action: audit.Block}, want: "nothing to undo", kind: app.No, complete: true},
		"a store that fails":     {event: audit.Event{Action: audit.Block}, err: down, want: "unreachable", complete: true},
		"an import":              {event: audit.Event{Action: audit.Import, Batch: "20261124-kfqx"}, batch: "20261124-kfqx", complete: true},
		"a feed's run":           {event: audit.Event{Action: audit.FeedRun, Batch: "b"}, batches: batches{summary: partly}, batch: "b"},
		"an import undone before": {
			event: audit.Event{Action: audit.Import, Batch: "b"}, batches: batches{err: &batch.UndoneError{ID: "b", By: "c"}}, batch: "b",
			want: "already undone", kind: app.No, complete: true,
		},
		"an import forgotten": {
			event: audit.Event{Action: audit.Import, Batch: "b"}, batches: batches{err: batch.ErrNoBatch}, batch: "b",
			want: "stored for 30 days", kind: app.NotFound, complete: true,
		},
		"nothing to undo": {event: audit.Event{Action: audit.FeedRun}, err: audit.ErrNotUndoable, want: "cannot be undone", kind: app.No, complete: true},
		"an unknown ID":   {id: "9-9", want: "no such event", kind: app.NotFound, complete: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.event.ID = "1-0"
			if test.id == "" {
				test.id = "1-0"
			}
			from := &trail{event: test.event, undone: test.undone, err: test.err}
			result, err := app.UndoEvent(t.Context(), from, &test.batches, test.id, batch.UndoJob{By: "alice"})
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if known, ok := errors.AsType[*app.Error](err); ok && known.Kind != test.kind || !ok && test.kind != app.Failed {
				t.Errorf("the error %#v is not of kind %d", err, test.kind)
			}
			if result.Complete() != test.complete {
				t.Errorf("complete: %t", result.Complete())
			}
			if test.batches.id != test.batch || (test.batch != "" && test.batches.by != "alice") {
				t.Errorf("batch %q was undone by %q", test.batches.id, test.batches.by)
			}
			if single := test.batch == "" && test.id == "1-0"; single != (from.undos == 1) {
				t.Errorf("%d undos of single changes", from.undos)
			}
		})
	}
}
