package cli

import (
	"context"
	"log/slog"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
)

// defaultLimit is how many lines a list shows if nothing else is asked for.
const defaultLimit = 100

func limitFlag() cli.Flag {
	return &cli.IntFlag{Name: "limit", Value: defaultLimit, Usage: "at most `N` lines; 0 for all"}
}

func readLimit(c *cli.Context) (int, error) {
	if limit := c.Int("limit"); limit >= 0 {
		return limit, nil
	}
	return 0, usagef("--limit: write a number, 0 for all")
}

func (p *program) listCommand() *cli.Command {
	return &cli.Command{
		Name:     "list",
		Usage:    "show the list of callers",
		Category: categoryList,
		Description: `
Shows numbers and prefixes, the newest first. Times are local in the table,
RFC 3339 in JSON and CSV. A CSV cell that a spreadsheet would take for a
formula gets an apostrophe before it, and so does one that begins with an
apostrophe; numbers keep their + and have none.

A search finds a number by any spelling and by any part of one: with the
region DE, "030 12" finds +493012…, and so does "3012". If there is more than
--limit shows, the last line on stderr tells how to go on: --after and where.
No page takes longer than the first, however long the list is. With --limit 0
entries are written as they are read; the first 1,000 decide how wide the
table's columns are.

Examples:
   ringfence list --search "030 123"
   ringfence list --kind block --sort hits --limit 10
   ringfence list --limit 0 --output csv > list.csv` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "search", Usage: "a number in any spelling, a part of one, or a part of a reason, a `TEXT`"},
			kindFlag(),
			&cli.StringFlag{Name: "source", Usage: "only what came from this `NAME`"},
			choose(&cli.StringFlag{Name: "sort", Value: string(blacklist.ByCreated), DefaultText: string(blacklist.ByCreated), Usage: "by `WHAT`"}, blacklist.Sorts()...),
			&cli.StringFlag{Name: "after", Usage: "go on at this `PLACE`, which the page before named"},
			limitFlag(),
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.list,
	}
}

func (p *program) list(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON, outputCSV)
	if err != nil {
		return err
	}
	limit, err := readLimit(c)
	if err != nil {
		return err
	}
	search := searched(c)
	search.Limit = limit
	query, err := app.List{Region: conf.Region}.Query(search)
	if err != nil {
		return err
	}
	if limit == 0 {
		return p.listAll(c, conf, query, format)
	}
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		page, err := list.Page(ctx, query)
		if err != nil {
			return err
		}
		if err := writeRows(p.out, format, entryColumns(), page.Entries); err != nil {
			return err
		}
		if page.Next != "" {
			which := "first"
			if query.After != "" {
				which = "next"
			}
			p.say("the %s %d; --limit 0 shows all", which, len(page.Entries))
			p.say("go on with --after '%s'", page.Next)
		}
		return nil
	})
}

// listAll shows all that the query chooses, which may take as long as it takes.
func (p *program) listAll(c *cli.Context, conf config.Config, query blacklist.Query, format string) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	defer lean()()
	if err := checkSoon(c.Context, s); err != nil {
		return err
	}
	return streamRows(p.out, format, entryColumns(), app.List{Store: s}.All(c.Context, query))
}

func entryColumns() []column[blacklist.Entry] {
	return []column[blacklist.Entry]{
		{"kind", func(e blacklist.Entry) any { return string(e.Kind) }},
		{"number", func(e blacklist.Entry) any { return e.Rule.Pattern.String() }},
		{"to", func(e blacklist.Entry) any { return e.Rule.To.String() }},
		{"action", func(e blacklist.Entry) any { return string(e.Action) }},
		{"created", func(e blacklist.Entry) any { return e.Created }},
		{"expires", func(e blacklist.Entry) any { return e.Expires }},
		{"hits", func(e blacklist.Entry) any { return e.Hits }},
		{"last hit", func(e blacklist.Entry) any { return e.LastHit }},
		{"source", func(e blacklist.Entry) any { return e.Source }},
		{"author", func(e blacklist.Entry) any { return e.Author }},
		{"reason", func(e blacklist.Entry) any { return e.Reason }},
	}
}

// searched returns what the flags look for.
func searched(c *cli.Context) app.Search {
	return app.Search{
		Text: c.String("search"), Kind: c.String("kind"), Source: c.String("source"), Sort: c.String("sort"), After: c.String("after"),
	}
}

func kindFlag() cli.Flag {
	return choose(&cli.StringFlag{Name: "kind", Usage: "only one `KIND`"}, blacklist.Block, blacklist.Allow)
}
