package main

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/feed"
)

// newFeeds returns what keeps feeds up to date while calls are screened. Its
// files lie beside what is remembered for a start without Redis: the folder
// for temporary files may be memory.
func newFeeds(config config, data *versioned, registry prometheus.Registerer, log *slog.Logger) *feed.Runner {
	released, _ := versionAndRevision()
	engine := feedEngine(data.Store, time.Now)
	engine.Waiting = func(err error, pause time.Duration) {
		log.Warn("the import of a feed waits for the store", slog.Any("error", err), slog.Duration("pause", pause))
	}
	return feed.NewRunner(feed.Config{
		Store:    data,
		Importer: &feedImporter{store: data.Store, engine: engine, region: config.Region, folder: config.State, now: time.Now},
		Fetcher:  feed.NewFetcher(feed.FetcherConfig{Version: released, Folder: config.State}),
		Log:      log, Now: time.Now, Metrics: feed.NewMetrics(registry),
	})
}
