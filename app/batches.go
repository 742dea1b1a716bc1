package app

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/retry"
)

type (
	// Batch is a stored import or undo.
	Batch = batch.Batch
	// Reject is a row that was refused.
	Reject = batch.Reject
	// Progress is the progress of an import or undo.
	Progress = batch.Progress
)

// Reading is the phase of a Progress in which the number of rows is unknown.
const Reading = batch.Reading

// RetryFor is how long an import waits for an unreachable store.
const RetryFor = batch.DefaultRetryFor

// BatchStore stores the list and its batches.
type BatchStore interface {
	batch.List
	batch.Journal
	batch.AuditLog
	Lease(ctx context.Context, name string) (held context.Context, release func(), err error)
	Batches(ctx context.Context) ([]Batch, error)
}

// Watch holds callbacks for a running batch. They may be nil.
type Watch struct {
	Progress func(Progress)
	// OnWait is called if another process (HOST:PID) imports the source.
	OnWait func(source, holder string)
	// OnRetry is called before each retry while the store is unreachable.
	OnRetry func(err error, pause time.Duration)
}

// Batches runs, undoes and lists imports.
type Batches struct {
	Store BatchStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
	Watch  Watch
}

// NewEngine returns the engine of batches for a store.
func NewEngine(s BatchStore, now func() time.Time) *batch.Engine {
	return &batch.Engine{
		List: s, Journal: s, AuditLog: s, Lease: s.Lease, Now: now,
		Retryable: func(err error) bool { return errors.Is(err, retry.ErrUnreachable) },
	}
}

// watch sets the callbacks of an engine, and lets it wait for other processes.
func (w Watch) watch(engine *batch.Engine) {
	engine.OnRetry = w.OnRetry
	engine.Lease = engine.Lease.Waiting(func(other *lease.HeldError) {
		if w.OnWait != nil {
			w.OnWait(batch.SourceOfLease(other.Name), other.Holder)
		}
	})
}

func (b Batches) engine() *batch.Engine {
	engine := NewEngine(b.Store, b.Now)
	b.Watch.watch(engine)
	return engine
}

// Import imports an open file. The report is nil if the import did not begin.
func (b Batches) Import(ctx context.Context, i *Import) (*Report, error) {
	i.job.Progress, i.job.By = b.Watch.Progress, audit.From(ctx).Name
	summary, err := b.engine().Import(ctx, i.job)
	report := newReport(summary, i.job.DryRun)
	switch shrink, shrinks := errors.AsType[*batch.ShrinkError](err); {
	case shrinks && i.job.DryRun:
		return report, Errorf(Failed, "", "%w: the import would be refused", shrink).hint(HintForceOrKeep, "")
	case shrinks:
		return nil, Errorf(Failed, "", "%w: nothing was changed", shrink).hint(HintForceOrKeep, "")
	case err == nil:
		return report, nil
	case report.Rows == 0 && report.Batch == "":
		report = nil
	}
	return report, interrupted(summary, err)
}

// Undo undoes a batch. The report is nil if the undo did not begin.
func (b Batches) Undo(ctx context.Context, id string) (*Report, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	if err := checkID(id, batchID, HintBatches); err != nil {
		return nil, err
	}
	return b.undo(ctx, id)
}

func (b Batches) undo(ctx context.Context, id string) (*Report, error) {
	summary, err := b.engine().Undo(ctx, batch.UndoJob{ID: id, By: audit.From(ctx).Name, Progress: b.Watch.Progress})
	_, before := errors.AsType[*batch.UndoneError](err)
	switch {
	case errors.Is(err, batch.ErrNoBatch):
		return nil, Errorf(NotFound, "id", "%w", err).hint(HintBatches, "")
	case before:
		return nil, Errorf(No, "id", "%w", err)
	case err != nil && summary.Counts.Rows == 0:
		return nil, err
	case err != nil:
		err = interrupted(summary, err)
	}
	return newReport(summary, false), err
}

// List returns imports and undos, the newest first.
func (b Batches) List(ctx context.Context) ([]Report, error) {
	stored, err := b.Store.Batches(ctx)
	reports := make([]Report, len(stored))
	for i, one := range stored {
		summary := batch.Summary{Batch: one, Partial: one.State == batch.Running || one.State == batch.Stopped}
		if !one.Finished.IsZero() {
			summary.Took = one.Finished.Sub(one.Started)
		}
		reports[i] = *newReport(summary, false)
	}
	return reports, err
}

