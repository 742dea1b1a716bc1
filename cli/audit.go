package cli

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) auditCommand() *cli.Command {
	return &cli.Command{
		Name:      "audit",
		Usage:     "show who changed what, and when",
		Category:  categoryList,
		ArgsUsage: "[NUMBER]",
		Description: `
Shows changes of the list, the settings, the working time and the feeds, the
newest first, one per line. TIME is the time of Redis. BY is the user who typed
the command; with sudo, the user who called sudo. --author of block and allow
does not change it. VIA is:

   cli    a command
   api    the HTTP API
   feed   a subscription
   rule   a rate rule
   phone  a star code dialled on a telephone

An import, an undo or a run of a feed is one line with the ID of its batch;
a search for a number does not look into it. An entry that expires is not a
change. --limit counts events: an event with several changes has several lines in
the table and in CSV. Events cannot be changed. The audit log keeps about 100,000
events.

Examples:
   ringfence audit "030 123456"
   ringfence audit --by alice --since 7d
   ringfence audit --action settings
   ringfence audit --limit 0 --output csv > audit.csv
   ringfence audit undo 1795543514000-0` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			sinceFlag(),
			untilFlag(),
			&cli.StringFlag{Name: "by", Usage: "only changes by the user, feed, rule or telephone with this `NAME`"},
			choose(&cli.StringFlag{Name: "via", Usage: "only changes made this `WAY`"}, audit.Vias()...),
			choose(&cli.StringFlag{Name: "action", Usage: "only changes of this kind, an `ACTION`"}, audit.Actions()...),
			&cli.StringFlag{Name: "number", Usage: "only changes of entries for exactly this `NUMBER` or PREFIX*, like the argument"},
			&cli.StringFlag{Name: "batch", Usage: "only the batch with this `ID`"},
			limitFlag(),
			afterFlag(),
			newOutputFlag(), wideFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action:      p.audit,
		Subcommands: []*cli.Command{p.auditUndoCommand()},
	}
}

func (p *program) audit(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	limit, err := readLimit(c)
	if err != nil {
		return err
	}
	number, err := numberArgument(c)
	if err != nil {
		return err
	}
	log := app.Audit{Region: conf.Region, Now: p.now}
	filter, err := log.ReadSearch(app.AuditSearch{
		Since: c.String("since"), Until: c.String("until"), By: c.String("by"), Via: c.String("via"), Action: c.String("action"),
		Number: number, Batch: c.String("batch"), After: c.String("after"),
	})
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		log.Store = s
		page, err := log.Page(ctx, filter, limit)
		if err != nil {
			return err
		}
		lines := app.EventLines(page.Rows, filter)
		switch format {
		case outputTable:
			err = writeTable(p, auditColumns(), lines)
		case outputCSV:
			err = writeRows(p.out, format, lines)
		default:
			err = writePage(p, format, nil, page)
		}
		if err == nil {
			sayNext(p, page)
		}
		return err
	})
}

// auditChange shows a change in the table: before and after.
func auditChange(l app.AuditLine) string {
	if l.What() == "" {
		return strings.Join(slices.DeleteFunc([]string{countWords(l.Counts), l.Note}, empty), "; ")
	}
	return orNothing(l.Before.Words(localTime)) + " → " + orNothing(l.After.Words(localTime))
}

func empty(text string) bool { return text == "" }

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// countWords returns "added 3, removed 1".
func countWords(counts map[string]int64) string {
	words := make([]string, 0, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(words, ", ")
}

func auditColumns() []column[app.AuditLine] {
	return []column[app.AuditLine]{
		{"id", func(l app.AuditLine) any { return l.ID }},
		{"time", func(l app.AuditLine) any { return l.Time }},
		{"by", func(l app.AuditLine) any { return cell{value: l.By, long: true, spare: 2} }},
		{"via", func(l app.AuditLine) any { return spare(3, string(l.Via)) }},
		{"action", func(l app.AuditLine) any { return spare(1, string(l.Action)) }},
		// A batch has its ID in place of what was changed.
		{"what", func(l app.AuditLine) any { return long(cmp.Or(l.What(), l.Batch)) }},
		{"change", func(l app.AuditLine) any { return long(auditChange(l)) }},
	}
}
