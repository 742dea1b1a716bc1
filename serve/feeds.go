package serve

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/store"
)

// newFeeds returns a runner that fetches and imports feeds. It downloads into the
// state folder, since the folder for temporary files may be in memory.
func newFeeds(conf config.Config, data *store.Store, registry prometheus.Registerer, log *slog.Logger, now func() time.Time) *feed.Runner {
	version, _ := config.Version()
	importer := app.NewFeedImporter(data, conf.Region, now, app.Watch{
		OnWait: func(source, holder string) {
			log.Info("the import of a feed waits for another of its source", slog.String("source", source), slog.String("by", holder))
		},
		OnRetry: func(err error, pause time.Duration) {
			log.Warn("the import of a feed waits for the store", slog.Any("error", err), slog.Duration("pause", pause))
		},
	})
	importer.Folder = conf.State
	importer.Engine.Lease = app.OneAtATime(importer.Engine.Lease)
	return feed.NewRunner(feed.Config{
		Store:    data,
		Importer: importer,
		Fetcher:  feed.NewFetcher(feed.FetcherConfig{Version: version, Folder: conf.State, Access: access(conf)}),
		Log:      log, Now: now, Metrics: feed.NewMetrics(registry),
	})
}

// access returns what feeds and calendars may read.
func access(conf config.Config) feed.Access {
	return feed.Access{Folders: conf.FeedFolders, Networks: conf.FeedNetworks}
}
