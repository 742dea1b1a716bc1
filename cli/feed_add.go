package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/span"
	"github.com/ringfence/ringfence/store"
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
			&cli.StringFlag{Name: "max-size", Value: sizeWords(feed.DefaultMaxSize), DefaultText: sizeWords(feed.DefaultMaxSize), Usage: "the largest `SIZE` of the file, packed or unpacked"},
			choose(&cli.StringFlag{Name: "format", Usage: "the file's `FORMAT`", DefaultText: "recognised by its header"}, listfile.Formats()...),
			&cli.BoolFlag{Name: "allow", Usage: "let the listed callers through instead of turning them away", DisableDefaultText: true},
			actionFlag(),
			&cli.StringFlag{Name: "reason", Usage: "the `WORDS` for rows that give no reason"},
			&cli.StringFlag{Name: "for", Usage: "how long an entry stays after the last change of the file, a `TIME`: 90m, 24h, 7d, 2w", DefaultText: "for ever"},
			&cli.IntFlag{Name: "min-reports", Usage: "list only numbers that stand in `N` rows or more", DefaultText: "1"},
			&cli.BoolFlag{Name: "keep", Usage: "let entries stay that the file doesn't name any more", DisableDefaultText: true},
			&cli.BoolFlag{Name: "replace", Usage: "change a feed that exists; its entries stay until it is fetched", DisableDefaultText: true},
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
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
	f, err := p.readFeed(c, conf.Region)
	if err != nil {
		return usagef("%w", err)
	}
	return p.withFeed(c, conf, f.Name, func(ctx context.Context, s *store.Store) error {
		// Who fetches the old one now must not bring in its rows after this.
		held, release, err := s.Lease(ctx, feed.LeaseName(f.Name))
		if err != nil {
			return err
		}
		defer release()
		if err := s.PutFeed(held, f, c.Bool("replace")); errors.Is(err, store.ErrFeedExists) {
			return usagef("there is a feed %s already: `ringfence feed show %s` shows it, --replace changes it", f.Name, f.Name)
		} else if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "subscribed to %s: %s every %s\n", f.Name, printable(f.Address()), span.Format(f.Every))
		p.say("serve fetches it within seconds; `ringfence feed run %s` does so now", f.Name)
		return err
	})
}

// readFeed makes a feed of the arguments and flags. The error tells all that
// is wrong, and no secret.
func (p *program) readFeed(c *cli.Context, region phone.Region) (feed.Feed, error) {
	if err := app.CheckText("reason", c.String("reason")); err != nil {
		return feed.Feed{}, err
	}
	var wrong []error
	readSpan := func(flag string) time.Duration {
		if c.String(flag) == "" {
			return 0
		}
		read, err := span.Parse(c.String(flag))
		if err != nil {
			wrong = append(wrong, fmt.Errorf("--%s: %w", flag, err))
		}
		return read
	}
	f := feed.Feed{
		Name: c.Args().Get(0), URL: c.Args().Get(1), Every: readSpan("every"), Header: feed.Header{},
		Rows: feed.Rows{
			Region: region, Kind: blacklist.Block, Reason: c.String("reason"), For: readSpan("for"),
			MinReports: c.Int("min-reports"), Keep: c.Bool("keep"),
		},
		Created: p.now().Truncate(time.Second), Author: app.Author(p.getenv),
	}
	if c.Bool("allow") {
		f.Rows.Kind = blacklist.Allow
	}
	for _, line := range c.StringSlice("header") {
		if err := f.Header.Add(line); err != nil {
			wrong = append(wrong, fmt.Errorf("--header: %w", err))
		}
	}
	var err error
	if f.MaxSize, err = parseSize(c.String("max-size")); err != nil {
		wrong = append(wrong, fmt.Errorf("--max-size: %w", err))
	}
	if c.IsSet("format") {
		if f.Rows.Format, err = listfile.ParseFormat(c.String("format")); err != nil {
			wrong = append(wrong, fmt.Errorf("--format: %w", err))
		}
	}
	if c.IsSet("action") {
		if f.Rows.Action, err = blacklist.ParseAction(c.String("action")); err != nil {
			wrong = append(wrong, fmt.Errorf("--action: %w", err))
		}
	}
	if len(wrong) > 0 {
		return f, errors.Join(wrong...)
	}
	return f, f.Check()
}
