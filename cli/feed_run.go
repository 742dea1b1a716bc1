package cli

import (
	"context"
	"log/slog"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/store"
)

func (p *program) feedRunCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "fetch a list now",
		ArgsUsage: "NAME",
		Description: `
Fetches a feed now and brings it into the list, whether it is due or not, and
even if the file is still the same. It does so by itself: no serve is needed.

Examples:
   ringfence feed run nuisance` + exits("0 brought up to date, 3 there is no such feed,"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "take it even if more than half of its entries would go", DisableDefaultText: true},
			&cli.StringFlag{Name: "rejects", Usage: "write the rows that were refused to this `FILE`, as CSV", TakesFile: true},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Action: p.feedRun,
	}
}

func (p *program) feedRun(c *cli.Context) error {
	name, err := readFeedName(c)
	if err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	bad, err := newRejectsFile(c.String("rejects"), "")
	if err != nil {
		return err
	}
	defer bad.discard()
	return p.withFeed(c, conf, name, func(ctx context.Context, s *store.Store) error {
		defer lean()()
		bar := p.newProgress(&input{size: -1})
		defer bar.end()
		report := importReport{rejects: bad.name}
		importer := app.NewFeedImporter(s, conf.Region, p.now)
		importer.Engine.Lease, importer.Engine.OnRetry = lease.Func(s.Lease).Waiting(p.sayWaiting), bar.waiting
		importer.Shrink, importer.Progress, importer.Rejected = c.Bool("force"), bar.show, bad.row
		importer.Tell = func(summary batch.Summary) { report.Summary = summary }
		released, _ := config.Version()
		runner := feed.NewRunner(feed.Config{
			Store: s, Importer: importer, Fetcher: feed.NewFetcher(feed.FetcherConfig{Version: released}),
			Log: slog.New(slog.DiscardHandler), Now: p.now,
		})
		_, err := runner.RunNow(ctx, name)
		bar.end()
		if saved := bad.save(); err == nil {
			err = saved
		}
		if err != nil && report.ID == "" {
			return err
		}
		return p.tellImport(format, report, err)
	})
}
