package notice

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what became of listings and of their notices, by channel. No
// label ever holds a number.
type Metrics struct {
	delivered *prometheus.CounterVec
	failures  *prometheus.CounterVec
	lost      *prometheus.CounterVec
	waiting   *prometheus.GaugeVec
}

// NewMetrics registers the metrics of listings and notices.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := newMetrics()
	registerer.MustRegister(m.delivered, m.failures, m.lost, m.waiting)
	return m
}

func newMetrics() *Metrics {
	channel := []string{"channel"}
	return &Metrics{
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_notices_delivered_total",
			Help: "Notices that a channel has taken.",
		}, channel),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_notice_failures_total",
			Help: "Deliveries that a channel has not taken; they are repeated.",
		}, channel),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_notices_lost_total",
			Help: "Notices that a channel has not taken within a day.",
		}, channel),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "ringfence_notices_waiting",
			Help: "Notices that wait for a channel by which this instance delivers; what is beyond 1100 is not counted.",
		}, channel),
	}
}

// begin makes a channel's metrics visible before anything has happened.
func (m *Metrics) begin(channel string) {
	m.delivered.WithLabelValues(channel)
	m.failures.WithLabelValues(channel)
	m.lost.WithLabelValues(channel)
	m.waiting.WithLabelValues(channel)
}
