package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/retry"
)

type (
	// Batch is an import or undo as it is remembered.
	Batch = batch.Batch
	// Reject is a row that was refused.
	Reject = batch.Reject
	// Progress is how far an import or undo is.
	Progress = batch.Progress
)

// Reading is the phase of a Progress in which nobody knows how many rows there
// are.
const Reading = batch.Reading

// RetryFor is how long an outage of the store may take.
const RetryFor = batch.DefaultRetryFor

// BatchStore keeps the list, and what batches have changed of it.
type BatchStore interface {
	batch.List
	batch.Journal
	batch.Trail
	Lease(ctx context.Context, name string) (held context.Context, release func(), err error)
	Batches(ctx context.Context) ([]Batch, error)
}

// Watch hears how a batch goes on. What is nil hears nothing.
type Watch struct {
	Progress func(Progress)
	// OnWait hears who else imports the source, as HOST:PID.
	OnWait func(source, holder string)
	// OnRetry hears of an outage of the store, and of the pause.
	OnRetry func(err error, pause time.Duration)
}

// Batches is what a person can do with imports.
type Batches struct {
	Store BatchStore
	Now   func() time.Time
	Watch Watch
}

// NewEngine returns what carries out batches on a store.
func NewEngine(s BatchStore, now func() time.Time) *batch.Engine {
	return &batch.Engine{
		List: s, Journal: s, Trail: s, Lease: s.Lease, Now: now,
		Retryable: func(err error) bool { return errors.Is(err, retry.ErrUnreachable) },
	}
}

// watch lets an engine wait for others, and be watched.
func (w Watch) watch(engine *batch.Engine) {
	engine.OnRetry = w.OnRetry
	engine.Lease = engine.Lease.Waiting(func(other *lease.HeldError) {
		if w.OnWait != nil {
			w.OnWait(batch.LeasedSource(other.Name), other.Holder)
		}
	})
}

func (b Batches) engine() *batch.Engine {
	engine := NewEngine(b.Store, b.Now)
	b.Watch.watch(engine)
	return engine
}

// Import brings a file that is open into the list. The report is nil if an
// error kept the import from its beginning.
func (b Batches) Import(ctx context.Context, i *Import) (*Report, error) {
	i.job.Progress = b.Watch.Progress
	summary, err := b.engine().Import(ctx, i.job)
	report := newReport(summary, i.job.DryRun)
	switch shrink, shrinks := errors.AsType[*batch.ShrinkError](err); {
	case shrinks && i.job.DryRun:
		return report, fmt.Errorf("%w: it would be refused without --force or --keep", shrink)
	case shrinks:
		return nil, fmt.Errorf("%w: nothing was changed; if the file is right, --force takes it, and --keep leaves them", shrink)
	case err == nil:
		return report, nil
	case report.Rows == 0 && report.Batch == "":
		report = nil
	}
	return report, brokenOff(summary, err)
}

// Undo takes back what a batch has changed. The report is nil if an error kept
// the undo from its beginning.
func (b Batches) Undo(ctx context.Context, id, by string) (*Report, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	summary, err := b.engine().Undo(ctx, batch.UndoJob{ID: id, By: by, Progress: b.Watch.Progress})
	if errors.Is(err, batch.ErrNoBatch) {
		return nil, fmt.Errorf("%w; `ringfence import list` shows which there are", err)
	}
	_, before := errors.AsType[*batch.UndoneError](err)
	switch {
	case before, err != nil && summary.Counts.Rows == 0:
		return nil, err
	case err != nil:
		err = brokenOff(summary, err)
	}
	return newReport(summary, false), err
}

// List returns what was imported and undone, the newest first.
func (b Batches) List(ctx context.Context) ([]Batch, error) { return b.Store.Batches(ctx) }

// brokenOff says how far a batch came, and how to go on.
func brokenOff(summary batch.Summary, err error) error {
	if errors.Is(err, context.Canceled) {
		err = errors.New("it was stopped")
	}
	switch {
	case summary.ID == "":
		return fmt.Errorf("%w; nothing was changed", err)
	case summary.Kind == batch.Undo:
		return fmt.Errorf("%w; some changes are taken back: run it again to complete it", err)
	default:
		return fmt.Errorf("%w; a part is done: run it again to complete it, or `ringfence import undo %s` to take it back", err, summary.ID)
	}
}

// Report says what an import or an undo did, or would do.
type Report struct {
	// Batch is the ID, "" if nothing was changed.
	Batch string     `json:"batch,omitempty"`
	Kind  batch.Kind `json:"kind"`
	// Undoes is the batch that an undo takes back, "" of an import.
	Undoes   string                   `json:"undoes,omitempty"`
	File     string                   `json:"file,omitempty"`
	Format   string                   `json:"format,omitempty"`
	Source   string                   `json:"source,omitempty"`
	DryRun   bool                     `json:"dry_run"`
	Complete bool                     `json:"complete"`
	Seconds  float64                  `json:"seconds"`
	Rows     int64                    `json:"rows"`
	Taken    int64                    `json:"taken"`
	Refused  int64                    `json:"refused"`
	Causes   map[listfile.Cause]int64 `json:"causes"`
	Added    int64                    `json:"added"`
	Changed  int64                    `json:"changed"`
	Same     int64                    `json:"same"`
	Repeated int64                    `json:"repeated"`
	Removed  int64                    `json:"removed"`
	Absent   int64                    `json:"absent"`
	Gone     int64                    `json:"gone"`
	Left     int64                    `json:"left,omitempty"`
}

// NoneTaken reports whether every row was refused.
func (r *Report) NoneTaken() bool { return r.Refused > 0 && r.Taken == 0 }

func newReport(s batch.Summary, dryRun bool) *Report {
	c := s.Counts
	causes := c.Refused
	if causes == nil {
		causes = map[listfile.Cause]int64{}
	}
	return &Report{
		Batch: s.ID, Kind: s.Kind, Undoes: s.Undoes, File: s.File, Format: s.Format, Source: s.Source,
		DryRun: dryRun, Complete: !s.Partial, Seconds: s.Took.Seconds(),
		Rows: c.Rows, Taken: c.Taken(), Refused: c.RefusedRows(), Causes: causes,
		Added: c.Added, Changed: c.Changed, Same: c.Same, Repeated: c.Repeated, Removed: c.Removed,
		Absent: c.Absent, Gone: c.Gone, Left: c.Left,
	}
}
