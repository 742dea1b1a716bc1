package feed

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics tell of feeds, by their names.
type Metrics struct {
	runs *prometheus.CounterVec

	mu    sync.Mutex
	feeds []Subscribed
}

var (
	lastSuccess = prometheus.NewDesc("ringfence_feed_last_success_timestamp_seconds",
		"When a feed was last looked for with success, by any instance; 0 means never.", []string{"feed"}, nil)
	rows = prometheus.NewDesc("ringfence_feed_rows",
		"Entries of a feed after its last import.", []string{"feed"}, nil)
	failures = prometheus.NewDesc("ringfence_feed_failures",
		"Failures of a feed, by any instance, since its last success.", []string{"feed"}, nil)
)

// NewMetrics registers the metrics of feeds.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := newMetrics()
	registerer.MustRegister(m.runs, m)
	return m
}

func newMetrics() *Metrics {
	return &Metrics{runs: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ringfence_feed_runs_total",
		Help: "Looks at feeds by this instance, by feed and result: changed, unchanged, failed.",
	}, []string{"feed", "result"})}
}

var _ prometheus.Collector = (*Metrics)(nil)

// Describe names the metrics that are read from the store.
func (*Metrics) Describe(out chan<- *prometheus.Desc) {
	out <- lastSuccess
	out <- rows
	out <- failures
}

// Collect tells what the last look at the feeds found.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, feed := range m.feeds {
		succeeded := 0.0
		if !feed.State.Succeeded.IsZero() {
			succeeded = float64(feed.State.Succeeded.UnixMilli()) / 1000
		}
		out <- prometheus.MustNewConstMetric(lastSuccess, prometheus.GaugeValue, succeeded, feed.Name)
		out <- prometheus.MustNewConstMetric(rows, prometheus.GaugeValue, float64(feed.State.Rows), feed.Name)
		out <- prometheus.MustNewConstMetric(failures, prometheus.GaugeValue, float64(feed.State.Failures), feed.Name)
	}
}

func (m *Metrics) show(feeds []Subscribed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.feeds = feeds
}

func (m *Metrics) count(feed, result string) { m.runs.WithLabelValues(feed, result).Inc() }
