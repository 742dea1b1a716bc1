package main

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
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

Examples:
   ringfence list --search "030 123"
   ringfence list --kind block --sort hits --limit 10
   ringfence list --limit 0 --output csv > list.csv` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "search", Usage: "a number in any spelling, a part of one, or a part of a reason, a `TEXT`"},
			&cli.StringFlag{Name: "kind", Usage: "only one `KIND`: block or allow"},
			&cli.StringFlag{Name: "source", Usage: "only what came from this `NAME`"},
			&cli.StringFlag{Name: "sort", Value: string(store.ByCreated), DefaultText: string(store.ByCreated), Usage: "by `WHAT`: " + sortNames()},
			limitFlag(),
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(asksStore|readsNumbers)...),
		Action: p.list,
	}
}

func (p *program) list(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	config, err := p.config(c)
	if err != nil {
		return err
	}
	format, err := readOutput(c, outputTable, outputJSON, outputCSV)
	if err != nil {
		return err
	}
	query, err := readQuery(c, config.Region)
	if err != nil {
		return err
	}
	limit := query.Limit
	if limit > 0 {
		query.Limit++ // One more tells whether there are more.
	}
	return p.withStore(c, config, func(ctx context.Context, s *store.Store) error {
		entries, err := s.Entries(ctx, query)
		if err != nil {
			return err
		}
		more := limit > 0 && len(entries) > limit
		if more {
			entries = entries[:limit]
		}
		if err := writeRows(p.out, format, entryColumns(), entries); err != nil {
			return err
		}
		if more {
			p.say("the first %d; --limit 0 shows all", limit)
		}
		return nil
	})
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

func readQuery(c *cli.Context, region phone.Region) (store.Query, error) {
	query := store.Query{Search: canonicalSearch(c.String("search"), region), Source: c.String("source")}
	var err error
	if c.IsSet("kind") {
		if query.Kind, err = blacklist.ParseKind(c.String("kind")); err != nil {
			return query, usagef("--kind: %w", err)
		}
	}
	if query.Sort, err = store.ParseSort(c.String("sort")); err != nil {
		return query, usagef("--sort: %w", err)
	}
	query.Limit, err = readLimit(c)
	return query, err
}

// canonicalSearch makes of a number in any spelling what is kept of it. A
// part of a number stays as it is, since it is a part of what is kept, too;
// so does a text that is no number.
func canonicalSearch(text string, region phone.Region) string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -/().", r) {
			return -1
		}
		return r
	}, text)
	if strings.Trim(digits, "+0123456789*#") != "" {
		digits = text
	}
	pattern, err := region.Pattern(text)
	if err != nil {
		return digits
	}
	canonical := pattern.String()
	if strings.Contains(canonical, digits) {
		canonical = digits
	}
	if pattern.IsPrefix() {
		canonical = strings.TrimSuffix(canonical, "*")
	}
	return canonical
}

func sortNames() string { return strings.Join(texts(store.Sorts()), ", ") }
