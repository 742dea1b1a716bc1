package ari

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what a session does. No label ever holds a caller, and each
// label's values are a small fixed set.
type Metrics struct {
	connected  prometheus.Gauge
	openCalls  prometheus.Gauge
	reconnects *prometheus.CounterVec
	requests   *prometheus.HistogramVec
	events     *prometheus.CounterVec
	rejected   *prometheus.CounterVec
	fallbacks  *prometheus.CounterVec
	heartbeat  prometheus.Histogram
}

// NewMetrics registers a session's metrics with reg. It panics if reg has them
// already, as two sessions would then count into one.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	quick := []float64{.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}
	m := &Metrics{
		connected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "ringfence_ari_connected",
			Help: "1 while calls arrive from Asterisk (a heartbeat has come back), else 0.",
		}),
		openCalls: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "ringfence_ari_active_calls",
			Help: "Calls in Stasis without a verdict.",
		}),
		reconnects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_ari_reconnects_total",
			Help: "Event sockets that ended, by cause.",
		}, []string{"cause"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ringfence_ari_request_duration_seconds",
			Help: "REST requests to Asterisk, waiting for a connection included.", Buckets: quick,
		}, []string{"op", "result"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_ari_events_total",
			Help: "Events received, by type; unknown types count as other.",
		}, []string{"type"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_ari_events_rejected_total",
			Help: "Events received that could not be used, by reason.",
		}, []string{"reason"}),
		fallbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_ari_fallbacks_total",
			Help: "Calls that continued without a decision, by cause.",
		}, []string{"cause"}),
		heartbeat: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ringfence_ari_heartbeat_duration_seconds",
			Help: "Time from the request for an event to its arrival.", Buckets: quick,
		}),
	}
	reg.MustRegister(m.connected, m.openCalls, m.reconnects, m.requests, m.events, m.rejected, m.fallbacks, m.heartbeat)
	for _, cause := range []fallback{fallbackOverflow, fallbackLate, fallbackError, fallbackPanic, fallbackNoVerdict, fallbackUnreadable, fallbackDraining} {
		m.fallbacks.WithLabelValues(string(cause))
	}
	return m
}

// fallback is why a call continued without a decision.
type fallback string

const (
	fallbackOverflow   fallback = "overflow"   // the queue was full
	fallbackLate       fallback = "late"       // it waited too long in the queue
	fallbackError      fallback = "error"      // the handler failed
	fallbackPanic      fallback = "panic"      // the handler panicked
	fallbackNoVerdict  fallback = "no_verdict" // the handler ended and did not continue the call
	fallbackUnreadable fallback = "unreadable" // found waiting, and nothing could be read about it
	fallbackDraining   fallback = "draining"   // came, or was not finished, while stopping
)
