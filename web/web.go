// Package web serves Ringfence's HTTP interface: health for supervisors and
// metrics for Prometheus.
//
// Nothing that is asked here may hold up a call. So an answer costs no request to
// Asterisk or Redis, connections and requests are bounded, and each connection
// serves one request within a few seconds.
package web

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/net/netutil"
)

const (
	// maxConnections is how many clients are connected at once. Others wait in the
	// listen queue of the kernel.
	maxConnections = 64
	// maxScrapes is how many answers of /metrics are written at once. Others get
	// a 503.
	maxScrapes = 4
	// readTimeout and writeTimeout bound how long a client may take to ask, and to
	// accept the answer.
	readTimeout  = 2 * time.Second
	writeTimeout = 5 * time.Second
	// maxHeader bounds the header of a request, in bytes.
	maxHeader = 16 << 10
	// metricsAge is how old the values of /metrics may be.
	metricsAge = time.Second
)

// NewServer returns a server for connections that Limit accepts. Log gets its own
// errors.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	server := &http.Server{
		Handler: handler, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	// A client that stays connected would take the place of others.
	server.SetKeepAlivesEnabled(false)
	return server
}

// Limit returns a listener with a bounded number of open connections.
func Limit(listener net.Listener) net.Listener {
	return netutil.LimitListener(listener, maxConnections)
}

// NewHandler serves /healthz (the process answers), /readyz (calls are screened)
// and /metrics. /readyz answers 503 if the status is "down", and 200 if it is
// "degraded", so that a load balancer does not stop an instance that still screens
// calls. Current is called for each request, so it must be quick.
func NewHandler(current func() Health, gatherer prometheus.Gatherer, now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		health := current()
		w.Header().Set("Content-Type", "application/json")
		if health.Status == StatusDown {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(health)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(&cachedGatherer{from: gatherer, now: now}, promhttp.HandlerOpts{
		MaxRequestsInFlight: maxScrapes,
		// Compression costs more than the few kilobytes that it saves.
		DisableCompression: true,
	}))
	return mux
}

// cachedGatherer gathers metrics at most once per metricsAge, however many ask for them.
type cachedGatherer struct {
	from prometheus.Gatherer
	now  func() time.Time

	mu       sync.Mutex
	at       time.Time
	families []*dto.MetricFamily
	err      error
}

// Gather returns the metrics, which no one may change.
func (h *cachedGatherer) Gather() ([]*dto.MetricFamily, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.now(); h.at.IsZero() || now.Sub(h.at) >= metricsAge || now.Before(h.at) {
		h.families, h.err = h.from.Gather()
		h.at = now
	}
	return h.families, h.err
}
