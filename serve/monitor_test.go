package serve

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// scripted is a prober that finds what a test says.
type scripted struct {
	found func() measurement
	of    func() []web.Part
}

func (s scripted) measure(context.Context) measurement { return s.found() }
func (s scripted) parts(measurement) []web.Part        { return s.of() }

// Each change of health is logged once, and is what the metric and systemd's
// status show.
func TestMonitor(t *testing.T) {
	t.Parallel()
	ok := web.Part{Name: web.PartRedis, OK: true, State: "answering"}
	full := web.Part{Name: web.PartRedis, State: "is full", Reason: "out-of-memory"}
	replica := web.Part{Name: web.PartRedis, State: "is a replica", Reason: "replica"}
	gone := web.Part{Name: web.PartRedis, State: "is gone", Reason: "gone", Vital: true}
	var redis web.Part
	var statuses []string
	var log strings.Builder
	registry := prometheus.NewPedanticRegistry()
	m := newMonitor(
		scripted{
			func() measurement { return measurement{at: time.Now()} },
			func() []web.Part {
				return []web.Part{{Name: web.PartAsterisk, OK: true, State: "registered", Vital: true}, redis}
			},
		},
		func(_ context.Context, status string) { statuses = append(statuses, status) },
		registry, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}})), time.Now,
	)
	if got := m.health().Status; got != web.StatusDown {
		t.Errorf("before the first measurement the health is %s", got)
	}
	var metrics, healths []string
	for _, redis = range []web.Part{ok, full, full, replica, gone, ok, ok} {
		m.check(t.Context())
		healths = append(healths, m.health().Status)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			for _, metric := range family.Metric {
				if len(metric.Label) == 0 {
					continue
				}
				metrics = append(metrics, metric.Label[0].GetValue()+" "+metric.Label[1].GetValue())
			}
		}
	}
	if diff := cmp.Diff(`level=WARN msg=degraded part=redis reason=out-of-memory state="is full"
level=WARN msg=degraded part=redis reason=replica state="is a replica"
level=ERROR msg="no calls are screened" part=redis reason=gone state="is gone"
level=INFO msg="no longer degraded" part=redis
`, log.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"STATUS=ready", "STATUS=degraded; redis: is full", "STATUS=degraded; redis: is a replica", "STATUS=down; redis: is gone", "STATUS=ready"}, statuses); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"redis out-of-memory", "redis out-of-memory", "redis replica", "redis gone"}, metrics); diff != "" {
		t.Errorf("metric (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ready", "degraded", "degraded", "degraded", "down", "ready", "ready"}, healths); diff != "" {
		t.Errorf("health (-want +got):\n%s", diff)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// The session logs when a connection ends and begins; that its events make no
// progress, only the monitor says.
func TestMonitor_EventsMakeNoProgress(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	part := web.Part{Name: web.PartAsterisk, OK: true, State: "registered", Vital: true}
	m := newMonitor(scripted{func() measurement { return measurement{at: time.Now()} }, func() []web.Part { return []web.Part{part} }},
		func(context.Context, string) {}, prometheus.NewRegistry(), slog.New(slog.NewTextHandler(&log, nil)), time.Now)
	for _, reason := range []string{"", "unreachable", "", reasonStalled, ""} {
		part.OK, part.Reason = reason == "", reason
		m.check(t.Context())
	}
	if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "no calls are screened") || !strings.Contains(got, "no longer degraded") {
		t.Errorf("the log says\n%s\nwant that no calls are screened, and that they are again", got)
	}
}

// Ensure a monitor that hangs is never taken for a service that is well.
func TestMonitor_Hangs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	m := newMonitor(scripted{
		func() measurement { return measurement{at: now} },
		func() []web.Part {
			return []web.Part{{Name: web.PartAsterisk, OK: true, State: "registered", Vital: true}}
		},
	}, func(context.Context, string) {}, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), func() time.Time { return now })
	m.check(t.Context())
	if got := m.health(); got.Status != web.StatusReady {
		t.Errorf("health = %+v", got)
	}
	now = now.Add(staleHealth + time.Second)
	got := m.health()
	if got.Status != web.StatusDown || !strings.Contains(got.Parts[0].State, "6s ago") {
		t.Errorf("6 s later, health = %+v, want down", got)
	}
}

// Ensure metrics have what Asterisk and Redis last said, and nothing while they
// say nothing.
func TestMonitor_Metrics(t *testing.T) {
	t.Parallel()
	var found measurement
	registry := prometheus.NewPedanticRegistry()
	m := newMonitor(scripted{func() measurement { return found }, func() []web.Part { return nil }}, func(context.Context, string) {}, registry, slog.New(slog.DiscardHandler), time.Now)
	for _, step := range []struct {
		found measurement
		want  string
	}{
		{measurement{}, ""},
		{measurement{unscreened: map[string]float64{"guard": 2}, size: &store.Size{Numbers: 3, Prefixes: 1}}, `
# HELP ringfence_dialplan_unscreened_calls Calls that the dialplan continued without a verdict since Asterisk's start, by cause: not_connected, guard.
# TYPE ringfence_dialplan_unscreened_calls gauge
ringfence_dialplan_unscreened_calls{cause="guard"} 2
# HELP ringfence_list_entries Entries of the list by list: numbers, prefixes. One that has expired counts for up to a minute more.
# TYPE ringfence_list_entries gauge
ringfence_list_entries{list="numbers"} 3
ringfence_list_entries{list="prefixes"} 1
`},
	} {
		found = step.found
		m.check(t.Context())
		if err := testutil.GatherAndCompare(registry, strings.NewReader(step.want), "ringfence_dialplan_unscreened_calls", "ringfence_list_entries"); err != nil {
			t.Error(err)
		}
	}
}
