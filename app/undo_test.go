package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
)

// auditLog is an audit log of one event.
type auditLog struct {
	event  audit.Event
	undone audit.Undone
	err    error
	undos  int
}

func (f *auditLog) Event(_ context.Context, id string) (audit.Event, error) {
	if id != f.event.ID {
		return audit.Event{}, audit.ErrNoEvent
	}
	return f.event, nil
}

func (f *auditLog) Undo(context.Context, string) (audit.Undone, error) {
	f.undos++
	return f.undone, f.err
}

// batchStore is a store of one batch without changes.
type batchStore struct {
	app.BatchStore
	batch batch.Batch
}

func (f *batchStore) Lease(ctx context.Context, _ string) (context.Context, func(), error) {
	return ctx, func() {}, nil
}

func (f *batchStore) Batch(_ context.Context, id string) (batch.Batch, error) {
	if id != f.batch.ID {
		return batch.Batch{}, batch.ErrNoBatch
	}
	return f.batch, nil
}

func (f *batchStore) Chunks(context.Context, string) ([]int, error) { return nil, nil }

func (f *batchStore) SaveBatch(_ context.Context, b batch.Batch) error {
	f.batch = b
	return nil
}

func TestUndoEvent(t *testing.T) {
	t.Parallel()
	done := audit.Undone{Settings: []audit.Setting{{Name: "mode"}}}
	left := audit.Undone{LeftSettings: []audit.Setting{{Name: "mode"}}}
	down := errors.New("redis is unreachable")
	for name, test := range map[string]struct {
		event    audit.Event
		undone   audit.Undone
		batches  batchStore
		err      error
		id       string
		want     string // of the error
		kind     app.Kind
		complete bool
		undoes   bool // a batch
	}{
		"an entry":               {event: audit.Event{Action: audit.Block}, undone: done, complete: true},
		"an entry changed since": {event: audit.Event{Action: audit.Remove}, undone: left},
		"a setting":              {event: audit.Event{Action: audit.Settings}, undone: done, complete: true},
		"an undo":                {event: audit.Event{Action: audit.Undo}, undone: done, complete: true},
		"an event undone before": {event: audit.Event{Action: audit.Block}, want: "nothing to undo", kind: app.No, complete: true},
		"a store that fails":     {event: audit.Event{Action: audit.Block}, err: down, want: "unreachable", complete: true},
		"an import":              {event: audit.Event{Action: audit.Import, Batch: "20261124-kfqx"}, batches: batchStore{batch: batch.Batch{ID: "20261124-kfqx"}}, undoes: true, complete: true},
		"an import undone before": {
			event: audit.Event{Action: audit.Import, Batch: "b"}, batches: batchStore{batch: batch.Batch{ID: "b", State: batch.Undone, UndoneBy: "c"}},
			want: "already undone", kind: app.No, complete: true,
		},
		"an import forgotten": {
			event: audit.Event{Action: audit.Import, Batch: "b"}, want: "stored for 30 days", kind: app.NotFound, complete: true,
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
			from := &auditLog{event: test.event, undone: test.undone, err: test.err}
			result, err := app.Batches{Store: &test.batches, Now: time.Now}.UndoEvent(t.Context(), from, test.id)
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got := app.KindOf(err); got != test.kind {
				t.Errorf("the error %#v is of kind %d, want %d", err, got, test.kind)
			}
			if result.Complete() != test.complete {
				t.Errorf("complete: %t", result.Complete())
			}
			if undone := err == nil && test.batches.batch.State == batch.Undone; undone != test.undoes {
				t.Errorf("the batch is %q", test.batches.batch.State)
			}
			if single := test.event.Batch == "" && test.id == "1-0"; single != (from.undos == 1) {
				t.Errorf("%d undos of single changes", from.undos)
			}
		})
	}
}

// An undo of an import leaves what has changed since, says so, and is its actor's.
func TestUndoEvent_ImportChangedSince(t *testing.T) {
	t.Parallel()
	list, s := newList(t)
	imports := app.Batches{Store: s, Region: "DE", Now: list.Now}
	file, err := imports.ReadImport(app.ImportInput{Source: "ftc"})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Open(strings.NewReader("+4930123456\n+4930123457\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := imports.Import(audit.As(t.Context(), audit.By{Name: "anna"}), file); err != nil {
		t.Fatal(err)
	}
	put(t, list, app.EntryInput{Kind: blacklist.Allow}, rules(t, list, "", "+4930123457"))
	events, err := s.Audit(t.Context(), audit.Filter{Action: audit.Import}, 1)
	if err != nil || len(events) != 1 {
		t.Fatalf("events %+v, %v", events, err)
	}
	result, err := imports.UndoEvent(audit.As(t.Context(), audit.By{Name: "alice"}), s, events[0].ID)
	if err != nil || result.Complete() || result.Batch == nil || result.Batch.Left != 1 {
		t.Errorf("undo %+v, complete %t, %v; want one entry left", result.Batch, result.Complete(), err)
	}
	batches, err := imports.List(t.Context())
	if err != nil || len(batches) != 2 {
		t.Fatalf("batches %+v, %v", batches, err)
	}
	for _, b := range batches {
		if want := map[batch.Kind]string{batch.Import: "anna", batch.Undo: "alice"}[b.Kind]; b.By != want {
			t.Errorf("the %s is by %q, want %q", b.Kind, b.By, want)
		}
	}
}
