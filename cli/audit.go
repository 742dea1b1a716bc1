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
--number does not search its entries. An entry that expires is not a change. In
JSON, --limit counts events, each with all of its changes. Events cannot be
changed. The audit log keeps about 100,000 events.

Examples:
   ringfence audit --number "030 123456"
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
			&cli.StringFlag{Name: "number", Usage: "only changes of entries for exactly this `NUMBER` or PREFIX*"},
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
	log := app.Audit{Region: conf.Region, Now: p.now}
	filter, err := log.ReadSearch(app.AuditSearch{
		Since: c.String("since"), Until: c.String("until"), By: c.String("by"), Via: c.String("via"), Action: c.String("action"),
		Number: c.String("number"), Batch: c.String("batch"),
	})
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		log.Store = s
		if format == outputJSON {
			events, more, err := log.Events(ctx, filter, limit)
			return writeNewest(p, format, nil, events, limit, more, err)
		}
		lines, more, err := log.Lines(ctx, filter, limit)
		return writeNewest(p, format, auditColumns(format), lines, limit, more, err)
	})
}

// writeNewest writes the rows, and reports if there are more.
func writeNewest[T any](p *program, format string, columns []column[T], rows []T, limit int, more bool, err error) error {
	if err == nil {
		err = writeRows(p.out, format, columns, rows)
	}
	if err == nil && more {
		p.say("--limit %d reached; --limit 0 shows all", limit)
	}
	return err
}

// auditText describes a value before or after a change; an entry without what
// Ringfence counts itself.
func auditText(value app.AuditValue, at func(time.Time) string) string {
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
	return orNothing(auditText(l.Before, localTime)) + " → " + orNothing(auditText(l.After, localTime))
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

// auditColumns returns all columns for CSV, else those that fit a screen.
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
		{"before", func(l app.AuditLine) any { return auditText(l.Before, rfc3339) }},
		{"after", func(l app.AuditLine) any { return auditText(l.After, rfc3339) }},
		{"batch", func(l app.AuditLine) any { return l.Batch }},
		{"counts", func(l app.AuditLine) any { return countWords(l.Counts) }},
		{"note", func(l app.AuditLine) any { return l.Note }},
		{"id", func(l app.AuditLine) any { return l.ID }},
	}...)
}

// tableSubject returns what was changed, or the ID of the batch.
func tableSubject(l app.AuditLine) string {
	if l.What == "" {
		return l.Batch
	}
	return l.What
}

func rfc3339(at time.Time) string { return at.Format(time.RFC3339) }
