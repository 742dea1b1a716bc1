package serve

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/web"
)

const (
	watchInterval = 200 * time.Millisecond
	// startExtension asks systemd to wait 30 s longer for the start. It is sent
	// while Asterisk is unreachable.
	startExtension = "EXTEND_TIMEOUT_USEC=30000000"
)

// reportReady logs when calls are screened, and notifies systemd: READY once
// the event path works, WATCHDOG only while it makes progress.
func (s *service) reportReady(ctx context.Context) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.log.WarnContext(ctx, "no watchdog: systemd's settings cannot be read", slog.Any("error", err))
	}
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	started, ready := false, false
	for {
		if s.session.Status().State == ari.Registered && !started {
			started = true
			s.notify(ctx, daemon.SdNotifyReady)
		}
		if !ready && s.monitor.health().Status != web.StatusDown {
			ready = true
			s.log.InfoContext(ctx, "ready: calls are screened", slog.String("app", s.conf.ARIApp), slog.String("http", s.conf.HTTP))
		}
		if !started {
			s.notify(ctx, startExtension)
		}
		if limit > 0 && s.now().Sub(s.session.Alive()) < limit {
			s.notify(ctx, daemon.SdNotifyWatchdog)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *service) notify(ctx context.Context, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.DebugContext(ctx, "systemd was not notified", slog.String("state", state), slog.Any("error", err))
	}
}

func buildInfo() prometheus.Collector {
	version, revision := config.Version()
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ringfence_build_info",
		Help:        "Always 1; the labels show the version.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision},
	}, func() float64 { return 1 })
}
