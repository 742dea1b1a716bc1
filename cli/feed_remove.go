package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

func (p *program) feedRemoveCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "end the subscription to a list",
		ArgsUsage: "NAME",
		Description: `
Ends a subscription. Its entries stay on the list. With --rows they are removed
too, as a batch that can be undone.

Examples:
   ringfence feed remove nuisance
   ringfence feed remove nuisance --rows` + exits("0 removed, 3 there is no such feed,"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "rows", Usage: "also remove its entries", DisableDefaultText: true},
			newOutputFlag(),
		}, configFlags(config.NeedsStore)...),
		Action: p.feedRemove,
	}
}

func (p *program) feedRemove(c *cli.Context) error {
	name, err := readFeedName(c)
	if err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	return p.withFeed(c, conf, name, func(ctx context.Context, feeds app.Feeds, _ *progress) error {
		rows, err := feeds.Remove(ctx, name, c.Bool("rows"))
		if err != nil {
			return err
		}
		if format != outputTable {
			return writeOne(p, format, rows, nil)
		}
		if _, err := fmt.Fprintf(p.out, "removed the feed %s\n", name); err != nil {
			return err
		}
		switch {
		case rows.Batch != "":
			_, err = fmt.Fprintf(p.out, "removed %d entries (batch %s)\n", rows.Gone, rows.Batch)
			p.say("undo with: ringfence import undo %s", rows.Batch)
		case c.Bool("rows"):
			p.say("the feed had no entries")
		case rows.Left > 0:
			p.say("its %d entries stay on the list; show them with: ringfence list --source %s", rows.Left, name)
		}
		return err
	})
}
