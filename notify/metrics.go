package notify

import "github.com/prometheus/client_golang/prometheus"

// Metrics count events by sink. No label ever holds a number.
type Metrics struct {
	delivered *prometheus.CounterVec
	failures  *prometheus.CounterVec
	lost      *prometheus.CounterVec
	waiting   *prometheus.GaugeVec
}

// NewMetrics registers the metrics of events.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := newMetrics()
	registerer.MustRegister(m.delivered, m.failures, m.lost, m.waiting)
	return m
}

func newMetrics() *Metrics {
	sink := []string{"sink"}
	return &Metrics{
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_notify_delivered_total",
			Help: "Events that a sink has accepted.",
		}, sink),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_notify_failures_total",
			Help: "Failed deliveries; they will be retried.",
		}, sink),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_notify_lost_total",
			Help: "Events that a sink has not accepted within a day.",
		}, sink),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ringfence_notify_waiting",
			Help: "Events that wait for a sink to which this instance delivers; above 1100 they are not counted.",
		}, sink),
	}
}

// begin sets a sink's metrics to zero, so that they exist before the first event.
func (m *Metrics) begin(sink string) {
	m.delivered.WithLabelValues(sink)
	m.failures.WithLabelValues(sink)
	m.lost.WithLabelValues(sink)
	m.waiting.WithLabelValues(sink)
}
