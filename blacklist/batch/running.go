package batch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/retry"
)

const (
	// maxPasses bounds how often what was disturbed is looked through once more.
	maxPasses = 20
	// saveEvery is after how many chunks a batch is written anew, so that the
	// counts of one that is killed are about right.
	saveEvery = 16
	// finishTime bounds what is written at the end of a batch that was cancelled.
	finishTime = 5 * time.Second
)

// errRestless means that no pass went through undisturbed.
var errRestless = errors.New("the store failed again and again")

// running is a batch at work: it holds the lease of its source, repeats what
// fails while the store is unreachable, and writes the journal. The batch comes
// into being with its first chunk: one that changes nothing leaves no trace.
type running struct {
	engine *Engine
	lease  *lease.Keeper
	batch  Batch
	packer packer
	chunks int
	// disturbed says that something had to be repeated.
	disturbed atomic.Bool
}

func (e *Engine) start(ctx context.Context, batch Batch) *running {
	return &running{engine: e, lease: e.Lease.Keep(ctx, batch.lease()), batch: batch}
}

// do carries out an operation under the lease, and repeats it while the store
// is unreachable. The operation has to bear being repeated after a part of it,
// or all, was done. It is safe for concurrent use.
func (r *running) do(ctx context.Context, operation func(context.Context) error) error {
	policy := retry.Policy{
		Retryable: r.engine.Retryable, First: firstPause, Longest: longPause, Total: r.engine.retryFor(), OnRetry: r.onRetry,
	}
	return policy.Do(ctx, func(ctx context.Context) error {
		if err := r.lease.Hold(); err != nil {
			return err
		}
		return operation(ctx)
	})
}

func (r *running) onRetry(err error, pause time.Duration) {
	r.disturbed.Store(true)
	if r.engine.OnRetry != nil {
		r.engine.OnRetry(err, pause)
	}
}

// listings yields the lines of the list; where the reading breaks off, it goes
// on from there.
func (r *running) listings(ctx context.Context) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		last, over := "", false
		for !over {
			// The time for retries begins anew with each line that was read.
			var broken error
			err := r.do(ctx, func(ctx context.Context) error {
				from := last
				for line, err := range r.engine.List.Listings(ctx) {
					if err != nil && last > from && r.engine.Retryable != nil && r.engine.Retryable(err) {
						broken = err
						return nil
					}
					if err != nil {
						return err
					}
					if key := line.Rule.String(); key > last {
						last = key
						if over = !yield(line, nil); over {
							return nil
						}
					}
				}
				over = true
				return nil
			})
			switch {
			case err != nil && !over:
				yield(blacklist.Entry{}, err)
				return
			case broken != nil:
				r.onRetry(broken, 0)
			}
		}
	}
}

// begun reports whether anything has been written.
func (r *running) begun() bool { return r.chunks > 0 }

// swap carries out edits and writes their chunk of the journal in one step.
// Being cancelled doesn't break it off: it takes a moment, and afterwards it is
// known what was done.
func (r *running) swap(ctx context.Context, edits []blacklist.Edit) (done []bool, err error) {
	data, err := r.packer.pack(edits)
	if err != nil {
		return nil, fmt.Errorf("pack the journal: %w", err)
	}
	if !r.begun() {
		if err := r.do(ctx, r.record); err != nil {
			return nil, err
		}
	}
	chunk := Chunk{Batch: r.batch.ID, Number: r.chunks, Data: data}
	r.chunks++
	err = r.do(ctx, func(ctx context.Context) (err error) {
		if chunk.Number%saveEvery == 0 {
			if err := r.engine.Journal.SaveBatch(ctx, r.batch); err != nil {
				return err
			}
		}
		done, err = r.engine.List.Swap(context.WithoutCancel(ctx), edits, &chunk)
		return err
	})
	return done, err
}

// carry lets passes make the changes until one went through undisturbed, with
// the end of the batch written. A store that fails over may forget edits that
// it had confirmed, each together with its chunk; the next pass makes them
// again. The first pass counts.
func (r *running) carry(ctx context.Context, pass func(ctx context.Context, first bool) error) error {
	for n := 1; ; n++ {
		r.disturbed.Store(false)
		if err := pass(ctx, n == 1); err != nil {
			return err
		}
		r.batch.Finished, r.batch.State = r.engine.now(), Done
		if r.begun() {
			if err := r.do(ctx, r.save); err != nil {
				return err
			}
		}
		if !r.disturbed.Load() {
			return nil
		}
		if n == maxPasses {
			return fmt.Errorf("%w, in each of %d passes: run it once more when it is well", errRestless, n)
		}
	}
}

// remembered returns the batch as it is remembered: without an ID if nothing
// was changed.
func (r *running) remembered() Batch {
	if !r.begun() {
		r.batch.ID = ""
	}
	return r.batch
}

func (r *running) save(ctx context.Context) error { return r.engine.Journal.SaveBatch(ctx, r.batch) }

// end writes how the batch ended, gives its lease back and returns why it
// ended. It takes no longer than a moment, even after ctx was cancelled.
func (r *running) end(ctx context.Context, why error) error {
	defer r.lease.Release()
	if why != nil {
		r.batch.Finished, r.batch.State = r.engine.now(), Stopped
	}
	if !r.begun() {
		return why
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if why != nil {
		why = errors.Join(why, r.save(ctx))
	}
	return errors.Join(why, r.record(ctx))
}

// record writes to the audit trail how far the batch is.
func (r *running) record(ctx context.Context) error {
	if r.engine.Trail == nil {
		return nil
	}
	return r.engine.Trail.Record(ctx, r.batch.event())
}

// event is the batch as it is now. Engine.Undo takes back what the event says.
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
