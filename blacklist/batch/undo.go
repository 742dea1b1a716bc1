package batch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// UndoneError means that a batch was taken back before.
type UndoneError struct {
	ID, By string
	At     time.Time
}

func (e *UndoneError) Error() string {
	if e.By == "" {
		return e.ID + " was undone already; nothing of it was left"
	}
	return fmt.Sprintf("%s was undone already, by %s, which can be undone itself", e.ID, e.By)
}

// UndoJob is a batch to be taken back.
type UndoJob struct {
	ID string
	// By is who takes it back.
	By string
	// Progress, if not nil, hears now and then how far it is.
	Progress func(Progress)
}

// undoing is one undo at work.
type undoing struct {
	*running
	job    UndoJob
	target Batch
	counts Counts
	first  bool
}

// Undo takes back what a batch has changed, the latest change first: entries
// are what they were before it, with their creation and their hits. What has
// been changed since is left as it is. An undo is a batch itself. One that was
// broken off is completed by running it once more; so is taken back what there
// is of an import that was broken off. An event of the audit trail that names a
// batch is undone by its ID.
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
	err = guarded(func() error { return u.run(ctx) })
	u.batch.Counts = u.counts
	err = u.end(ctx, err)
	return Summary{Batch: u.remembered(), Partial: err != nil, Took: time.Since(began)}, err
}

func (u *undoing) run(ctx context.Context) error {
	// Until its source was free, it may have ended, or been taken back.
	if err := u.do(ctx, func(ctx context.Context) (err error) {
		u.target, err = u.engine.Journal.Batch(ctx, u.job.ID)
		return err
	}); err != nil {
		return err
	}
	if u.target.State == Undone {
		return &UndoneError{ID: u.target.ID, By: u.target.UndoneBy, At: u.target.Finished}
	}
	return u.carry(ctx, u.pass)
}

// pass goes through the journal once, backwards.
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
	if !u.begun() && u.counts.Left > 0 {
		return nil
	}
	return u.mark(ctx)
}

// page takes some edits back; where others change an entry at the same
// time, it is decided anew.
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
		var backs, again []blacklist.Edit
		var places []int
		for i, edit := range edits {
			back, needed, left := takeBack(edit, current[i], u.engine.now())
			switch {
			case needed && try <= maxConflicts:
				backs = append(backs, back)
				places = append(places, i)
			case needed || left:
				u.tally(nil)
			default:
				u.tally(&blacklist.Edit{})
			}
		}
		if len(backs) > 0 {
			u.batch.Counts = u.counts
			done, err := u.swap(ctx, backs)
			if err != nil {
				return err
			}
			for i, place := range places {
				if done[i] {
					u.tally(&backs[i])
				} else {
					again = append(again, edits[place])
				}
			}
		}
		edits = again
	}
	return nil
}

// takeBack decides what restores the entry that an edit has changed, if that
// is needed; left says that it has been changed since. An entry that says the
// same but was made at another time is another one. What has expired stands for
// nothing.
func takeBack(edit blacklist.Edit, current *blacklist.Entry, now time.Time) (back blacklist.Edit, needed, left bool) {
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

// tally counts a change that was taken back, one that needed nothing, which is
// an edit without sides, or one that was left, which is nil.
func (u *undoing) tally(back *blacklist.Edit) {
	switch {
	case !u.first:
	case back == nil:
		u.counts.Left++
	case back.Before == nil && back.After == nil:
		u.counts.Same++
	case back.Before == nil:
		u.counts.Added++
	case back.After == nil:
		u.counts.Removed++
	default:
		u.counts.Changed++
	}
}

// mark remembers that the batch was taken back; what it had taken back itself
// is at work again.
func (u *undoing) mark(ctx context.Context) error {
	journal := u.engine.Journal
	return u.do(ctx, func(ctx context.Context) error {
		target := u.target
		target.State = Undone
		if u.begun() {
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
			// It may have been forgotten by now.
			return ignoreNoBatch(err)
		}
		original.State, original.UndoneBy = Done, ""
		return journal.SaveBatch(ctx, original)
	})
}
