package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/config"
)

func (p *program) feedAddCommand() *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "subscribe to a list",
		ArgsUsage: "NAME URL",
		Description: `
Subscribes to a list. ` + "`ringfence serve`" + ` fetches it within seconds, and then
again and again; of several that share a Redis, one does. What it brings goes
through the same checks as an import, and its entries have NAME for their
source. Entries that the list doesn't name any more go; entries of other
sources stay as they are. A list that has lost more than half of its entries is
not believed.

Arguments:
   NAME   letters, digits, - _ and .
   URL    https://, http:// or file:///PATH, a file that serve can read. Users,
          passwords and values after ? are kept in Redis and never shown

Examples:
   ringfence feed add nuisance https://example.org/nuisance.csv --every 24h
   ringfence feed add robocalls file:///srv/lists/fcc.csv.gz --min-reports 3
   ringfence feed add phoneblock https://phoneblock.net/phoneblock/api/blocklist \
      --header "Authorization: Bearer $TOKEN" --every 30d --reason phoneblock` + exits("0 subscribed,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "every", Value: "24h", DefaultText: "24h", Usage: "the `TIME` between two looks: 15m, 24h, 7d"},
			&cli.StringSliceFlag{Name: "header", Usage: "a `LINE` to send along, \"NAME: VALUE\", such as a token; it can be given several times"},
			&cli.StringFlag{Name: "max-size", Value: app.FormatSize(app.DefaultFeedSize), DefaultText: app.FormatSize(app.DefaultFeedSize), Usage: "the largest `SIZE` of the file, packed or unpacked"},
			choose(&cli.StringFlag{Name: "format", Usage: "the file's `FORMAT`", DefaultText: "recognised by its header"}, listfile.Formats()...),
			&cli.BoolFlag{Name: "allow", Usage: "let the listed callers through instead of turning them away", DisableDefaultText: true},
			actionFlag(),
			&cli.StringFlag{Name: "reason", Usage: "the `WORDS` for rows that give no reason"},
			&cli.StringFlag{Name: "for", Usage: "how long an entry stays after the last change of the file, a `TIME`: 90m, 24h, 7d, 2w", DefaultText: "for ever"},
			&cli.IntFlag{Name: "min-reports", Usage: "list only numbers that stand in `N` rows or more", DefaultText: "1"},
			&cli.BoolFlag{Name: "keep", Usage: "let entries stay that the file doesn't name any more", DisableDefaultText: true},
			&cli.BoolFlag{Name: "replace", Usage: "change a feed that exists; its entries stay until it is fetched", DisableDefaultText: true},
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.feedAdd,
	}
}

func (p *program) feedAdd(c *cli.Context) error {
	if c.NArg() != 2 {
		return usagef("name a feed and its URL. See `%s --help`", c.Command.HelpName)
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	if err := filled(c, "format", "action"); err != nil {
		return err
	}
	made, err := app.Feeds{Region: conf.Region, Now: p.now}.Read(app.NewFeed{
		Name: c.Args().Get(0), URL: c.Args().Get(1), Every: c.String("every"), MaxSize: c.String("max-size"),
		Header: c.StringSlice("header"), Format: c.String("format"), Allow: c.Bool("allow"), Action: c.String("action"),
		Reason: c.String("reason"), For: c.String("for"), MinReports: c.Int("min-reports"), Keep: c.Bool("keep"),
		Author: app.Author(p.getenv),
	})
	if err != nil {
		return err
	}
	return p.withFeed(c, conf, made.Name, func(ctx context.Context, feeds app.Feeds, _ *progress) error {
		f, err := feeds.Add(ctx, made, c.Bool("replace"))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "subscribed to %s: %s every %s\n", f.Name, printable(f.URL), f.Every)
		p.say("serve fetches it within seconds; `ringfence feed run %s` does so now", f.Name)
		return err
	})
}
