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
		s.log.DebugContext(ctx, "systemd was not notified", slog.String("state", state), slog.Any("error", err))
	}
}

// unscreenedInterval is how often Asterisk is asked for unscreened calls.
const unscreenedInterval = 2 * time.Second

// warnUnscreened logs calls that the dialplan continued without a verdict. While
// Asterisk is connected, only this shows that the dialplan calls Stasis() with
// another app name.
func (s *service) warnUnscreened(ctx context.Context) {
	ticker := time.NewTicker(unscreenedInterval)
	defer ticker.Stop()
	known := map[string]float64{}
	for {
		for cause, total := range (unscreenedCollector{s.session}).read(ctx) {
			before, seen := known[cause]
			known[cause] = total
			if seen && total > before {
				s.log.WarnContext(ctx, "the dialplan continued calls unscreened",
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

// unscreenedCollector collects the number of calls that the dialplan continued
// without a verdict. Asterisk counts them in two global variables.
type unscreenedCollector struct {
	session *ari.Session
}

var _ prometheus.Collector = unscreenedCollector{}

var unscreened = prometheus.NewDesc("ringfence_dialplan_unscreened_calls",
	"Calls that the dialplan continued without a verdict since Asterisk's start, by cause: not_connected, guard.", []string{"cause"}, nil)

const scrapeTimeout = time.Second

// Describe names the metric.
func (unscreenedCollector) Describe(out chan<- *prometheus.Desc) { out <- unscreened }

// unscreenedCauses are the global variables by the label of the metric.
var unscreenedCauses = map[string]struct{ variable, what string }{
	"not_connected": {
		asteriskconf.GlobalNotConnected,
		"no program had registered the app name that the dialplan passes to Stasis(): if this continues while Asterisk is connected, set --ari-app to that name",
	},
	"guard": {asteriskconf.GlobalGuardFired, "no verdict came in time"},
}

// Collect reads the counters from Asterisk; while it is unreachable there are none.
func (c unscreenedCollector) Collect(out chan<- prometheus.Metric) {
	for cause, total := range c.read(context.Background()) {
		out <- prometheus.MustNewConstMetric(unscreened, prometheus.GaugeValue, total, cause)
	}
}

// read returns the counters by cause, nil while Asterisk is not connected.
func (c unscreenedCollector) read(ctx context.Context) map[string]float64 {
	if c.session.Status().State != ari.Registered {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	totals := map[string]float64{}
	for cause, counter := range unscreenedCauses {
		if text, _, err := c.session.GlobalVariable(ctx, counter.variable); err == nil {
			totals[cause] = count(text)
		}
	}
	return totals
}

// count parses a counter of the dialplan. It is unset before its first call.
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
