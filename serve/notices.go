package serve

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/store"
)

// newEvents returns what delivers events to the sinks.
func newEvents(data *store.Store, sinks []notify.Sink, registry prometheus.Registerer, log *slog.Logger) *notify.Dispatcher {
	// The age of an event goes by Redis' clock, whatever time it is for calls.
	return notify.NewDispatcher(notify.Config{Outbox: data, Sinks: sinks, Log: log, Now: time.Now, Metrics: notify.NewMetrics(registry)})
}
