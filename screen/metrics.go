package screen

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts decisions. No label ever holds a number.
type Metrics struct {
	calls       *prometheus.CounterVec
	duration    prometheus.Histogram
	failOpen    *prometheus.CounterVec
	checkErrors *prometheus.CounterVec
	active      prometheus.Gauge
	listings    prometheus.Counter
}

// NewMetrics registers the metrics of decisions.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_calls_total",
			Help: "Screened calls by verdict and by the check that decided.",
		}, []string{"verdict", "check"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "ringfence_screen_duration_seconds",
			Help:    "Time from a call's arrival to Asterisk's acceptance of the verdict.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 1.5},
		}),
		failOpen: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_fail_open_total",
			Help: "Calls that continued because something failed, by cause: store, guard, asterisk, overflow, late, unreadable, draining, panic.",
		}, []string{"cause"}),
		checkErrors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ringfence_check_errors_total",
			Help: "Checks that failed, by check.",
		}, []string{"check"}),
		active: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "ringfence_active_calls",
			Help: "Calls that wait for their verdict, or to which a message plays.",
		}),
		listings: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringfence_repeat_listings_total",
			Help: "Callers that a rate rule has put on the list.",
		}),
	}
	registerer.MustRegister(m.calls, m.duration, m.failOpen, m.checkErrors, m.active, m.listings)
	return m
}
