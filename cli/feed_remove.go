package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/store"
)

func (p *program) feedRemoveCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "end a subscription",
		ArgsUsage: "NAME",
		Description: `
Ends a subscription. Its entries stay on the list, unless --rows is given:
then they go, too, as a batch that can be undone.

Examples:
   ringfence feed remove nuisance
   ringfence feed remove nuisance --rows` + exits("0 removed, 3 there is no such feed,"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "rows", Usage: "remove its entries, too", DisableDefaultText: true},
		}, configFlags(config.AsksStore)...),
		Action: p.feedRemove,
	}
}

func (p *program) feedRemove(c *cli.Context) error {
	name, err := readFeedName(c)
	if err != nil {
		return err
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	return p.withFeed(c, conf, name, func(ctx context.Context, s *store.Store) error {
		held, release, err := s.Lease(ctx, feed.LeaseName(name))
		if err != nil {
			return err
		}
		defer release()
		if _, err := s.Feed(held, name); err != nil {
			return err
		}
		// The rows first: whatever fails, doing it again completes it.
		var removed batch.Summary
		if c.Bool("rows") {
			if removed, err = p.removeRows(held, s, name); err != nil {
				return err
			}
		}
		if err := s.RemoveFeed(held, name); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(p.out, "ended the subscription to %s\n", name); err != nil {
			return err
		}
		if c.Bool("rows") {
			return p.tellRemovedRows(removed)
		}
		left, err := app.CountRows(held, s, name)
		if err == nil && left > 0 {
			p.say("its entries stay, %d in all: `ringfence list --source %s` shows them", left, name)
		}
		return err
	})
}

// removeRows takes the entries of a source off the list, as an import of a
// file that names none of them.
func (p *program) removeRows(ctx context.Context, s *store.Store, source string) (batch.Summary, error) {
	none := func(func(listfile.Row, error) bool) {}
	return app.NewEngine(s, p.now).Import(ctx, batch.Job{Rows: none, File: "feed remove", Source: source, By: app.Actor(p.getenv).Name, Shrink: true})
}

func (p *program) tellRemovedRows(removed batch.Summary) error {
	if removed.ID == "" {
		p.say("it had no entries")
		return nil
	}
	_, err := fmt.Fprintf(p.out, "removed its entries, %d in all, as batch %s\n", removed.Counts.Gone, removed.ID)
	p.say("`ringfence import undo %s` brings them back", removed.ID)
	return err
}
