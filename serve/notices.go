package serve

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/notice"
	"github.com/ringfence/ringfence/store"
)

// newNotices returns what delivers notices by the channels.
func newNotices(data *store.Store, channels []notice.Channel, registry prometheus.Registerer, log *slog.Logger) *notice.Runner {
	// A notice is as old as Redis' clock says, whatever time it is for calls.
	return notice.NewRunner(notice.Config{Store: data, Channels: channels, Log: log, Now: time.Now, Metrics: notice.NewMetrics(registry)})
}
