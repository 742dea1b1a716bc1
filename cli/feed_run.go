package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

func (p *program) feedRunCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "fetch a list now",
		ArgsUsage: "NAME",
		Description: `
Fetches a feed now and imports it, even if it is not due or has not changed.
serve does not need to run.

Examples:
   ringfence feed run nuisance` + exits("0 updated, 3 there is no such feed,"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "import even if more than half of its entries would be deleted", DisableDefaultText: true},
			&cli.StringFlag{Name: "rejects", Usage: "write refused rows to this `FILE`, as CSV", TakesFile: true},
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers|config.Fetches)...),
		Action: p.feedRun,
	}
}

func (p *program) feedRun(c *cli.Context) error {
	name, err := readFeedName(c)
	if err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	bad := &rejectsFile{}
	if err := bad.begin(c.String("rejects"), ""); err != nil {
		return err
	}
	defer bad.discard()
	return p.withFeed(c, conf, name, func(ctx context.Context, feeds app.Feeds, bar *progress) error {
		report, err := feeds.Run(ctx, name, c.Bool("force"), bad.row)
		bar.end()
		if report == nil {
			err = ofFeed(ctx, feeds, name, err)
		}
		return p.reportImport(format, report, bad, err)
	})
}

// ofFeed adds the address of a feed to an error of its fetch.
func ofFeed(ctx context.Context, feeds app.Feeds, name string, err error) error {
	if _, complete := errors.AsType[*app.Error](err); complete || err == nil || app.KindOf(err) != app.Failed {
		return err
	}
	shown, failed := feeds.Show(ctx, name)
	if failed != nil {
		return err
	}
	return fmt.Errorf("%s: %s: %w", name, shown.URL, err)
}
