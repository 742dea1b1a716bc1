// Package serve runs the service: it connects Asterisk, Redis and the packages
// that screen calls.
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

// policyInterval is how often the policy is checked between calls. Each call
// checks it too.
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
	// calendars fetches the calendars of working time.
	calendars *feed.Runner
	monitor   *monitor
}

// garbagePercent lets a heap of a few megabytes grow to about twenty. A garbage
// collection delays the calls in progress, and with hundreds of calls per second
// there would be several collections per second.
const garbagePercent = 400

// Run screens calls until ctx ends. For an invalid configuration, the error is an
// app.Error of the kind Invalid.
func Run(ctx context.Context, conf config.Config, out Output, now func() time.Time) error {
	queue := newLogQueue(out, now)
	log := newLogger(Output{Writer: queue, Terminal: out.Terminal, Colours: out.Colours}, conf)
	takeGoLog(log)
	queue.onDropped = func(lines int) {
		log.WarnContext(ctx, "lines of the log were dropped: they could not be written in time", slog.Int("lines", lines))
	}
	go queue.run()
	defer queue.close()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if conf.Embedded {
		// It outlives ctx: the last records are written after the last call.
		lifetime, stop := context.WithCancel(context.WithoutCancel(ctx))
		embedded, err := store.ServeEmbedded(lifetime, conf.Redis)
		if err != nil {
			stop()
			return err
		}
		defer embedded.Wait()
		defer stop()
		conf.Redis = embedded.URL
		log.WarnContext(ctx, "the list is in memory only and is lost when serve ends; other commands reach it at this address",
			slog.String("redis", embedded.Address))
	}
	s, err := newService(conf, log, now)
	if err != nil {
		return err
	}
	defer func() { _ = s.store.Close() }()
	s.registry.MustRegister(queue.dropped)
	watched, err := store.Open(store.Options{
		URL: conf.Redis, Prefix: conf.RedisPrefix, Now: now, Log: log, Connections: probeConnections,
	})
	if err != nil {
		return app.Errorf(app.Invalid, "redis", "%w", err)
	}
	defer func() { _ = watched.Close() }()
	measuring := &probe{
		app: conf.ARIApp, session: s.session, redis: watched, records: s.records.State,
		lookups: s.screener.FailedLookup, clock: s.store.ClockOffset, logDropped: queue.lastDropped, known: map[string]float64{}, now: now, log: log,
	}
	s.monitor = newMonitor(measuring, s.notify, s.registry, log, now)
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
		FallbackTo: exit(screen.ExitAllow), OnFallback: s.fallback, DrainTimeout: conf.DrainTimeout,
		Now: now, Log: log, Metrics: ari.NewMetrics(s.registry),
	})
	if err != nil {
		return nil, app.Errorf(app.Invalid, "", "%w", err)
	}
	s.policies = policy.NewCache(s.store, policyFile(conf), log)
	s.records = calllog.NewBuffer(s.store, calllog.DefaultBuffer, s.registry, log, now)
	s.events = newDispatcher(s.store, sinks, s.registry, log)
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
	s.feeds = newFeeds(conf, s.store, s.registry, log, now)
	s.calendars = newCalendars(conf, s.store, s.policies, s.registry, log, now)
	return s, nil
}

// fallback records a call that continued without the handler.
func (s *service) fallback(call ari.Call, cause string) {
	if star.IsRequest(call.Args) {
		s.stars.Fallback(context.Background(), readRequest(call, s.conf.Region), cause)
		return
	}
	s.screener.Fallback(context.Background(), readCall(call, s.conf.Region, origin(s.conf)), cause)
}

// policyFile returns the file where the policy is saved, "" for none: the policy
// of a list in memory must not replace the one of a Redis server.
func policyFile(conf config.Config) string {
	if conf.State == "" || conf.Embedded {
		return ""
	}
	return filepath.Join(conf.State, "policy.json")
}

// run serves until ctx ends. Then the session first finishes the calls in
// progress, and afterwards their records are written.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	if s.conf.Region == "" {
		s.log.WarnContext(ctx, "no region is set: caller numbers in a national format match no entry; set --region")
	}
	if s.conf.State == "" && !s.conf.Embedded {
		s.log.WarnContext(ctx, "no folder for the state is known: the policy is not saved, and after a restart without Redis no prefix is; set --state")
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { s.policies.Run(background, policyInterval) })
	running.Go(func() { s.records.Run(background) })
	running.Go(func() { s.feeds.Run(ctx) })
	running.Go(func() { s.events.Run(ctx) })
	running.Go(func() { s.calendars.Run(ctx) })
	running.Go(func() { s.reportReady(background) })
	running.Go(func() { s.monitor.run(background) })
	running.Go(func() { cleanUp(background, s.store, cleanUpInterval, s.log) })
	running.Go(func() {
		<-ctx.Done()
		s.notify(background, daemon.SdNotifyStopping)
	})
	server := web.NewServer(web.NewHandler(s.monitor.health, s.registry, s.now), s.log)
	running.Go(func() {
		if err := server.Serve(web.Limit(listener)); !errors.Is(err, http.ErrServerClosed) {
			s.log.ErrorContext(ctx, "health and metrics are no longer served", slog.Any("error", err))
		}
	})

	err := s.session.Run(ctx, calls{screener: s.screener, stars: s.stars, region: s.conf.Region, origin: origin(s.conf)})
	s.log.InfoContext(ctx, "the calls in progress are finished: stopping")
	stop()
	err = errors.Join(err, server.Close())
	running.Wait()
	return err
}
