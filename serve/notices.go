package serve

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/notify"
)

// newEvents returns what records listings off the path of calls, and what
// delivers their events to the sinks.
func newEvents(data *versioned, sinks []notify.Sink, registry prometheus.Registerer, log *slog.Logger) (*notify.Teller, *notify.Dispatcher) {
	metrics := notify.NewMetrics(registry)
	// The age of an event goes by Redis' clock, whatever time it is for calls.
	dispatcher := notify.NewDispatcher(notify.Config{Outbox: data, Sinks: sinks, Log: log, Now: time.Now, Metrics: metrics})
	teller := notify.NewTeller(notify.TellerConfig{Listings: data, Log: log, Metrics: metrics, Told: dispatcher.Wake})
	return teller, dispatcher
}
