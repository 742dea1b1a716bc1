package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/store"
)

// withEngine carries out work on batches, which may take as long as it takes.
func (p *program) withEngine(c *cli.Context, config config, work func(context.Context, *batch.Engine) error) error {
	s, err := p.openStore(config, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	ctx := audit.As(c.Context, p.typist())
	if err := checkSoon(ctx, s); err != nil {
		return err
	}
	defer lean()()
	engine := newEngine(s, p.now)
	engine.Lease = waitingLease(s.Lease, p.sayWaiting)
	return work(ctx, engine)
}

// newEngine returns what carries out batches on a store.
func newEngine(s *store.Store, now func() time.Time) *batch.Engine {
	return &batch.Engine{
		List: s, Journal: s, Trail: s, Lease: s.Lease, Now: now,
		Passing: func(err error) bool { return errors.Is(err, store.ErrUnreachable) },
	}
}

// checkSoon is for work that may take long, but not because Redis is silent.
func checkSoon(ctx context.Context, s *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	return s.Check(ctx)
}

// waitingLease waits for a lease that is held by another. One whose holder has
// been killed ends by itself. Told, if not nil, hears once who holds it.
func waitingLease(lease batch.LeaseFunc, told func(*store.LeasedError)) batch.LeaseFunc {
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

// sayWaiting tells whoever types why an import doesn't begin.
func (p *program) sayWaiting(other *store.LeasedError) {
	p.say("waiting: %s is being imported by another ringfence, %s (host and process)", batch.LeasedSource(other.Name), other.Holder)
}
