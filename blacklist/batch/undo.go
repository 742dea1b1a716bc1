package batch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// UndoneError means that a batch is already undone.
type UndoneError struct {
	ID, By string
	At     time.Time
}

func (e *UndoneError) Error() string {
	if e.By == "" {
		return e.ID + " is already undone; it had no changes left"
	}
	return fmt.Sprintf("%s is already undone by %s; to redo it, undo %s", e.ID, e.By, e.By)
}

// UndoJob is a batch to undo.
type UndoJob struct {
	ID string
	// By is who runs the undo.
	By string
	// Progress, if not nil, is called from time to time.
	Progress func(Progress)
}

// undoing is a running undo.
type undoing struct {
	*running
	job    UndoJob
	target Batch
	counts Counts
	first  bool
}

// Undo reverts the changes of a batch, the latest first: entries are restored with
// their creation time and hits. Entries changed since then stay as they are. An undo
// is also a batch. If it is interrupted, run it again to complete it. An interrupted
// import can be undone too.
func (e *Engine) Undo(ctx context.Context, job UndoJob) (Summary, error) {
	began := time.Now()
	target, err := e.Journal.Batch(ctx, job.ID)
	if err != nil {
		return Summary{}, err
	}
	now := e.now()
	u := &undoing{job: job, running: e.start(ctx, Batch{
		ID: newID(now), Kind: Undo, Undoes: target.ID, Source: target.Source, DefaultSource: target.DefaultSource,
		File: target.File, By: job.By, Started: now, State: Running,
	})}
	err = recoverPanic(func() error { return u.run(ctx) })
	u.batch.Counts = u.counts
	err = u.end(ctx, err)
	return Summary{Batch: u.result(), Partial: err != nil, Took: time.Since(began)}, err
}

func (u *undoing) run(ctx context.Context) error {
	// The batch may have changed while this waited for the lease.
	if err := u.do(ctx, func(ctx context.Context) (err error) {
		u.target, err = u.engine.Journal.Batch(ctx, u.job.ID)
		return err
	}); err != nil {
		return err
	}
	if u.target.State == Undone {
		return &UndoneError{ID: u.target.ID, By: u.target.UndoneBy, At: u.target.Finished}
	}
	return u.runPasses(ctx, u.pass)
}

// pass reads the journal once, backwards.
func (u *undoing) pass(ctx context.Context, first bool) error {
	u.first = first
	var numbers []int
	if err := u.do(ctx, func(ctx context.Context) (err error) {
		numbers, err = u.engine.Journal.Chunks(ctx, u.target.ID)
		return err
	}); err != nil {
		return err
	}
	for i, number := range slices.Backward(numbers) {
		var data []byte
		if err := u.do(ctx, func(ctx context.Context) (err error) {
			data, err = u.engine.Journal.Chunk(ctx, u.target.ID, number)
			return err
		}); err != nil {
			return err
		}
		edits, err := unpack(data)
		if err != nil {
			return fmt.Errorf("batch %s, chunk %d: %w", u.target.ID, number, err)
		}
		if err := u.page(ctx, edits); err != nil {
			return err
		}
		if u.job.Progress != nil {
			u.job.Progress(Progress{Writing, int64(len(numbers) - i), int64(len(numbers))})
		}
	}
	u.batch.Counts = u.counts
	if !u.started() && u.counts.Left > 0 {
		return nil
	}
	return u.mark(ctx)
}

// page reverts some edits. If another process changes an entry at the same time, it
// decides again.
func (u *undoing) page(ctx context.Context, edits []blacklist.Edit) error {
	if u.first {
		u.counts.Rows += int64(len(edits))
	}
	for try := 1; len(edits) > 0; try++ {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		rules := make([]blacklist.Rule, len(edits))
		for i, edit := range edits {
			rules[i] = edit.Rule
		}
		var current []*blacklist.Entry
		if err := u.do(ctx, func(ctx context.Context) (err error) {
			current, err = u.engine.List.Lookup(ctx, rules)
			return err
		}); err != nil {
			return err
		}
		var reversals, again []blacklist.Edit
		var places []int
		for i, edit := range edits {
			reversal, needed, left := reverse(edit, current[i], u.engine.now())
			switch {
			case needed && try <= maxConflicts:
				reversals = append(reversals, reversal)
				places = append(places, i)
			case needed || left:
				u.tally(nil)
			default:
				u.tally(&blacklist.Edit{})
			}
		}
		if len(reversals) > 0 {
			u.batch.Counts = u.counts
			done, err := u.swap(ctx, reversals)
			if err != nil {
				return err
			}
			for i, place := range places {
				if done[i] {
					u.tally(&reversals[i])
				} else {
					again = append(again, edits[place])
				}
			}
		}
		edits = again
	}
	return nil
}

// reverse returns the edit that restores the entry before an edit, and whether it is
// needed; left says that the entry was changed since. An entry with the same fields
// but another creation time was changed. Expired entries count as missing.
func reverse(edit blacklist.Edit, current *blacklist.Entry, now time.Time) (reversal blacklist.Edit, needed, left bool) {
	was, made := edit.Before, edit.After
	if was != nil && was.Expired(now) {
		was = nil
	}
	if made != nil && made.Expired(now) {
		made = nil
	}
	switch {
	case blacklist.Same(current, was):
		return blacklist.Edit{}, false, false
	case blacklist.Same(current, made) && (made == nil || current.Created.Equal(made.Created)):
		return blacklist.Edit{Rule: edit.Rule, Before: current, After: was}, true, false
	default:
		return blacklist.Edit{}, false, true
	}
}

// tally counts a reverted change. An edit without sides is a change that needed
// nothing, nil is one that was left.
func (u *undoing) tally(reversal *blacklist.Edit) {
	switch {
	case !u.first:
	case reversal == nil:
		u.counts.Left++
	case reversal.Before == nil && reversal.After == nil:
		u.counts.Unchanged++
	case reversal.Before == nil:
		u.counts.Added++
	case reversal.After == nil:
		u.counts.Removed++
	default:
		u.counts.Changed++
	}
}

// mark saves that the batch is undone. If it was an undo itself, the batch that it had
// undone is done again.
func (u *undoing) mark(ctx context.Context) error {
	journal := u.engine.Journal
	return u.do(ctx, func(ctx context.Context) error {
		target := u.target
		target.State = Undone
		if u.started() {
			target.UndoneBy = u.batch.ID
		}
		if err := journal.SaveBatch(ctx, target); err != nil {
			return err
		}
		if target.Kind != Undo {
			return nil
		}
		original, err := journal.Batch(ctx, target.Undoes)
		if err != nil || original.UndoneBy != target.ID {
			// It may have expired.
			return ignoreNoBatch(err)
		}
		original.State, original.UndoneBy = Done, ""
		return journal.SaveBatch(ctx, original)
	})
}
