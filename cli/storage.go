package cli

import (
	"context"
	"log/slog"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/store"
)

// storePatience is how long the work of a command may take altogether, with
// the longest list; a Redis that doesn't answer is noticed much sooner.
const storePatience = time.Minute

// openStore returns the store of the configuration, without having asked it
// anything.
func (p *program) openStore(c config.Config, log *slog.Logger) (*store.Store, error) {
	s, err := store.Open(store.Options{URL: c.Redis, Prefix: c.RedisPrefix, Now: p.now, Log: log})
	if err != nil {
		return nil, usagef("redis: %w", err)
	}
	return s, nil
}

// withStore carries out work that needs the list. What it changes is recorded
// as the actor's.
func (p *program) withStore(c *cli.Context, conf config.Config, work func(context.Context, *store.Store) error) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	ctx, cancel := context.WithTimeout(audit.As(c.Context, app.Actor(p.getenv)), storePatience)
	defer cancel()
	if err := s.Check(ctx); err != nil {
		return err
	}
	return work(ctx, s)
}

// withList carries out work on the list of callers.
func (p *program) withList(c *cli.Context, conf config.Config, work func(context.Context, app.List) error) error {
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		return work(ctx, app.List{Store: s, Region: conf.Region, Now: p.now})
	})
}

// withEngine carries out work on batches, which may take as long as it takes.
func (p *program) withEngine(c *cli.Context, conf config.Config, work func(context.Context, *batch.Engine) error) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	ctx := audit.As(c.Context, app.Actor(p.getenv))
	if err := checkSoon(ctx, s); err != nil {
		return err
	}
	defer lean()()
	engine := app.NewEngine(s, p.now)
	engine.Lease = lease.Func(s.Lease).Waiting(p.sayWaiting)
	return work(ctx, engine)
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
