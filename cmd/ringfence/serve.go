package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/star"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

func (p *program) serveCommand() *cli.Command {
	return &cli.Command{
		Name:     "serve",
		Usage:    "screen the calls that the dialplan's Stasis() hands over",
		Category: categoryService,
		Description: `Connects to Asterisk and Redis, screens every call, and answers /healthz,
/readyz and /metrics. It runs until SIGINT or SIGTERM, and then finishes the
calls in hand. What is out of reach at the start, or later, is tried again
until it is there: no restart is needed.

Examples:
  RINGFENCE_ARI_PASSWORD=secret ringfence serve --region DE
  ringfence serve --embedded          # a try without Redis

With --embedded, the list is at the address of --redis, on this machine, where
the other commands find it as they find a Redis server.`,
		Flags: configFlags(serves),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("serve takes no arguments, and got %q", c.Args().First())
			}
			config, err := p.config(c)
			if err != nil {
				return err
			}
			return serve(c.Context, config, p.logger(config), p.now)
		},
	}
}

// policyInterval is how often the policy is looked at between calls, each of
// which brings its version along.
const policyInterval = 2 * time.Second

// service is a running `serve`.
type service struct {
	config   config
	log      *slog.Logger
	now      func() time.Time
	registry *prometheus.Registry
	store    *store.Store
	data     *versioned
	session  *ari.Session
	policies *screen.PolicyCache
	records  *calllog.Buffer
	screener *screen.Screener
	stars    *star.Service
	feeds    *feed.Runner
	teller   *notify.Teller
	events   *notify.Dispatcher
	// calendars keeps up to date what working time goes by.
	calendars *feed.Runner
}

// garbagePercent lets a heap of a few megabytes grow to some twenty: a
// collection holds up the calls that it meets, and at hundreds of calls a
// second there would be several each second.
const garbagePercent = 400

// serve screens calls until ctx ends.
func serve(ctx context.Context, config config, log *slog.Logger, now func() time.Time) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if config.Embedded {
		// It outlives ctx: the last records are written after the last call.
		standing, stop := context.WithCancel(context.WithoutCancel(ctx))
		embedded, err := store.ServeEmbedded(standing, config.Redis)
		if err != nil {
			stop()
			return err
		}
		defer embedded.Wait()
		defer stop()
		config.Redis = embedded.URL
		log.WarnContext(ctx, "the list is kept in memory and lost at the end; other commands reach it there",
			slog.String("redis", embedded.Address))
	}
	s, err := newService(config, log, now)
	if err != nil {
		return err
	}
	defer func() { _ = s.store.Close() }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.HTTP)
	if err != nil {
		return fmt.Errorf("serve health and metrics: %w; choose another address with --http", err)
	}
	return s.run(ctx, listener)
}

func newService(config config, log *slog.Logger, now func() time.Time) (*service, error) {
	s := &service{config: config, log: log, now: now, registry: prometheus.NewRegistry()}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo())
	sinks, err := newSinks(config, os.Environ())
	if err != nil {
		return nil, err
	}
	s.store, err = store.Open(store.Options{
		URL: config.Redis, Prefix: config.RedisPrefix, Now: now, Log: log, Registerer: s.registry,
	})
	if err != nil {
		return nil, usagef("redis: %w", err)
	}
	s.session, err = ari.New(ari.Config{
		URL: config.ARIURL, Username: config.ARIUsername, Password: config.ARIPassword, App: config.ARIApp,
		Fallback: exit(screen.ExitAllow), Released: s.released, DrainTimeout: config.DrainTimeout,
		Now: now, Log: log, Metrics: ari.NewMetrics(s.registry),
	})
	if err != nil {
		return nil, usageError{err}
	}
	data := &versioned{Store: s.store, log: log}
	s.data = data
	s.policies = screen.NewPolicyCache(data, policyFile(config), log)
	s.records = calllog.NewBuffer(data, calllog.DefaultBuffer, s.registry, log)
	s.teller, s.events = newEvents(data, sinks, s.registry, log)
	s.screener = screen.NewScreener(screen.Config{
		Facts: data, Policies: s.policies, Control: control{s.session}, Records: s.records,
		Listings: s.teller,
		Metrics:  screen.NewMetrics(s.registry), Log: log, Now: now,
		Deadline: config.Deadline, Instance: config.Instance,
	})
	s.stars = &star.Service{Config: star.Config{
		List: data, Policies: s.policies, Control: starControl{s.session},
		Metrics: star.NewMetrics(s.registry), Log: log, Now: now,
	}}
	s.registry.MustRegister(guards{s.session})
	s.feeds = newFeeds(config, data, s.registry, log)
	s.calendars = newCalendars(config, data, s.policies, s.registry, log, time.Now)
	return s, nil
}

// released records a call that the session let go on by itself.
func (s *service) released(call ari.Call, cause string) {
	if star.IsRequest(call.Args) {
		s.stars.Released(context.Background(), readRequest(call, s.config.Region), cause)
		return
	}
	s.screener.Released(context.Background(), readCall(call, s.config.Region, origin(s.config)), cause)
}

// policyFile returns where the policy is remembered, "" for nowhere: a list in
// memory must not take the place of the one that a Redis keeps.
func policyFile(config config) string {
	if config.State == "" || config.Embedded {
		return ""
	}
	return filepath.Join(config.State, "policy.json")
}

// run ends in the order in which a call needs things: first the session
// finishes the calls in hand, then their records are written.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	if s.config.Region == "" {
		s.log.WarnContext(ctx, "no region is set: callers that come in a national spelling match no entry; set --region")
	}
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { s.policies.Run(behind, policyInterval) })
	running.Go(func() { s.records.Run(behind) })
	running.Go(func() { s.feeds.Run(ctx) })
	running.Go(func() { s.teller.Run(behind) })
	running.Go(func() { s.events.Run(ctx) })
	running.Go(func() { s.calendars.Run(ctx) })
	running.Go(func() { s.watch(behind) })
	running.Go(func() { newHealthWatch(s.parts, s.notify, s.registry, s.log).run(behind) })
	running.Go(func() { sweep(behind, s.data, sweepInterval, s.log) })
	running.Go(func() { s.tellUnscreened(behind) })
	running.Go(func() {
		<-ctx.Done()
		s.notify(behind, daemon.SdNotifyStopping)
	})
	server := &http.Server{
		Handler:           web.NewHandler(web.PartAsterisk, s.parts, s.registry),
		ReadHeaderTimeout: 5 * time.Second,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.ErrorContext(ctx, "health and metrics are no longer served", slog.Any("error", err))
		}
	})

	err := s.session.Run(ctx, calls{screener: s.screener, stars: s.stars, region: s.config.Region, origin: origin(s.config)})
	s.log.InfoContext(ctx, "stopping: the calls in hand are finished")
	stop()
	err = errors.Join(err, server.Close())
	running.Wait()
	return err
}
