package main

import (
	"context"
	"log/slog"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/feed"
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
		}, configFlags(asksStore|readsNumbers)...),
		Action: p.feedRun,
	}
}

func (p *program) feedRun(c *cli.Context) error {
	name, err := readFeedName(c)
	if err != nil {
		return err
	}
	config, err := p.config(c)
	if err != nil {
		return err
	}
	return p.withFeed(c, config, name, func(ctx context.Context, s *store.Store) error {
		released, _ := versionAndRevision()
		importer := feedImporter{
			store: s, engine: feedEngine(s, p.now), region: config.Region, shrink: c.Bool("force"), now: p.now, tell: p.tellFeed,
		}
		runner := feed.NewRunner(feed.Config{
			Store: s, Importer: &importer, Fetcher: feed.NewFetcher(feed.FetcherConfig{Version: released}),
			Log: slog.New(slog.DiscardHandler), Now: p.now,
		})
		_, err := runner.RunNow(ctx, name)
		return err
	})
}

// tellFeed says what an import of a feed did.
func (p *program) tellFeed(format listfile.Format, summary batch.Summary) {
	p.say("%s: %s", format, outcomeWords(summary.Counts))
}
