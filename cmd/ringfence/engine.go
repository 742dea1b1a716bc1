package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	engine.Lease = p.patientLease(s)
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

// patientLease waits for a lease that is held by another, which may have been
// killed.
func (p *program) patientLease(s *store.Store) batch.LeaseFunc {
	return func(ctx context.Context, name string) (context.Context, func(), error) {
		patience := time.NewTimer(store.DefaultLeaseTime + leaseGrace)
		defer patience.Stop()
		ticker := time.NewTicker(leasePause)
		defer ticker.Stop()
		for told := false; ; told = true {
			held, release, err := s.Lease(ctx, name)
			if !errors.Is(err, store.ErrLeased) {
				return held, release, err
			}
			if !told {
				p.say("%v: waiting up to %s for it to end", err, store.DefaultLeaseTime+leaseGrace)
			}
			select {
			case <-ticker.C:
			case <-patience.C:
				return nil, nil, fmt.Errorf("the same source is being imported: %w", err)
			case <-ctx.Done():
				return nil, nil, cmp.Or(context.Cause(ctx), err)
			}
		}
	}
}

const (
	leasePause = 500 * time.Millisecond
	// leaseGrace is added to the time after which a dead holder's lease ends.
	leaseGrace = 5 * time.Second
)
