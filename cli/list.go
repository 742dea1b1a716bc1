package cli

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
)

// defaultLimit is the default of --limit.
const defaultLimit = 100

func limitFlag() cli.Flag {
	return &cli.IntFlag{Name: "limit", Value: defaultLimit, Usage: "show at most `N` lines; 0 for all"}
}

func sinceFlag() cli.Flag {
	return &cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 2h for the last two hours, 23.11.2026, yesterday, 14:30"}
}

func untilFlag() cli.Flag {
	return &cli.StringFlag{Name: "until", Usage: "only before this `TIME`; a date counts to its end"}
}

func afterFlag() cli.Flag {
	return &cli.StringFlag{Name: "after", Usage: "show the page after this `CURSOR`, as the page before it printed"}
}

// numberArgument returns the argument or --number, "" for none.
func numberArgument(c *cli.Context) (string, error) {
	first := c.Args().First()
	if !slices.ContainsFunc(c.Args().Slice(), func(word string) bool { _, only := digitsOf(word); return !only }) {
		if err := unquoted(c); err != nil {
			return "", err
		}
	}
	if _, only := digitsOf(first); !only && (meant(first, c.Command.Subcommands, nil) != "" || didYouMean(first, c.Command.Subcommands) != "") {
		return "", unknownCommand(c)
	}
	if c.NArg() > 0 && strings.TrimSpace(first) == "" {
		return "", usagef("the number is empty: name one, or leave it out")
	}
	flags := c.String("number") + c.String("search")
	if digits, only := digitsOf(flags); first != "" && only && 0 < digits && digits <= maxPiece {
		return "", usagef("these look like one number: quote it: %s '%s %s'", c.Command.HelpName, flags, first)
	}
	switch {
	case c.NArg() > 1:
		return "", usagef("unexpected argument %q: name one number, and quote one with blanks", c.Args().Get(1))
	case c.NArg() == 1 && c.IsSet("number"):
		return "", usagef("name the number once: as the argument or by --number")
	case c.NArg() == 1:
		return first, nil
	}
	return c.String("number"), nil
}

// sayNext says how much of a list a page shows, if it is not all, and the next page.
func sayNext[T any](p *program, page app.Page[T]) {
	if page.Next != "" {
		p.say("%d of %d; next page: --after '%s'", len(page.Rows), page.Total, page.Next)
	}
}

func readLimit(c *cli.Context) (int, error) {
	if limit := c.Int("limit"); limit >= 0 {
		return limit, nil
	}
	return 0, usagef("--limit must be 0 (for all) or more")
}

func (p *program) listCommand() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "show the list of callers",
		Category:  categoryList,
		ArgsUsage: "[NUMBER]",
		Description: `
Shows numbers and prefixes, the newest first. Times are local in the table,
RFC 3339 in JSON and CSV. In CSV, a cell that a spreadsheet would take for a
formula begins with an apostrophe; numbers with + do not.

--search finds a number in any spelling, or a part of it: with the region DE,
"030 12" and "3012" find +493012…. If there are more entries than --limit, stderr
says how many, and the --after for the next page. In JSON, these are "total" and
"next".

Examples:
   ringfence list "030 123456"
   ringfence list --search "030 123"
   ringfence list --kind block --sort hits --limit 10
   ringfence list --limit 0 --output csv > list.csv` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "number", Usage: "only entries for exactly this `NUMBER`, or for numbers and prefixes that begin with PREFIX*, like the argument"},
			&cli.StringFlag{Name: "search", Usage: "only entries with this `TEXT`: a number in any spelling, a part of one, or a part of a reason"},
			kindFlag(),
			&cli.StringFlag{Name: "source", Usage: "only entries from the source `NAME`"},
			choose(&cli.StringFlag{Name: "sort", Value: string(blacklist.ByCreated), DefaultText: string(blacklist.ByCreated), Usage: "the order, an `ORDER`"}, blacklist.Sorts()...),
			limitFlag(),
			afterFlag(),
			newOutputFlag(), wideFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.list,
	}
}

func (p *program) list(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	limit, err := readLimit(c)
	if err != nil {
		return err
	}
	search := searched(c)
	search.Limit = limit
	if search.Number, err = numberArgument(c); err != nil {
		return err
	}
	query, err := app.List{Region: conf.Region}.ReadSearch(search)
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
		if err := writePage(p, format, entryColumns(), page); err != nil {
			return err
		}
		sayNext(p, page)
		return nil
	})
}

// listAll shows all entries of the query as they are read. Only the first answer
// of Redis is limited in time.
func (p *program) listAll(c *cli.Context, conf config.Config, query blacklist.Query, format string) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	defer limitMemory()()
	if err := checkReachable(c.Context, s); err != nil {
		return err
	}
	list := app.List{Store: s}
	return streamRows(p, format, entryColumns(), list.All(c.Context, query), func(written int64) (int64, error) {
		if query.After == "" {
			return written, nil
		}
		return list.Count(c.Context, query)
	})
}

func entryColumns() []column[blacklist.Entry] {
	return []column[blacklist.Entry]{
		{"kind", func(e blacklist.Entry) any { return shaded(kindShade(e.Kind), string(e.Kind)) }},
		{"number", func(e blacklist.Entry) any { return e.Rule.Pattern.String() }},
		{"to", func(e blacklist.Entry) any { return e.Rule.To.String() }},
		{"action", func(e blacklist.Entry) any { return string(e.Action) }},
		{"created", func(e blacklist.Entry) any { return spare(1, e.Created) }},
		{"expires", func(e blacklist.Entry) any { return spare(2, e.Expires) }},
		{"hits", func(e blacklist.Entry) any { return spare(1, e.Hits) }},
		{"last hit", func(e blacklist.Entry) any { return spare(4, e.LastHit) }},
		{"source", func(e blacklist.Entry) any { return spare(3, e.Source) }},
		{"author", func(e blacklist.Entry) any { return spare(5, e.Author) }},
		{"reason", func(e blacklist.Entry) any { return long(e.Reason) }},
	}
}

func kindShade(kind blacklist.Kind) shade {
	if kind == blacklist.Allow {
		return good
	}
	return bad
}

// searched returns the search of the flags.
func searched(c *cli.Context) app.Search {
	return app.Search{
		Text: c.String("search"), Kind: c.String("kind"), Source: c.String("source"), Sort: c.String("sort"), After: c.String("after"),
	}
}

func kindFlag() cli.Flag {
	return choose(&cli.StringFlag{Name: "kind", Usage: "only entries of this `KIND`"}, blacklist.Block, blacklist.Allow)
}
