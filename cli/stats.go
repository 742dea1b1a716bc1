package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

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
Counts the calls of the log by day, hour of the day, dialled number, rule or
caller. Days and hours are in the zone of this machine. On a terminal each line
has a bar; its dark part shows the refused calls.

The last line shows how many entries have not decided a call for a year;
--unused lists them, the oldest first.

Examples:
   ringfence stats --since 30d
   ringfence stats --by rule --since 2026-11-01 --until 2026-12-01
   ringfence stats --by caller --limit 10
   ringfence stats --unused --limit 0 --output csv` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			choose(&cli.StringFlag{Name: "by", Value: string(calllog.ByDay), DefaultText: string(calllog.ByDay), Usage: "count by `WHAT`"}, calllog.AllBy()...),
			sinceFlag(),
			untilFlag(),
			&cli.BoolFlag{Name: "unused", Usage: "list the entries that have not decided a call for a year", DisableDefaultText: true},
			limitFlag(),
			newOutputFlag(), wideFlag(),
		}, configFlags(config.NeedsStore)...),
		Action: p.stats,
	}
}

func (p *program) stats(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c)
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
				return usagef("--unused is about the list, --%s is about calls: use only one of them", flag)
			}
		}
	}
	by, err := app.ReadBy(c.String("by"))
	if err != nil {
		return err
	}
	var filter calllog.Filter
	if filter.Since, filter.Until, err = app.ReadTimes(c.String("since"), c.String("until"), p.now()); err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		stats := app.Stats{Store: s, Now: p.now}
		if c.Bool("unused") {
			page, err := stats.Unused(ctx, limit)
			if err != nil {
				return err
			}
			return writePage(p, format, entryColumns(), page)
		}
		figures, err := stats.Figures(ctx, by, filter, time.Local, limit)
		switch {
		case err != nil:
			return err
		case format == outputJSON:
			return writeJSON(p.out, figures)
		case format != outputTable:
			return writeRows(p.out, format, figures.Counts)
		}
		usage, err := stats.Usage(ctx)
		if err != nil {
			return err
		}
		return p.writeStats(figures, usage)
	})
}

// tallyColumns returns the most important columns of counts.
func tallyColumns(by calllog.By) []column[calllog.Tally] {
	return []column[calllog.Tally]{
		{string(by), func(t calllog.Tally) any { return t.Name }},
		{"calls", func(t calllog.Tally) any { return t.Calls }},
		{"refused", func(t calllog.Tally) any { return t.Refused }},
	}
}

func (p *program) writeStats(figures app.Figures, usage blacklist.Usage) error {
	var table strings.Builder
	if err := writeTableTo(&table, layout{}, tallyColumns(figures.By), figures.Counts); err != nil {
		return err
	}
	total := figures.Sum
	words := fmt.Sprintf("\n%d calls: %d passed, %d refused, %d observed, %d abandoned.\n",
		total.Calls, total.Passed, total.Refused, total.Observed, total.Abandoned)
	if usage.Unused > 0 {
		words += fmt.Sprintf("%d of %d entries have not decided a call for a year; list them with: ringfence stats --unused\n",
			usage.Unused, usage.Entries)
	}
	_, err := io.WriteString(p.out, withBars(table.String(), figures.Counts, p.terminal())+words)
	return err
}

const (
	darkBar, lightBar = "█", "▒"
	// minBar and maxBar bound the length of the longest bar, in columns. If there
	// is less room, there are no bars.
	minBar, maxBar = 10, 60
)

// withBars appends a bar to each line of a table except the header, if there is
// room.
func withBars(table string, rows []calllog.Tally, width int) string {
	lines := strings.SplitAfter(table, "\n")
	longest, most := 0, int64(1)
	for _, line := range lines {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
	}
	for _, row := range rows {
		most = max(most, row.Calls)
	}
	room := min(width-longest-2, maxBar)
	if room < minBar {
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

// bar returns the bar of a row; the row with the most calls fills the room. Each
// part that is not 0 is visible.
func bar(row calllog.Tally, most int64, room int) string {
	part := func(calls int64) int { return int((calls*int64(room) + most - 1) / most) }
	whole, dark := part(row.Calls), part(row.Refused)
	if row.Refused < row.Calls && dark == whole && whole > 1 {
		dark--
	}
	return strings.Repeat(darkBar, dark) + strings.Repeat(lightBar, whole-dark)
}
