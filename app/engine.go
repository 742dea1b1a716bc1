package app

import (
	"context"
	"errors"
	"time"

	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/store"
)

// NewEngine returns what carries out batches on a store.
func NewEngine(s *store.Store, now func() time.Time) *batch.Engine {
	return &batch.Engine{
		List: s, Journal: s, Trail: s, Lease: s.Lease, Now: now,
		Passing: func(err error) bool { return errors.Is(err, store.ErrUnreachable) },
	}
}

// WaitingLease waits for a lease that is held by another. One whose holder has
// been killed ends by itself. Told, if not nil, hears once who holds it.
func WaitingLease(lease batch.LeaseFunc, told func(*store.LeasedError)) batch.LeaseFunc {
	return func(ctx context.Context, name string) (context.Context, func(), error) {
		ticker := time.NewTicker(leasePause)
		defer ticker.Stop()
		for first := true; ; first = false {
			held, release, err := lease(ctx, name)
			other, taken := errors.AsType[*store.LeasedError](err)
			if !taken {
				return held, release, err
			}
			if first && told != nil {
				told(other)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return nil, nil, context.Cause(ctx)
			}
		}
	}
}

// leasePause is the time between two looks whether a lease has ended.
const leasePause = 500 * time.Millisecond
