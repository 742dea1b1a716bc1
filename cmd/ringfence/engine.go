package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/lease"
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
	engine.Lease = lease.Func(s.Lease).Waiting(p.sayWaiting)
	return work(ctx, engine)
}

// newEngine returns what carries out batches on a store.
func newEngine(s *store.Store, now func() time.Time) *batch.Engine {
	return &batch.Engine{
		List: s, Journal: s, Trail: s, Lease: s.Lease, Now: now,
		Retryable: func(err error) bool { return errors.Is(err, store.ErrUnreachable) },
	}
}

// checkSoon is for work that may take long, but not because Redis is silent.
func checkSoon(ctx context.Context, s *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	return s.Check(ctx)
}

// sayWaiting tells whoever types why an import doesn't begin.
func (p *program) sayWaiting(other *lease.HeldError) {
	p.say("waiting: %s is being imported by another ringfence, %s (host and process)", batch.LeasedSource(other.Name), other.Holder)
}
