// Package lease makes sure that one holder at a time does what has a name,
// whatever the number of processes. The store gives leases; this package waits
// for them and keeps them.
package lease

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrHeld means that another holds the lease: a HeldError says who.
	ErrHeld = errors.New("the lease is held by another")
	// ErrLost is the cause of the end of a context that a lease held.
	ErrLost = errors.New("the lease was lost")
)

// HeldError says who holds a lease, as HOST:PID.
type HeldError struct{ Name, Holder string }

func (e *HeldError) Error() string { return e.Name + " is held by " + e.Holder }

func (e *HeldError) Unwrap() error { return ErrHeld }

// Func takes the lease of a name. Held is ctx for as long as the lease is held;
// release gives the lease back. If another holds it, the error is a HeldError.
type Func func(ctx context.Context, name string) (held context.Context, release func(), err error)

// waitPause is the time between two looks whether a lease has ended.
const waitPause = 500 * time.Millisecond

// Waiting returns a Func that waits while another holds the lease. The lease of
// a holder that was killed ends by itself. OnWait, if not nil, hears once who
// holds it.
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

// Keeper holds one lease through outages: it takes the lease anew if that was
// lost. It is safe for concurrent use.
type Keeper struct {
	take Func
	ctx  context.Context
	name string

	mu      sync.Mutex
	held    context.Context
	release func()
}

// Keep returns a Keeper of the lease of a name, which is not taken yet. A nil
// Func needs no lease. The lease is held until Release is called or ctx ends.
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
	k.giveBack()
	held, release, err := k.take(k.ctx, k.name)
	if err != nil {
		return err
	}
	k.held, k.release = held, release
	return nil
}

// Release gives the lease back.
func (k *Keeper) Release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.giveBack()
}

func (k *Keeper) giveBack() {
	if k.release != nil {
		k.release()
	}
	k.held, k.release = nil, nil
}
