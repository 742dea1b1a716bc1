package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

func (p *program) feedCommand() *cli.Command {
	return &cli.Command{
		Name:     "feed",
		Usage:    "subscribe to lists that others publish",
		Category: categoryList,
		Subcommands: []*cli.Command{
			p.feedAddCommand(), p.feedListCommand(), p.feedShowCommand(), p.feedRunCommand(), p.feedRemoveCommand(),
		},
	}
}

// readFeedName returns the only argument, the name of a feed.
func readFeedName(c *cli.Context) (string, error) {
	if c.NArg() != 1 {
		return "", usagef("name one feed. See `%s --help`", c.Command.HelpName)
	}
	return c.Args().First(), nil
}

// withFeed runs work on a feed. If the feed does not exist, it suggests another.
func (p *program) withFeed(c *cli.Context, conf config.Config, name string, work func(context.Context, app.Feeds, *progress) error) error {
	return p.withFeeds(c, conf, func(ctx context.Context, feeds app.Feeds, bar *progress) error {
		err := work(ctx, feeds, bar)
		if app.KindOf(err) == app.NotFound {
			return p.noFeed(ctx, feeds, name)
		}
		return err
	})
}

// noFeed reports that the feed does not exist, and suggests a similar name.
func (p *program) noFeed(ctx context.Context, all app.Feeds, name string) error {
	feeds, err := all.List(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(feeds))
	for i, f := range feeds {
		names[i] = f.Name
	}
	p.say("no feed %s%s", name, config.DidYouMean(name, "", names))
	return errNo
}
