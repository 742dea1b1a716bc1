package serve

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/notice"
)

// newNotices returns what takes listings off the path of calls, and what then
// tells of them by the channels. Without channels, listings are recorded all
// the same.
func newNotices(data *versioned, channels []notice.Channel, registry prometheus.Registerer, log *slog.Logger) (*notice.Teller, *notice.Runner) {
	metrics := notice.NewMetrics(registry)
	// A notice is as old as Redis' clock says, whatever time it is for calls.
	runner := notice.NewRunner(notice.Config{Store: data, Channels: channels, Log: log, Now: time.Now, Metrics: metrics})
	teller := notice.NewTeller(notice.TellerConfig{Listings: data, Log: log, Metrics: metrics, Told: runner.Wake})
	return teller, runner
}
