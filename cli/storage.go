package cli

import (
	"context"
	"log/slog"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/config"
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
	return work(ctx, s)
}

// withList carries out work on the list of callers.
func (p *program) withList(c *cli.Context, conf config.Config, work func(context.Context, app.List) error) error {
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		return work(ctx, app.List{Store: s, Region: conf.Region, Now: p.now})
	})
}

// withBatches carries out work on batches, which may take as long as it takes.
func (p *program) withBatches(c *cli.Context, conf config.Config, in *input, work func(context.Context, app.Batches, *progress) error) error {
	return p.withWatched(c, conf, in, func(ctx context.Context, s *store.Store, bar *progress) error {
		return work(ctx, app.Batches{Store: s, Now: p.now, Watch: p.watch(bar)}, bar)
	})
}

// withFeeds carries out work on feeds, which may take as long as a download and
// an import.
func (p *program) withFeeds(c *cli.Context, conf config.Config, work func(context.Context, app.Feeds, *progress) error) error {
	return p.withWatched(c, conf, &input{size: -1}, func(ctx context.Context, s *store.Store, bar *progress) error {
		released, _ := config.Version()
		return work(ctx, app.Feeds{Store: s, Region: conf.Region, Now: p.now, Version: released, Watch: p.watch(bar)}, bar)
	})
}

// withWatched carries out work without a bound of time, and little memory.
func (p *program) withWatched(c *cli.Context, conf config.Config, in *input, work func(context.Context, *store.Store, *progress) error) error {
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
	bar := p.newProgress(in)
	defer bar.end()
	return work(ctx, s, bar)
}

// watch shows how a batch goes on.
func (p *program) watch(bar *progress) app.Watch {
	return app.Watch{Progress: bar.show, OnRetry: bar.waiting, OnWait: func(source, holder string) {
		p.say("waiting: %s is being imported by another ringfence, %s (host and process)", source, holder)
	}}
}

// checkSoon is for work that may take long, but not because Redis is silent.
func checkSoon(ctx context.Context, s *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	return s.Check(ctx)
}
