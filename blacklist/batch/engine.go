package batch

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/policy"
)

// List is what is needed of the list of callers.
type List interface {
	// Lookup returns the entries of the rules as they are now, nil for none.
	Lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error)
	// Swap carries out edits, each whole or not at all, and says which are
	// done: those whose Before, or whose After, was on the list. The chunk of a
	// batch's journal is written with them, unless it is nil.
	Swap(ctx context.Context, edits []blacklist.Edit, chunk *Chunk) ([]bool, error)
	// Listings yields all entries, without their hits, in the order of their
	// rules' texts. One may have ended, or have changed since.
	Listings(ctx context.Context) iter.Seq2[blacklist.Entry, error]
	// Policy gives the own numbers and the prefixes.
	Policy(ctx context.Context) (policy.Policy, error)
}

// Journal remembers what batches have changed. Every write may be repeated.
type Journal interface {
	// SaveBatch writes all of a batch but its chunks.
	SaveBatch(ctx context.Context, b Batch) error
	// Chunks returns the numbers of the chunks, in ascending order.
	Chunks(ctx context.Context, id string) ([]int, error)
	// Chunk returns the data of a chunk.
	Chunk(ctx context.Context, id string, number int) ([]byte, error)
	// Batch returns a batch, or an error that wraps ErrNoBatch.
	Batch(ctx context.Context, id string) (Batch, error)
}

// Trail records what was done; the context says by whom.
type Trail interface {
	Record(ctx context.Context, events ...audit.Event) error
}

// Engine carries out imports and undoes them. It is safe for concurrent use if
// what its fields hold is.
type Engine struct {
	List    List
	Journal Journal
	// Trail, if not nil, records who changes the list by a batch: when it
	// begins to, and when it ends.
	Trail Trail
	// Lease, if not nil, is taken for the time of a batch.
	Lease lease.Func
	// Retryable reports errors of a store that is unreachable, for which it is
	// worth waiting; nil takes all errors for good.
	Retryable func(error) bool
	// RetryFor is how long an outage may take; 0 stands for DefaultRetryFor.
	RetryFor time.Duration
	// OnRetry, if not nil, hears of every error that is waited for, and how
	// long. It may be called by two goroutines at a time.
	OnRetry func(err error, pause time.Duration)
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
}

// The pauses between attempts while the store is unreachable.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 3 * time.Second
)

// DefaultRetryFor is how long an outage of the store may take, such as a
// replica's way to become the primary.
const DefaultRetryFor = 60 * time.Second

func (e *Engine) retryFor() time.Duration {
	if e.RetryFor == 0 {
		return DefaultRetryFor
	}
	return e.RetryFor
}

// now is the time to the millisecond: several batches may begin in a second.
func (e *Engine) now() time.Time {
	now := time.Now()
	if e.Now != nil {
		now = e.Now()
	}
	return now.Truncate(time.Millisecond).UTC()
}

// leasePrefix begins the name of the lease on a source's entries.
const leasePrefix = "source:"

// LeasedSource returns the source whose lease has this name.
func LeasedSource(name string) string { return strings.TrimPrefix(name, leasePrefix) }
