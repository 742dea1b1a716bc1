package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

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
		}, configFlags(config.NeedsStore)...),
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
	if c.Bool("unused") {
		for _, flag := range []string{"by", "since", "until"} {
			if c.IsSet(flag) {
				return usagef("--unused is about the list, --%s about calls: give one of them", flag)
			}
		}
	}
	if err := filled(c, "by"); err != nil {
		return err
	}
	by, err := app.ReadBy(c.String("by"))
	if err != nil {
		return err
	}
	var filter calllog.Filter
	if filter.Since, filter.Until, err = app.Times(c.String("since"), c.String("until"), p.now()); err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		stats := app.Stats{Store: s, Now: p.now}
		if c.Bool("unused") {
			entries, err := stats.Unused(ctx, limit)
			if err != nil {
				return err
			}
			return writeRows(p.out, format, entryColumns(), entries)
		}
		figures, err := stats.Figures(ctx, by, filter, time.Local)
		if err != nil {
			return err
		}
		if format != outputTable {
			return writeRows(p.out, format, tallyColumns(by, format), figures.Rows(limit))
		}
		usage, err := stats.Usage(ctx)
		if err != nil {
			return err
		}
		return p.writeStats(by, figures, limit, usage)
	})
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

func (p *program) writeStats(by calllog.By, figures *calllog.Figures, limit int, usage blacklist.Usage) error {
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

const (
	darkBar, lightBar = "█", "▒"
	// shortestBar and longestBar are the lengths of the longest one that a
	// terminal may have room for.
	shortestBar, longestBar = 10, 60
)

// terminalWidth returns how many columns a terminal has, 0 for what is none.
func terminalWidth(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// withBars puts a bar behind each line of a table but the first, for one of its
// rows each, if there is room.
func withBars(table string, rows []calllog.Tally, width int) string {
	lines := strings.SplitAfter(table, "\n")
	longest, most := 0, int64(1)
	for _, line := range lines {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
	}
	for _, row := range rows {
		most = max(most, row.Calls)
	}
	room := min(width-longest-2, longestBar)
	if room < shortestBar {
		return table
	}
	var out strings.Builder
	out.WriteString(lines[0])
	for i, row := range rows {
		line := strings.TrimRight(lines[i+1], "\n")
		if bar := bar(row, most, room); bar != "" {
			line += strings.Repeat(" ", longest-utf8.RuneCountInString(line)+2) + bar
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// bar returns a row's bar, room long if it has the most calls. What there is
// can be seen, however little.
func bar(row calllog.Tally, most int64, room int) string {
	part := func(calls int64) int { return int((calls*int64(room) + most - 1) / most) }
	whole, dark := part(row.Calls), part(row.Refused)
	if row.Refused < row.Calls && dark == whole && whole > 1 {
		dark--
	}
	return strings.Repeat(darkBar, dark) + strings.Repeat(lightBar, whole-dark)
}
