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

// storeTimeout bounds the work of a command, with the longest list. A Redis that
// does not answer is noticed much sooner.
const storeTimeout = time.Minute

// openStore returns the store of the configuration. It sends nothing to Redis.
func (p *program) openStore(c config.Config, log *slog.Logger) (*store.Store, error) {
	s, err := store.Open(store.Options{URL: c.Redis, Prefix: c.RedisPrefix, Now: p.now, Log: log})
	if err != nil {
		return nil, usagef("redis: %w", err)
	}
	return s, nil
}

// withStore runs work with a store, for at most storeTimeout. The audit log
// records its changes under the actor.
func (p *program) withStore(c *cli.Context, conf config.Config, work func(context.Context, *store.Store) error) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	ctx, cancel := context.WithTimeout(audit.As(c.Context, actor(p.getenv)), storeTimeout)
	defer cancel()
	return work(ctx, s)
}

// withList runs work on the list of callers.
func (p *program) withList(c *cli.Context, conf config.Config, work func(context.Context, app.List) error) error {
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		return work(ctx, app.List{Store: s, Region: conf.Region, Now: p.now, Warn: func(doubt string) { p.say("%s", doubt) }})
	})
}

// withBatches runs work on batches, without a time limit.
func (p *program) withBatches(c *cli.Context, conf config.Config, in *input, work func(context.Context, app.Batches, *progress) error) error {
	return p.withProgress(c, conf, in, func(ctx context.Context, s *store.Store, bar *progress) error {
		return work(ctx, app.Batches{Store: s, Region: conf.Region, Now: p.now, Watch: p.watch(bar)}, bar)
	})
}

// withFeeds runs work on feeds, without a time limit.
func (p *program) withFeeds(c *cli.Context, conf config.Config, work func(context.Context, app.Feeds, *progress) error) error {
	return p.withProgress(c, conf, &input{size: -1}, func(ctx context.Context, s *store.Store, bar *progress) error {
		released, _ := config.Version()
		return work(ctx, app.Feeds{Store: s, Region: conf.Region, Now: p.now, Version: released, Watch: p.watch(bar), Access: access(conf)}, bar)
	})
}

// access returns what feeds and calendars may read.
func access(conf config.Config) app.Access {
	return app.Access{Folders: conf.FeedFolders, Networks: conf.FeedNetworks}
}

// withProgress runs work without a time limit, in little memory, with a progress
// bar.
func (p *program) withProgress(c *cli.Context, conf config.Config, in *input, work func(context.Context, *store.Store, *progress) error) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	ctx := audit.As(c.Context, actor(p.getenv))
	if err := checkReachable(ctx, s); err != nil {
		return err
	}
	defer limitMemory()()
	bar := p.newProgress(in)
	defer bar.end()
	return work(ctx, s, bar)
}

// watch returns the callbacks that show the progress of a batch.
func (p *program) watch(bar *progress) app.Watch {
	return app.Watch{Progress: bar.show, OnRetry: bar.waiting, OnWait: func(source, holder string) {
		p.say("waiting: another ringfence imports %s: %s (host and process ID)", source, holder)
	}}
}

// checkReachable returns an error if Redis does not answer within storeTimeout.
func checkReachable(ctx context.Context, s *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return s.Check(ctx)
}
