package batch

import (
	"context"
	"strings"
	"time"
)

// Engine carries out imports and undoes them. It is safe for concurrent use if
// what its fields hold is.
type Engine struct {
	List    List
	Journal Journal
	// Trail, if not nil, is told who changes the list by a batch: when it
	// begins to, and when it ends.
	Trail Trail
	// Lease, if not nil, is taken for the time of a batch.
	Lease LeaseFunc
	// Passing tells errors of a store that is out of reach, for which it is
	// worth waiting; nil takes all errors for good.
	Passing func(error) bool
	// Patience is how long an outage may take; 0 stands for DefaultPatience.
	Patience time.Duration
	// Waiting, if not nil, hears of every error that is waited for, and how
	// long. It may be called by two goroutines at a time.
	Waiting func(err error, pause time.Duration)
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time
}

func (e *Engine) passes(err error) bool { return e.Passing != nil && e.Passing(err) }

func (e *Engine) patience() time.Duration {
	if e.Patience == 0 {
		return DefaultPatience
	}
	return e.Patience
}

// now tells the time to the millisecond: several batches may begin in a second.
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

func (e *Engine) patient(ctx context.Context, lease string) *patient {
	return &patient{engine: e, lease: &tenure{take: e.Lease, whole: ctx, name: lease}}
}

// finishTime bounds what is written at the end of a batch that was cancelled.
const finishTime = 5 * time.Second

// apart returns a context that goes on for a moment after ctx has been
// cancelled, for what must not be left half done.
func apart(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), finishTime)
}
