package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) auditCommand() *cli.Command {
	return &cli.Command{
		Name:     "audit",
		Usage:    "show who changed what, and when",
		Category: categoryList,
		Description: `
Shows the changes of the list, the settings and the feeds, the newest first,
one a line: when it was recorded by Redis' clock, who made it, by which way,
and what was before and after. BY is who typed the command, behind sudo the
user who called it; --author of block and allow is only what an entry says.
VIA is cli for a command, api for the console and the HTTP API, feed for a
subscription, rule for a rule that lists callers by itself and phone for a
telephone at which a star code was dialled.

An import, an undo or a feed's run is told as a whole, with the id of its batch,
and --number doesn't look into it. An entry that ends when its time is over is
no change. JSON has whole events, up
to 100 changes each, and --limit counts these. Nothing alters the trail; the
oldest of about 100,000 events go when new ones come.

Examples:
   ringfence audit --number "030 123456"
   ringfence audit --by alice --since 7d
   ringfence audit --action settings
   ringfence audit --limit 0 --output csv > audit.csv
   ringfence audit undo 1795543514000-0` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 2h for the last two hours, 2026-11-23, 14:30"},
			&cli.StringFlag{Name: "until", Usage: "only before this `TIME`"},
			&cli.StringFlag{Name: "by", Usage: "only by the user, feed, rule or telephone of this `NAME`"},
			choose(&cli.StringFlag{Name: "via", Usage: "only by this `WAY`"}, audit.Vias()...),
			choose(&cli.StringFlag{Name: "action", Usage: "only this `ACTION`"}, audit.Actions()...),
			&cli.StringFlag{Name: "number", Usage: "only what changed the entries of just this `NUMBER` or PREFIX*"},
			&cli.StringFlag{Name: "batch", Usage: "only the batch with this `ID`"},
			limitFlag(),
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action:      p.audit,
		Subcommands: []*cli.Command{p.auditUndoCommand()},
	}
}

func (p *program) audit(c *cli.Context) error {
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
	if err := filled(c, "via", "action", "number"); err != nil {
		return err
	}
	filter, err := app.AuditFilter(app.AuditSearch{
		Since: c.String("since"), Until: c.String("until"), By: c.String("by"), Via: c.String("via"), Action: c.String("action"),
		Number: c.String("number"), Batch: c.String("batch"),
	}, conf.Region, p.now())
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		if format == outputJSON {
			events, more, err := app.AuditEvents(ctx, s, filter, limit)
			return writeNewest(p, format, nil, events, limit, more, err)
		}
		lines, more, err := app.AuditLines(ctx, s, filter, limit)
		return writeNewest(p, format, auditColumns(format), lines, limit, more, err)
	})
}

// writeNewest writes the rows, and says if there are more.
func writeNewest[T any](p *program, format string, columns []column[T], rows []T, limit int, more bool, err error) error {
	if err == nil {
		err = writeRows(p.out, format, columns, rows)
	}
	if err == nil && more {
		p.say("the newest %d; --limit 0 shows all", limit)
	}
	return err
}

// auditWords describes what was there: of an entry, all that somebody chose.
func auditWords(value app.AuditValue, at func(time.Time) string) string {
	entry := value.Entry
	if entry == nil {
		return value.Text
	}
	words := []string{string(entry.Kind)}
	if entry.Action != blacklist.DefaultAction {
		words = append(words, string(entry.Action))
	}
	if !entry.Expires.IsZero() {
		words = append(words, "until "+at(entry.Expires))
	}
	if entry.Source != "" {
		words = append(words, "from "+entry.Source)
	}
	if entry.Author != "" {
		words = append(words, "by "+entry.Author)
	}
	text := strings.Join(words, " ")
	if entry.Reason != "" {
		text += ": " + entry.Reason
	}
	return text
}

// auditChange shows a change in the table: before and after.
func auditChange(l app.AuditLine) string {
	if l.What == "" {
		return strings.Join(slices.DeleteFunc([]string{countWords(l.Counts), l.Note}, empty), "; ")
	}
	return orNothing(auditWords(l.Before, localTime)) + " → " + orNothing(auditWords(l.After, localTime))
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

// auditColumns returns the columns of a format: those that fit a screen, or
// for CSV all.
func auditColumns(format string) []column[app.AuditLine] {
	var columns []column[app.AuditLine]
	if format != outputCSV {
		columns = []column[app.AuditLine]{{"id", func(l app.AuditLine) any { return l.ID }}}
	}
	columns = append(columns, []column[app.AuditLine]{
		{"time", func(l app.AuditLine) any { return l.Time }},
		{"by", func(l app.AuditLine) any { return l.By.Name }},
		{"via", func(l app.AuditLine) any { return string(l.By.Via) }},
		{"action", func(l app.AuditLine) any { return string(l.Action) }},
	}...)
	if format != outputCSV {
		return append(columns, []column[app.AuditLine]{
			{"what", func(l app.AuditLine) any { return tableSubject(l) }},
			{"change", func(l app.AuditLine) any { return auditChange(l) }},
		}...)
	}
	return append(columns, []column[app.AuditLine]{
		{"what", func(l app.AuditLine) any { return l.What }},
		{"before", func(l app.AuditLine) any { return auditWords(l.Before, rfc3339) }},
		{"after", func(l app.AuditLine) any { return auditWords(l.After, rfc3339) }},
		{"batch", func(l app.AuditLine) any { return l.Batch }},
		{"counts", func(l app.AuditLine) any { return countWords(l.Counts) }},
		{"note", func(l app.AuditLine) any { return l.Note }},
		{"id", func(l app.AuditLine) any { return l.ID }},
	}...)
}

// tableSubject returns what was changed, or the batch that did it.
func tableSubject(l app.AuditLine) string {
	if l.What == "" {
		return l.Batch
	}
	return l.What
}

func rfc3339(at time.Time) string { return at.Format(time.RFC3339) }
