package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

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
once every --every. If several instances share a Redis, only one fetches. The
rows go through the same checks as an import. The entries have the source NAME.
Entries missing from the list are deleted; entries of other sources are not
changed. A list that has lost more than half of its entries is rejected.

Arguments:
   NAME   letters, digits, - _ and .
   URL    https:// or http://, of a public server or in feed-networks, or
          file:///PATH, a file below a folder of feed-folders. User, password
          and values after ? are stored in Redis and never shown

Examples:
   ringfence feed add nuisance https://example.org/nuisance.csv --every 24h
   ringfence feed add robocalls file:///srv/lists/fcc.csv.gz --min-reports 3 \
      --feed-folders /srv/lists
   ringfence feed add phoneblock https://phoneblock.net/phoneblock/api/blocklist \
      --header "Authorization: Bearer $TOKEN" --every 30d --reason phoneblock` + exits("0 subscribed,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "every", Value: "24h", DefaultText: "24h", Usage: "the `TIME` between two fetches: 15m, 24h, 7d"},
			&cli.StringSliceFlag{Name: "header", Usage: "an HTTP header to send, a `LINE` \"NAME: VALUE\", such as a token; may be repeated"},
			&cli.StringFlag{Name: "max-size", Value: app.FormatSize(app.DefaultFeedSize), DefaultText: app.FormatSize(app.DefaultFeedSize), Usage: "the maximum `SIZE` of the file, compressed or not"},
			choose(&cli.StringFlag{Name: "format", Usage: "the file's `FORMAT`", DefaultText: "detected"}, listfile.Formats()...),
			&cli.StringSliceFlag{Name: "column", Usage: "the `NAME` of the column with the numbers, if it is not detected; may be repeated"},
			&cli.BoolFlag{Name: "allow", Usage: "allow the callers instead of blocking them", DisableDefaultText: true},
			actionFlag(),
			&cli.StringFlag{Name: reasonFlag, Usage: "the reason for rows without one, in your own `WORDS`"},
			&cli.StringFlag{Name: "for", Usage: "entries expire this `TIME` after the last change of the file: 90m, 24h, 7d, 2w", DefaultText: "never expires"},
			&cli.IntFlag{Name: "min-reports", Usage: "list only numbers with at least `N` reports", DefaultText: "1"},
			&cli.BoolFlag{Name: "keep", Usage: "do not delete entries missing from the file", DisableDefaultText: true},
			&cli.BoolFlag{Name: "replace", Usage: "change an existing feed; its entries stay until the next fetch", DisableDefaultText: true},
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers|config.Fetches)...),
		Action: p.feedAdd,
	}
}

func (p *program) feedAdd(c *cli.Context) error {
	if c.NArg() != 2 {
		return usagef("name the feed and its URL. See `%s --help`", c.Command.HelpName)
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	made, err := app.Feeds{Region: conf.Region, Now: p.now, Access: access(conf)}.ReadFeed(app.FeedInput{
		Name: c.Args().Get(0), URL: c.Args().Get(1), Every: c.String("every"), MaxSize: c.String("max-size"),
		Header: c.StringSlice("header"), Format: c.String("format"), Columns: c.StringSlice("column"), Allow: c.Bool("allow"), Action: c.String("action"),
		Reason: c.String("reason"), For: c.String("for"), MinReports: c.Int("min-reports"), Keep: c.Bool("keep"),
	})
	if err != nil {
		return err
	}
	return p.withFeed(c, conf, made.Name, func(ctx context.Context, feeds app.Feeds, _ *progress) error {
		f, err := feeds.Add(ctx, made, c.Bool("replace"))
		if err != nil {
			return err
		}
		if format != outputTable {
			err = writeOne(p, format, f, nil)
		} else {
			_, err = fmt.Fprintf(p.out, "subscribed to %s: %s every %s\n", f.Name, printable(f.URL), app.FormatSpan(f.EverySeconds))
		}
		if address, wrong := url.Parse(f.URL); wrong == nil && address.Scheme == "file" {
			if _, missing := os.Stat(address.Path); missing != nil {
				p.say("%s: this machine cannot read it now: %s", f.URL, errors.Unwrap(missing))
			}
		}
		p.say("serve fetches it within seconds; fetch it now with: ringfence feed run %s", f.Name)
		return err
	})
}
