package feed

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the metrics of feeds by name.
type Metrics struct {
	runs                        *prometheus.CounterVec
	lastSuccess, rows, failures *prometheus.Desc

	mu    sync.Mutex
	feeds []Subscribed
}

// NewMetrics registers the metrics of feeds.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	return register(registerer, newMetrics("feed", "Entries of a feed after its last import."))
}

// NewCalendarMetrics registers the metrics of calendars.
func NewCalendarMetrics(registerer prometheus.Registerer) *Metrics {
	return register(registerer, newMetrics("calendar", "Times and periods of days that a calendar closes."))
}

func register(registerer prometheus.Registerer, m *Metrics) *Metrics {
	registerer.MustRegister(m.runs, m)
	return m
}

// newMetrics names metrics and their label by a noun; rows is the help of the metric
// rows.
func newMetrics(noun, rows string) *Metrics {
	describe := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("ringfence_"+noun+"_"+name, help, []string{noun}, nil)
	}
	return &Metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_" + noun + "_runs_total",
			Help: "Fetches of " + noun + "s by this instance, by " + noun + " and result: changed, unchanged, failed.",
		}, []string{noun, "result"}),
		lastSuccess: describe("last_success_timestamp_seconds", "When a "+noun+" was last fetched with success, by any instance; 0 means never."),
		rows:        describe("rows", rows),
		failures:    describe("failures", "Failures of a "+noun+", by any instance, since its last success."),
	}
}

var _ prometheus.Collector = (*Metrics)(nil)

// Describe describes the metrics that are read from the store.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	out <- m.lastSuccess
	out <- m.rows
	out <- m.failures
}

// Collect sends the metrics of the feeds as last read from the store.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, feed := range m.feeds {
		succeeded := 0.0
		if !feed.State.Succeeded.IsZero() {
			succeeded = float64(feed.State.Succeeded.UnixMilli()) / 1000
		}
		out <- prometheus.MustNewConstMetric(m.lastSuccess, prometheus.GaugeValue, succeeded, feed.Name)
		out <- prometheus.MustNewConstMetric(m.rows, prometheus.GaugeValue, float64(feed.State.Rows), feed.Name)
		out <- prometheus.MustNewConstMetric(m.failures, prometheus.GaugeValue, float64(feed.State.Failures), feed.Name)
	}
}

func (m *Metrics) show(feeds []Subscribed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.feeds = feeds
}

func (m *Metrics) count(feed, result string) { m.runs.WithLabelValues(feed, result).Inc() }
