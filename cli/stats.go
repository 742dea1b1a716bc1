package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/span"
	"github.com/ringfence/ringfence/store"
)

// unusedAfter is how long an entry decides no call until it is dead wood.
const unusedAfter = 365 * span.Day

func (p *program) statsCommand() *cli.Command {
	return &cli.Command{
		Name:     "stats",
		Usage:    "count the calls that were screened",
		Category: categoryCalls,
		Description: `
Counts the calls that the log keeps, and what became of them: by day, by hour
of the day, by dialled number, by what decided, or by caller. Days and hours
are those of this machine's zone. On a terminal a bar stands for each line: its
dark part is what was refused.

The last line tells how many entries of the list have been there for a year and
have decided no call in that time; --unused names them, the oldest first.

Examples:
   ringfence stats --since 30d
   ringfence stats --by rule --since 2026-11-01 --until 2026-12-01
   ringfence stats --by caller --limit 10
   ringfence stats --unused --limit 0 --output csv` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			choose(&cli.StringFlag{Name: "by", Value: string(calllog.ByDay), DefaultText: string(calllog.ByDay), Usage: "by `WHAT`"}, calllog.AllBy()...),
			&cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 2h for the last two hours, 2026-11-23, 14:30"},
			&cli.StringFlag{Name: "until", Usage: "only before this `TIME`"},
			&cli.BoolFlag{Name: "unused", Usage: "name the entries of the list that have decided no call for a year", DisableDefaultText: true},
			limitFlag(),
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(config.AsksStore)...),
		Action: p.stats,
	}
}

func (p *program) stats(c *cli.Context) error {
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
	by, err := readBy(c)
	if err != nil {
		return err
	}
	var filter calllog.Filter
	if filter.Since, filter.Until, err = app.Times(c.String("since"), c.String("until"), p.now()); err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		if c.Bool("unused") {
			entries, err := s.Unused(ctx, p.now().Add(-unusedAfter), limit)
			if err != nil {
				return err
			}
			return writeRows(p.out, format, entryColumns(), entries)
		}
		figures, err := countCalls(ctx, by, filter, s)
		if err != nil {
			return err
		}
		if format != outputTable {
			return writeRows(p.out, format, tallyColumns(by, format), figures.Rows(limit))
		}
		usage, err := s.Usage(ctx, p.now().Add(-unusedAfter))
		if err != nil {
			return err
		}
		return p.writeStats(by, figures, limit, usage)
	})
}

func readBy(c *cli.Context) (calllog.By, error) {
	if c.Bool("unused") {
		for _, flag := range []string{"by", "since", "until"} {
			if c.IsSet(flag) {
				return "", usagef("--unused is about the list, --%s about calls: give one of them", flag)
			}
		}
	}
	by := calllog.By(c.String("by"))
	if slices.Contains(calllog.AllBy(), by) {
		return by, nil
	}
	return "", usagef("--by: calls are not counted by %q: choose one of %s", by, strings.Join(texts(calllog.AllBy()), ", "))
}

// countCalls counts the calls that the filter chooses.
func countCalls(ctx context.Context, by calllog.By, filter calllog.Filter, s *store.Store) (*calllog.Figures, error) {
	figures := calllog.NewFigures(by, time.Local)
	for record, err := range s.Summaries(ctx, filter) {
		if err != nil {
			return nil, err
		}
		figures.Add(record)
	}
	return figures, nil
}

// tallyColumns returns the columns of a format: in a table, those that matter
// every day.
func tallyColumns(by calllog.By, format string) []column[calllog.Tally] {
	columns := []column[calllog.Tally]{
		{string(by), func(t calllog.Tally) any { return t.Name }},
		{"calls", func(t calllog.Tally) any { return t.Calls }},
		{"refused", func(t calllog.Tally) any { return t.Refused }},
	}
	if format == outputTable {
		return columns
	}
	return append(columns, []column[calllog.Tally]{
		{"passed", func(t calllog.Tally) any { return t.Passed }},
		{"observed", func(t calllog.Tally) any { return t.Observed }},
		{"abandoned", func(t calllog.Tally) any { return t.Abandoned }},
	}...)
}

func (p *program) writeStats(by calllog.By, figures *calllog.Figures, limit int, usage store.Usage) error {
	rows := figures.Rows(limit)
	var table strings.Builder
	if err := writeTable(&table, tallyColumns(by, outputTable), rows); err != nil {
		return err
	}
	total := figures.Total()
	words := fmt.Sprintf("\n%d calls: %d passed, %d refused, %d observed, %d abandoned.\n",
		total.Calls, total.Passed, total.Refused, total.Observed, total.Abandoned)
	if usage.Unused > 0 {
		words += fmt.Sprintf("%d of %d entries on the list have decided no call for a year; `ringfence stats --unused` names them.\n",
			usage.Unused, usage.Entries)
	}
	_, err := io.WriteString(p.out, withBars(table.String(), rows, terminalWidth(p.out))+words)
	return err
}
