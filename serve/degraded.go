package serve

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// redisPart returns the health of Redis. If it answers reads but refuses writes,
// listed callers are still refused.
func redisPart(ctx context.Context, s *store.Store) web.Part {
	part := web.Part{Name: web.PartRedis, OK: true, State: "answering"}
	err := s.CheckWritable(ctx)
	if err == nil {
		return part
	}
	part.OK, part.State, part.Reason = false, err.Error(), string(store.ReasonOf(err))
	if s.Check(ctx) == nil {
		part.State = "answers reads only: listed callers are refused, but rate rules do not count and call records wait: " + part.State
	}
	return part
}

const (
	// healthInterval is how often serve checks its own health.
	healthInterval = 2 * time.Second
	// healthTimeout bounds such a check.
	healthTimeout = time.Second
)

// healthWatch reports each change of the health in the log, in systemd's status
// and as a metric.
type healthWatch struct {
	probe    web.Probe
	status   func(context.Context, string)
	log      *slog.Logger
	degraded *prometheus.GaugeVec
	// reasons holds why parts are not OK, by name.
	reasons map[string]string
}

func newHealthWatch(probe web.Probe, status func(context.Context, string), registry prometheus.Registerer, log *slog.Logger) *healthWatch {
	w := &healthWatch{
		probe: probe, status: status, log: log, reasons: map[string]string{},
		degraded: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ringfence_degraded",
			Help: "1 for each part that is not OK in /readyz, with the reason.",
		}, []string{"part", "reason"}),
	}
	registry.MustRegister(w.degraded)
	return w
}

// run checks the health regularly until ctx ends.
func (w *healthWatch) run(ctx context.Context) {
	ticker := time.NewTicker(healthInterval)
	defer ticker.Stop()
	for {
		w.check(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (w *healthWatch) check(ctx context.Context) {
	probing, cancel := context.WithTimeout(ctx, healthTimeout)
	parts := w.probe(probing)
	cancel()
	if ctx.Err() != nil {
		return
	}
	status := []string{"STATUS=" + web.Summarize(web.PartAsterisk, parts).Status}
	changed := false
	for _, part := range parts {
		if !part.OK {
			status = append(status, part.Name+": "+part.State)
		}
		changed = w.note(ctx, part) || changed
	}
	if changed {
		w.status(ctx, strings.Join(status, "; "))
	}
}

// note reports whether the reason of a part has changed.
func (w *healthWatch) note(ctx context.Context, part web.Part) bool {
	before, known := w.reasons[part.Name]
	if known && part.Reason == before {
		return false
	}
	w.reasons[part.Name] = part.Reason
	w.degraded.DeletePartialMatch(prometheus.Labels{"part": part.Name})
	if !part.OK {
		w.degraded.WithLabelValues(part.Name, part.Reason).Set(1)
	}
	switch {
	case part.Name == web.PartAsterisk: // its session logs its own changes
	case !part.OK:
		w.log.WarnContext(ctx, "degraded", slog.String("part", part.Name), slog.String("reason", part.Reason), slog.String("state", part.State))
	case known:
		w.log.InfoContext(ctx, "no longer degraded", slog.String("part", part.Name))
	}
	return true
}
