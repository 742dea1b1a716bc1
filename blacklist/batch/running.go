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
	// maxPasses is the maximum number of passes over file and list.
	maxPasses = 20
	// saveEvery is the number of chunks between two saves of a batch. They keep the
	// counts of a killed batch approximately right.
	saveEvery = 16
	// finishTime is the time limit of the last writes of a cancelled batch.
	finishTime = 5 * time.Second
)

// errUnstable means that no pass was without retries.
var errUnstable = errors.New("repeated failures of Redis")

// running is a running batch: it holds the lease of its source, retries while the
// store is unreachable, and writes the journal. A batch is stored with its first
// chunk. If nothing changes, it is not stored.
type running struct {
	engine *Engine
	lease  *lease.Keeper
	batch  Batch
	packer packer
	chunks int
	// retried says that an operation was retried.
	retried atomic.Bool
}

func (e *Engine) start(ctx context.Context, batch Batch) *running {
	return &running{engine: e, lease: e.Lease.Keep(ctx, batch.lease()), batch: batch}
}

// do runs an operation under the lease, and retries it while the store is
// unreachable. The operation must be repeatable after it was done in part or
// completely. It is safe for concurrent use.
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
	r.retried.Store(true)
	if r.engine.OnRetry != nil {
		r.engine.OnRetry(err, pause)
	}
}

// listings yields the lines of the list. After an interruption it continues with the
// next line.
func (r *running) listings(ctx context.Context) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		last, over := "", false
		for !over {
			// Each line that was read restarts the time for retries.
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

// started reports whether anything was written.
func (r *running) started() bool { return r.chunks > 0 }

// swap applies edits and writes their chunk of the journal in one step. A
// cancellation does not interrupt it, so that its result is known.
func (r *running) swap(ctx context.Context, edits []blacklist.Edit) (done []bool, err error) {
	data, err := r.packer.pack(edits)
	if err != nil {
		return nil, fmt.Errorf("pack the journal: %w", err)
	}
	if !r.started() {
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

// runPasses repeats passes over file and list until one needed no retry, the end of
// the batch included. A failover of the store may lose confirmed edits, each with
// its chunk; the next pass writes them again. Only the first pass is counted.
func (r *running) runPasses(ctx context.Context, pass func(ctx context.Context, first bool) error) error {
	for n := 1; ; n++ {
		r.retried.Store(false)
		if err := pass(ctx, n == 1); err != nil {
			return err
		}
		r.batch.Finished, r.batch.State = r.engine.now(), Done
		if r.started() {
			if err := r.do(ctx, r.save); err != nil {
				return err
			}
		}
		if !r.retried.Load() {
			return nil
		}
		if n == maxPasses {
			return fmt.Errorf("%w, in each of %d passes: run it again later", errUnstable, n)
		}
	}
}

// result returns the batch, without an ID if nothing was changed.
func (r *running) result() Batch {
	if !r.started() {
		r.batch.ID = ""
	}
	return r.batch
}

func (r *running) save(ctx context.Context) error { return r.engine.Journal.SaveBatch(ctx, r.batch) }

// end saves how the batch ended, releases its lease and returns why it ended. It
// takes at most finishTime, also after ctx was cancelled.
func (r *running) end(ctx context.Context, why error) error {
	defer r.lease.Release()
	if why != nil {
		r.batch.Finished, r.batch.State = r.engine.now(), Stopped
	}
	if !r.started() {
		return why
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if why != nil {
		why = errors.Join(why, r.save(ctx))
	}
	return errors.Join(why, r.record(ctx))
}

// record writes the state of the batch to the audit log.
func (r *running) record(ctx context.Context) error {
	if r.engine.AuditLog == nil {
		return nil
	}
	return r.engine.AuditLog.Record(ctx, r.batch.event())
}

// event returns the current state of the batch as an event.
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
		event.Note += ": interrupted"
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
