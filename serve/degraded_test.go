package serve

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ringfence/ringfence/web"
)

// Each change of health is logged once, and is what the metric and systemd's
// status show.
func TestHealthWatch(t *testing.T) {
	t.Parallel()
	ok := web.Part{Name: web.PartRedis, OK: true, State: "answering"}
	full := web.Part{Name: web.PartRedis, State: "is full", Reason: "out-of-memory"}
	replica := web.Part{Name: web.PartRedis, State: "is a replica", Reason: "replica"}
	var redis web.Part
	var statuses []string
	var log strings.Builder
	registry := prometheus.NewPedanticRegistry()
	w := newHealthWatch(
		func(context.Context) []web.Part {
			return []web.Part{{Name: web.PartAsterisk, OK: true, State: "registered"}, redis}
		},
		func(_ context.Context, status string) { statuses = append(statuses, status) },
		registry, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})),
	)
	var metrics []string
	for _, redis = range []web.Part{ok, full, full, replica, ok, ok} {
		w.check(t.Context())
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, metric := range family.Metric {
				metrics = append(metrics, metric.Label[0].GetValue()+" "+metric.Label[1].GetValue())
			}
		}
	}
	if diff := cmp.Diff(`level=WARN msg=degraded part=redis reason=out-of-memory state="is full"
level=WARN msg=degraded part=redis reason=replica state="is a replica"
level=INFO msg="no longer degraded" part=redis
`, log.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"STATUS=ready", "STATUS=degraded; redis: is full", "STATUS=degraded; redis: is a replica", "STATUS=ready"}, statuses); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"redis out-of-memory", "redis out-of-memory", "redis replica"}, metrics); diff != "" {
		t.Errorf("metric (-want +got):\n%s", diff)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
