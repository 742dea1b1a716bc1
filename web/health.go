// Package web serves Ringfence's HTTP interface: health for supervisors and
// metrics for Prometheus.
package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The names of the parts. Without Asterisk no call is screened. Without Redis
// the saved policy screens calls.
const (
	PartAsterisk = "asterisk"
	PartRedis    = "redis"
)

// Part is the health of one thing that Ringfence depends on.
type Part struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// State describes the part in a word or a sentence.
	State string `json:"state"`
	// Reason is one word that says why it is not OK, for metrics and programs.
	Reason string `json:"reason,omitempty"`
}

// Probe returns the health of all parts. It must return when ctx ends.
type Probe func(ctx context.Context) []Part

// Health is the body of /readyz.
type Health struct {
	// Status is "ready", "degraded" (calls are screened, but something is missing)
	// or "down" (calls are not screened).
	Status string `json:"status"`
	Parts  []Part `json:"parts"`
}

// The values of Health.Status.
const (
	StatusReady    = "ready"
	StatusDegraded = "degraded"
	StatusDown     = "down"
)

// probeTimeout is less than the usual timeout of a health check.
const probeTimeout = time.Second

// NewHandler serves /healthz (the process answers), /readyz (calls are screened)
// and /metrics. /readyz answers 503 if the vital part fails. If only others fail,
// it answers 200 with the status "degraded", so that a load balancer does not stop
// an instance that still screens calls.
func NewHandler(vital string, probe Probe, gatherer prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), probeTimeout)
		defer cancel()
		health := Summarize(vital, probe(ctx))
		w.Header().Set("Content-Type", "application/json")
		if health.Status == StatusDown {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(health)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(gatherer, promhttp.HandlerOpts{}))
	return mux
}

// Summarize returns the overall health: down if the vital part fails.
func Summarize(vital string, parts []Part) Health {
	health := Health{Status: StatusReady, Parts: parts}
	for _, part := range parts {
		switch {
		case part.OK:
		case part.Name == vital:
			health.Status = StatusDown
		case health.Status == StatusReady:
			health.Status = StatusDegraded
		}
	}
	return health
}
