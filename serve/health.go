package serve

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/web"
)

func (s *service) parts(ctx context.Context) []web.Part {
	status := s.session.Status()
	asterisk := web.Part{Name: web.PartAsterisk, OK: status.State == ari.Registered, State: string(status.State)}
	if status.Problem != nil {
		asterisk.State += ": " + status.Problem.Error()
	}
	if !asterisk.OK {
		asterisk.Reason = string(status.State)
	}
	return []web.Part{asterisk, redisPart(ctx, s.store)}
}

const (
	watchInterval = 200 * time.Millisecond
	// startExtension is how much longer systemd is asked to wait while
	// Asterisk is out of reach, each time that it is still so.
	startExtension = "EXTEND_TIMEOUT_USEC=30000000"
)

// watch says when calls are screened, and keeps systemd informed: ready once
// the event path is proven, its watchdog fed only while that path makes
// progress.
func (s *service) watch(ctx context.Context) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		s.log.WarnContext(ctx, "no watchdog: systemd's settings cannot be read", slog.Any("error", err))
	}
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	ready := false
	for {
		if s.session.Status().State == ari.Registered && !ready {
			ready = true
			s.notify(ctx, daemon.SdNotifyReady)
			s.log.InfoContext(ctx, "ready: calls are screened", slog.String("app", s.conf.ARIApp), slog.String("http", s.conf.HTTP))
		}
		if !ready {
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
		s.log.DebugContext(ctx, "systemd was not told", slog.String("state", state), slog.Any("error", err))
	}
}

// unscreenedInterval is how often Asterisk is asked for calls that passed us by.
const unscreenedInterval = 2 * time.Second

// tellUnscreened says so when the dialplan lets calls go on by itself. While
// we are connected nothing else would tell of a dialplan that calls Stasis()
// with another name.
func (s *service) tellUnscreened(ctx context.Context) {
	ticker := time.NewTicker(unscreenedInterval)
	defer ticker.Stop()
	known := map[string]float64{}
	for {
		for cause, total := range (guards{s.session}).read(ctx) {
			before, seen := known[cause]
			known[cause] = total
			if seen && total > before {
				s.log.WarnContext(ctx, "the dialplan let calls go on unscreened",
					slog.String("cause", cause), slog.Float64("calls", total-before), slog.String("what", unscreenedCauses[cause].what))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// guards tells of the calls that the dialplan let go on by itself, which
// Asterisk counts in two global variables.
type guards struct {
	session *ari.Session
}

var _ prometheus.Collector = guards{}

var unscreened = prometheus.NewDesc("ringfence_dialplan_unscreened_calls",
	"Calls that the dialplan let go on by itself since Asterisk's start, by cause: not_connected, guard.", []string{"cause"}, nil)

const scrapeTimeout = time.Second

// Describe names the metric.
func (guards) Describe(out chan<- *prometheus.Desc) { out <- unscreened }

// unscreenedCauses are the variables by the label of the metric.
var unscreenedCauses = map[string]struct{ variable, what string }{
	"not_connected": {
		asteriskconf.GlobalNotConnected,
		"nobody had registered the name that the dialplan gives to Stasis(): if this goes on while Asterisk is connected, set --ari-app to that name",
	},
	"guard": {asteriskconf.GlobalGuardFired, "no verdict came in time"},
}

// Collect asks Asterisk; while it is out of reach there are no figures.
func (g guards) Collect(out chan<- prometheus.Metric) {
	for cause, total := range g.read(context.Background()) {
		out <- prometheus.MustNewConstMetric(unscreened, prometheus.GaugeValue, total, cause)
	}
}

// read asks for the counters while Asterisk is connected.
func (g guards) read(ctx context.Context) map[string]float64 {
	if g.session.Status().State != ari.Registered {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	totals := map[string]float64{}
	for cause, counter := range unscreenedCauses {
		if text, _, err := g.session.GlobalVariable(ctx, counter.variable); err == nil {
			totals[cause] = count(text)
		}
	}
	return totals
}

// count reads a counter of the dialplan, which is not set before its first call.
func count(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}

func buildInfo() prometheus.Collector {
	version, revision := config.Version()
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ringfence_build_info",
		Help:        "Always 1; the labels show the version.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision},
	}, func() float64 { return 1 })
}
