// Package lease makes sure that of several processes, one at a time does a named
// task. The store grants leases; this package waits for them and renews lost ones.
package lease

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrHeld means that another process holds the lease. HeldError says which.
	ErrHeld = errors.New("the lease is held by another process")
	// ErrLost is the cause of a lease's context when the lease is lost.
	ErrLost = errors.New("the lease was lost")
)

// HeldError says which process holds a lease, as HOST:PID.
type HeldError struct{ Name, Holder string }

func (e *HeldError) Error() string { return e.Name + " is held by " + e.Holder }

func (e *HeldError) Unwrap() error { return ErrHeld }

// Func takes the lease of a name. Held ends when ctx ends or the lease is lost;
// release frees the lease. If another process holds it, the error is a HeldError.
type Func func(ctx context.Context, name string) (held context.Context, release func(), err error)

// waitPause is the time between two attempts to take a lease.
const waitPause = 500 * time.Millisecond

// Waiting returns a Func that waits while another process holds the lease. The
// lease of a killed process ends by itself. OnWait, if not nil, is called once
// with the holder.
func (f Func) Waiting(onWait func(*HeldError)) Func {
	return func(ctx context.Context, name string) (context.Context, func(), error) {
		ticker := time.NewTicker(waitPause)
		defer ticker.Stop()
		for first := true; ; first = false {
			held, release, err := f(ctx, name)
			other, taken := errors.AsType[*HeldError](err)
			if !taken {
				return held, release, err
			}
			if first && onWait != nil {
				onWait(other)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return nil, nil, context.Cause(ctx)
			}
		}
	}
}

// Keeper holds one lease through outages: if the lease is lost, it takes it again.
// It is safe for concurrent use.
type Keeper struct {
	take Func
	ctx  context.Context
	name string

	mu      sync.Mutex
	held    context.Context
	release func()
}

// Keep returns a Keeper of the lease of a name. Hold takes the lease; it is held
// until Release is called or ctx ends. A nil Func needs no lease.
func (f Func) Keep(ctx context.Context, name string) *Keeper {
	return &Keeper{take: f, ctx: ctx, name: name}
}

// Hold makes sure that the lease is held.
func (k *Keeper) Hold() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.take == nil || k.held != nil && k.held.Err() == nil {
		return nil
	}
	k.releaseLocked()
	held, release, err := k.take(k.ctx, k.name)
	if err != nil {
		return err
	}
	k.held, k.release = held, release
	return nil
}

// Release frees the lease.
func (k *Keeper) Release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.releaseLocked()
}

func (k *Keeper) releaseLocked() {
	if k.release != nil {
		k.release()
	}
	k.held, k.release = nil, nil
}