// Undoable returns the IDs of imports and undos that are not undone, the newest first.
func (b Batches) Undoable(ctx context.Context) ([]string, error) {
	batches, err := b.List(ctx)
	var ids []string
	for _, one := range batches {
		if one.State != batch.Undone {
			ids = append(ids, one.Batch)
		}
	}
	return ids, err
}

// interrupted returns the error of a batch that did not complete, with what to do.
func interrupted(summary batch.Summary, err error) error {
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	kind := KindOf(err)
	switch {
	case summary.ID == "":
		return Errorf(kind, "", "%w; nothing was changed", err)
	case summary.Kind == batch.Undo:
		return Errorf(kind, "", "%w; a part is undone: run it again to complete it", err)
	default:
		return Errorf(kind, "", "%w; a part is imported: run it again to complete it", err).hint(HintUndoBatch, summary.ID)
	}
}

// Report is what an import or an undo did, or would do.
type Report struct {
	// ID of the batch; missing if nothing was changed.
	Batch string `json:"id,omitempty"`
	// "import" or "undo".
	Kind batch.Kind `json:"kind"`
	// ID of the batch that an undo has undone.
	Undoes string `json:"undoes,omitempty"`
	// ID of the batch that has undone this one.
	UndoneBy string `json:"undone_by,omitempty"`
	// Name of the file, or the address of a feed.
	File string `json:"file,omitempty"`
	// Format of the file.
	Format string `json:"format,omitempty"`
	// Source of all entries; if rows have their own, of those without one.
	Source string `json:"source,omitempty"`
	// Sourced says that rows have their own source.
	Sourced bool `json:"-"`
	// Who ran it.
	By string `json:"by,omitempty"`
	// When it began.
	Started time.Time `json:"started,omitzero"`
	// "running", "done", "stopped" or "undone"; missing if nothing was changed.
	State batch.State `json:"state,omitempty"`
	// Nothing was changed: it was a dry run.
	DryRun bool `json:"dry_run"`
	// False if the batch was interrupted.
	Complete bool `json:"complete"`
	// How long it took, in seconds; missing while it runs.
	Seconds float64 `json:"took_seconds,omitempty"`
	// Rows of the file; for an undo, the changes to undo.
	Rows int64 `json:"rows"`
	// Rows that were accepted, whether they changed something or not.
	Taken int64 `json:"taken"`
	// Rows that were refused.
	Refused int64 `json:"refused"`
	// Refused rows by cause.
	Causes map[listfile.Cause]int64 `json:"causes"`
	// New entries; for an undo, restored ones.
	Added int64 `json:"added"`
	// Changed entries.
	Changed int64 `json:"changed"`
	// Rows that the list had already.
	Unchanged int64 `json:"unchanged"`
	// Rows with the number of another row.
	Repeated int64 `json:"repeated"`
	// Entries that the file marks for removal; for an undo, removed ones.
	Removed int64 `json:"removed"`
	// Rows marked for removal that were not on the list.
	Absent int64 `json:"absent"`
	// Deleted entries of the source: missing from the file.
	Gone int64 `json:"gone"`
	// Changes that were not undone, because the entry was changed since.
	Left int64 `json:"left,omitempty"`
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
		Batch: s.ID, Kind: s.Kind, Undoes: s.Undoes, UndoneBy: s.UndoneBy, By: s.By, Started: s.Started.UTC().Truncate(time.Second),
		State: s.State, File: s.File, Format: s.Format, Source: cmp.Or(s.Source, s.DefaultSource), Sourced: s.Source == "",
		DryRun: dryRun, Complete: !s.Partial, Seconds: s.Took.Round(time.Millisecond).Seconds(),
		Rows: c.Rows, Taken: c.Taken(), Refused: c.RefusedRows(), Causes: causes,
		Added: c.Added, Changed: c.Changed, Unchanged: c.Unchanged, Repeated: c.Repeated, Removed: c.Removed,
		Absent: c.Absent, Gone: c.Gone, Left: c.Left,
	}
}
