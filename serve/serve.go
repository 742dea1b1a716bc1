// Package serve is the running service: it connects Asterisk, Redis and
// everything that screens calls between them.
package serve

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

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/star"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// policyInterval is how often the policy is looked at between calls, each of
// which brings its version along.
const policyInterval = 2 * time.Second

// service is a running `serve`.
type service struct {
	conf     config.Config
	log      *slog.Logger
	now      func() time.Time
	registry *prometheus.Registry
	store    *store.Store
	session  *ari.Session
	policies *policy.Cache
	records  *calllog.Buffer
	screener *screen.Screener
	stars    *star.Service
	feeds    *feed.Runner
	events   *notify.Dispatcher
	// calendars keeps up to date what working time goes by.
	calendars *feed.Runner
}

// garbagePercent lets a heap of a few megabytes grow to some twenty: a
// collection holds up the calls that it meets, and at hundreds of calls a
// second there would be several each second.
const garbagePercent = 400

// Run screens calls until ctx ends. What is wrong with the configuration is an
// app.Error of the kind Invalid.
func Run(ctx context.Context, conf config.Config, log *slog.Logger, now func() time.Time) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if conf.Embedded {
		// It outlives ctx: the last records are written after the last call.
		standing, stop := context.WithCancel(context.WithoutCancel(ctx))
		embedded, err := store.ServeEmbedded(standing, conf.Redis)
		if err != nil {
			stop()
			return err
		}
		defer embedded.Wait()
		defer stop()
		conf.Redis = embedded.URL
		log.WarnContext(ctx, "the list is kept in memory and lost at the end; other commands reach it there",
			slog.String("redis", embedded.Address))
	}
	s, err := newService(conf, log, now)
	if err != nil {
		return err
	}
	defer func() { _ = s.store.Close() }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", conf.HTTP)
	if err != nil {
		return fmt.Errorf("serve health and metrics: %w; choose another address with --http", err)
	}
	return s.run(ctx, listener)
}

func newService(conf config.Config, log *slog.Logger, now func() time.Time) (*service, error) {
	s := &service{conf: conf, log: log, now: now, registry: prometheus.NewRegistry()}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo())
	sinks, err := Sinks(conf, os.Environ())
	if err != nil {
		return nil, err
	}
	s.store, err = store.Open(store.Options{
		URL: conf.Redis, Prefix: conf.RedisPrefix, Now: now, Log: log, Registerer: s.registry,
	})
	if err != nil {
		return nil, app.Errorf(app.Invalid, "redis", "%w", err)
	}
	s.session, err = ari.New(ari.Config{
		URL: conf.ARIURL, Username: conf.ARIUsername, Password: conf.ARIPassword, App: conf.ARIApp,
		Fallback: exit(screen.ExitAllow), OnFallback: s.fallback, DrainTimeout: conf.DrainTimeout,
		Now: now, Log: log, Metrics: ari.NewMetrics(s.registry),
	})
	if err != nil {
		return nil, app.Errorf(app.Invalid, "", "%w", err)
	}
	s.policies = policy.NewCache(s.store, policyFile(conf), log)
	s.records = calllog.NewBuffer(s.store, calllog.DefaultBuffer, s.registry, log)
	s.events = newEvents(s.store, sinks, s.registry, log)
	s.screener = screen.NewScreener(screen.Config{
		Facts: s.store, Policies: s.policies, Control: control{s.session}, Records: s.records,
		OnListed: s.events.Wake,
		Metrics:  screen.NewMetrics(s.registry), Log: log, Now: now,
		Deadline: conf.Deadline, Instance: conf.Instance,
	})
	s.stars = &star.Service{Config: star.Config{
		List: s.store, Policies: s.policies, Control: starControl{s.session},
		Metrics: star.NewMetrics(s.registry), Log: log, Now: now,
	}}
	s.registry.MustRegister(guards{s.session})
	s.feeds = newFeeds(conf, s.store, s.registry, log)
	s.calendars = newCalendars(conf, s.store, s.policies, s.registry, log, time.Now)
	return s, nil
}

// fallback records a call that went on without the handler.
func (s *service) fallback(call ari.Call, cause string) {
	if star.IsRequest(call.Args) {
		s.stars.Fallback(context.Background(), readRequest(call, s.conf.Region), cause)
		return
	}
	s.screener.Fallback(context.Background(), readCall(call, s.conf.Region, origin(s.conf)), cause)
}

// policyFile returns where the policy is remembered, "" for nowhere: a list in
// memory must not take the place of the one that a Redis keeps.
func policyFile(conf config.Config) string {
	if conf.State == "" || conf.Embedded {
		return ""
	}
	return filepath.Join(conf.State, "policy.json")
}

// run ends in the order in which a call needs things: first the session
// finishes the calls in hand, then their records are written.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	if s.conf.Region == "" {
		s.log.WarnContext(ctx, "no region is set: callers that come in a national spelling match no entry; set --region")
	}
	behind, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { s.policies.Run(behind, policyInterval) })
	running.Go(func() { s.records.Run(behind) })
	running.Go(func() { s.feeds.Run(ctx) })
	running.Go(func() { s.events.Run(ctx) })
	running.Go(func() { s.calendars.Run(ctx) })
	running.Go(func() { s.watch(behind) })
	running.Go(func() { newHealthWatch(s.parts, s.notify, s.registry, s.log).run(behind) })
	running.Go(func() { sweep(behind, s.store, sweepInterval, s.log) })
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

	err := s.session.Run(ctx, calls{screener: s.screener, stars: s.stars, region: s.conf.Region, origin: origin(s.conf)})
	s.log.InfoContext(ctx, "stopping: the calls in hand are finished")
	stop()
	err = errors.Join(err, server.Close())
	running.Wait()
	return err
}
