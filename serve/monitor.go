package serve

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/web"
)

const (
	// monitorInterval is how often the health is measured.
	monitorInterval = time.Second
	// monitorTimeout bounds what a measurement asks Asterisk and Redis.
	monitorTimeout = 900 * time.Millisecond
	// staleHealth is how old a measurement may be. An older one means that measuring hangs.
	staleHealth = 5 * time.Second
)

// prober is a probe.
type prober interface {
	measure(ctx context.Context) measurement
	parts(measured measurement) []web.Part
}

// monitor measures the health regularly. It reports each change in the log, in
// systemd's status and as a metric. Those who ask for the health get the last
// measurement, and what the program knows of itself: questions cost Asterisk and Redis
// nothing.
type monitor struct {
	prober
	status func(context.Context, string)
	now    func() time.Time
	log    *slog.Logger

	last     atomic.Pointer[measurement]
	degraded *prometheus.GaugeVec
	// reasons holds why parts are not OK, by name.
	reasons map[string]string
}

func newMonitor(probe prober, status func(context.Context, string), registry prometheus.Registerer, log *slog.Logger, now func() time.Time) *monitor {
	m := &monitor{
		prober: probe, status: status, now: now, log: log, reasons: map[string]string{},
		degraded: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ringfence_degraded",
			Help: "1 for each part that is not OK in /readyz, with the reason.",
		}, []string{"part", "reason"}),
	}
	registry.MustRegister(m.degraded, measured{m})
	return m
}

// health returns the last measurement.
func (m *monitor) health() web.Health {
	last := m.last.Load()
	if last == nil {
		return web.Summarize([]web.Part{{Name: web.PartAsterisk, State: "starting", Reason: string(ari.Connecting), Vital: true}})
	}
	parts := m.parts(*last)
	if age := m.now().Sub(last.at); age > staleHealth {
		parts = append([]web.Part{{
			Name: "health", State: fmt.Sprintf("the health was measured last %s ago: the program makes no progress", age.Truncate(time.Second)),
			Reason: "stalled", Vital: true,
		}}, parts...)
	}
	return web.Summarize(parts)
}

// run measures until ctx ends.
func (m *monitor) run(ctx context.Context) {
	ticker := time.NewTicker(monitorInterval)
	defer ticker.Stop()
	for {
		m.check(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (m *monitor) check(ctx context.Context) {
	measuring, cancel := context.WithTimeout(ctx, monitorTimeout)
	found := m.measure(measuring)
	cancel()
	if ctx.Err() != nil {
		return
	}
	m.last.Store(&found)
	parts := m.parts(found)
	status := []string{"STATUS=" + web.Summarize(parts).Status}
	changed := false
	for _, part := range parts {
		if !part.OK {
			status = append(status, part.Name+": "+part.State)
		}
		changed = m.note(ctx, part) || changed
	}
	if changed {
		m.status(ctx, strings.Join(status, "; "))
	}
}

// note reports whether the reason of a part has changed.
func (m *monitor) note(ctx context.Context, part web.Part) bool {
	before, known := m.reasons[part.Name]
	if known && part.Reason == before {
		return false
	}
	m.reasons[part.Name] = part.Reason
	m.degraded.DeletePartialMatch(prometheus.Labels{"part": part.Name})
	if !part.OK {
		m.degraded.WithLabelValues(part.Name, part.Reason).Set(1)
	}
	switch {
	case part.Name == web.PartAsterisk && part.Reason != reasonStalled && before != reasonStalled: // its session logs its own changes
	case part.Reason == reasonUnknown || before == reasonUnknown && part.OK: // a start
	case !part.OK && part.Vital:
		m.log.ErrorContext(ctx, "no calls are screened", slog.String("part", part.Name), slog.String("reason", part.Reason), slog.String("state", part.State))
	case !part.OK:
		m.log.WarnContext(ctx, "degraded", slog.String("part", part.Name), slog.String("reason", part.Reason), slog.String("state", part.State))
	case known && before != "":
		m.log.InfoContext(ctx, "no longer degraded", slog.String("part", part.Name))
	}
	return true
}

var (
	unscreenedDesc = prometheus.NewDesc("ringfence_dialplan_unscreened_calls",
		"Calls that the dialplan continued without a verdict since Asterisk's start, by cause: not_connected, guard.", []string{"cause"}, nil)
	measuredDesc = prometheus.NewDesc("ringfence_health_measured_timestamp_seconds",
		"When the health was measured last. It is measured every second.", nil, nil)
	sizeDesc = prometheus.NewDesc("ringfence_list_entries",
		"Entries of the list by list: numbers, prefixes. One that has expired counts for up to a minute more.", []string{"list"}, nil)
)

// measured collects what Asterisk and Redis said at the last measurement, and
// nothing of one that did not answer.
type measured struct{ *monitor }

var _ prometheus.Collector = measured{}

// Describe names the metrics.
func (measured) Describe(out chan<- *prometheus.Desc) {
	out <- unscreenedDesc
	out <- measuredDesc
	out <- sizeDesc
}

// Collect returns the values of the last measurement.
func (m measured) Collect(out chan<- prometheus.Metric) {
	last := m.last.Load()
	if last == nil {
		return
	}
	out <- prometheus.MustNewConstMetric(measuredDesc, prometheus.GaugeValue, float64(last.at.UnixMilli())/1000)
	for cause, total := range last.unscreened {
		out <- prometheus.MustNewConstMetric(unscreenedDesc, prometheus.GaugeValue, total, cause)
	}
	if last.size != nil {
		out <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(last.size.Numbers), "numbers")
		out <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(last.size.Prefixes), "prefixes")
	}
}
