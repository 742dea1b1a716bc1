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

// List is the list of callers.
type List interface {
	// Lookup returns the entries of the rules as they are now, nil for none.
	Lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error)
	// Swap applies edits, each completely or not at all, and returns which are
	// done: those whose Before or After was on the list. It writes the chunk of a
	// journal in the same step, if there is one.
	Swap(ctx context.Context, edits []blacklist.Edit, chunk *Chunk) ([]bool, error)
	// Listings yields all entries, without hits, in the order of their rules'
	// texts. Entries may have expired, or change meanwhile.
	Listings(ctx context.Context) iter.Seq2[blacklist.Entry, error]
	// Policy returns the own numbers and the prefixes.
	Policy(ctx context.Context) (policy.Policy, error)
}

// Journal stores batches and their changes. Each write may be repeated.
type Journal interface {
	// SaveBatch writes a batch without its chunks.
	SaveBatch(ctx context.Context, b Batch) error
	// Chunks returns the numbers of the chunks, in ascending order.
	Chunks(ctx context.Context, id string) ([]int, error)
	// Chunk returns the data of a chunk.
	Chunk(ctx context.Context, id string, number int) ([]byte, error)
	// Batch returns a batch, or an error that wraps ErrNoBatch.
	Batch(ctx context.Context, id string) (Batch, error)
}

// AuditLog is the audit log; the context holds the actor.
type AuditLog interface {
	Record(ctx context.Context, events ...audit.Event) error
}

// Engine runs imports and undos. It is safe for concurrent use if its fields are.
type Engine struct {
	List    List
	Journal Journal
	// AuditLog, if not nil, records the begin and the end of a batch that changes the
	// list.
	AuditLog AuditLog
	// Lease, if not nil, is held while a batch runs.
	Lease lease.Func
	// Retryable reports whether an error means that the store is unreachable, so
	// that a retry may succeed; nil means that no error is retried.
	Retryable func(error) bool
	// RetryFor is how long an unreachable store is retried; 0 means DefaultRetryFor.
	RetryFor time.Duration
	// OnRetry, if not nil, is called before each retry, also concurrently.
	OnRetry func(err error, pause time.Duration)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// The pauses between attempts while the store is unreachable.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 3 * time.Second
)

// DefaultRetryFor is long enough for a failover to a replica.
const DefaultRetryFor = 60 * time.Second

func (e *Engine) retryFor() time.Duration {
	if e.RetryFor == 0 {
		return DefaultRetryFor
	}
	return e.RetryFor
}

// now returns the time in milliseconds: several batches may begin in a second.
func (e *Engine) now() time.Time {
	now := time.Now()
	if e.Now != nil {
		now = e.Now()
	}
	return now.Truncate(time.Millisecond).UTC()
}

// leasePrefix begins the names of leases on the entries of a source.
const leasePrefix = "source:"

// SourceOfLease returns the source of the lease with this name.
func SourceOfLease(name string) string { return strings.TrimPrefix(name, leasePrefix) }
