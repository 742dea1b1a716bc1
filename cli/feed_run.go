package cli

import (
	"context"

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
Fetches a feed now and brings it into the list, whether it is due or not, and
even if the file is still the same. It does so by itself: no serve is needed.

Examples:
   ringfence feed run nuisance` + exits("0 brought up to date, 3 there is no such feed,"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "take it even if more than half of its entries would go", DisableDefaultText: true},
			&cli.StringFlag{Name: "rejects", Usage: "write the rows that were refused to this `FILE`, as CSV", TakesFile: true},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
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
	bad := &rejectsFile{}
	if err := bad.begin(c.String("rejects"), ""); err != nil {
		return err
	}
	defer bad.discard()
	return p.withFeed(c, conf, name, func(ctx context.Context, feeds app.Feeds, bar *progress) error {
		report, err := feeds.Run(ctx, name, c.Bool("force"), bad.row)
		bar.end()
		return p.tellImport(format, report, bad, err)
	})
}
