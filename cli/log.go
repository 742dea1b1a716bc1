package cli

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

func (p *program) logCommand() *cli.Command {
	return &cli.Command{
		Name:     "log",
		Usage:    "show the calls that were screened",
		Category: categoryCalls,
		Description: `
Shows the latest calls, the newest last: the caller, the verdict, the rule that
decided, and how long the decision took. --follow also shows each new call until
Ctrl-C; with --output json, as one object per line. The settings log-count and
log-age limit how many calls are stored, and for how long.

Examples:
   ringfence log --follow
   ringfence log --caller "+44207*" --since 7d
   ringfence log --to "+493023125*"
   ringfence log --rule repeat --hours closed
   ringfence log --verdict refused --since 2026-11-23 --limit 0 --output csv` + exits("0 shown, even if nothing was found,"),
		Subcommands: []*cli.Command{p.logShowCommand(), p.logListCommand(blacklist.Block), p.logListCommand(blacklist.Allow)},
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "caller", Usage: "only calls from this `NUMBER`, a PREFIX*, or withheld or unreadable"},
			&cli.StringFlag{Name: "to", Usage: "only calls to this dialled `NUMBER`, or to a range of them: +493023125*"},
			choose(&cli.StringFlag{Name: "verdict", Usage: "only calls with this `VERDICT`"}, calllog.Verdicts()...),
			choose(&cli.StringFlag{Name: "rule", Usage: "only calls that this `RULE` decided: a NUMBER or PREFIX* on the list, or the name of a check"}, screen.CheckNames()...),
			choose(&cli.StringFlag{Name: "hours", Usage: "only calls in (open) or outside (closed) working `TIME`"}, calllog.AllHours()...),
			sinceFlag(),
			untilFlag(),
			limitFlag(),
			&cli.BoolFlag{Name: "follow", Usage: "also show each new call", DisableDefaultText: true},
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.log,
	}
}

func (p *program) log(c *cli.Context) error {
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
	log := app.Log{Region: conf.Region, Now: p.now}
	filter, err := log.ReadSearch(app.CallSearch{
		Caller: c.String("caller"), To: c.String("to"), Verdict: c.String("verdict"), Rule: c.String("rule"), Hours: c.String("hours"),
		Since: c.String("since"), Until: c.String("until"),
	})
	if err != nil {
		return err
	}
	if c.Bool("follow") {
		return p.followLog(c, conf, format, filter, limit)
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		log.Store = s
		records, err := log.Latest(ctx, filter, limit)
		if err != nil {
			return err
		}
		return writeRows(p.out, format, recordColumns(format), records)
	})
}

// followLog shows the latest records, and each new one until the context ends.
func (p *program) followLog(c *cli.Context, conf config.Config, format string, filter calllog.Filter, limit int) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	if err := checkReachable(c.Context, s); err != nil {
		return err
	}
	header := true
	return app.Log{Store: s}.Follow(c.Context, filter, limit, func(records []calllog.Record) error {
		err := p.writeFollowed(format, records, header)
		header = false
		return err
	}, func(err error) { p.say("%s; retrying", err) })
}

// writeFollowed writes records with fixed column widths, because the width of
// later records is not known.
func (p *program) writeFollowed(format string, records []calllog.Record, header bool) error {
	if format == outputCSV {
		return writeCSV(p.out, recordColumns(format), records, header)
	}
	for _, record := range records {
		var err error
		if format == outputJSON {
			err = writeJSONLine(p.out, record)
		} else {
			_, err = fmt.Fprintln(p.out, recordLine(record))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func recordLine(record calllog.Record) string {
	var line strings.Builder
	widths := []int{19, 16, 16, 9, 10, 9, 9, 15, 0}
	for i, column := range recordColumns(outputTable)[:len(widths)] {
		fmt.Fprintf(&line, "%-*s  ", widths[i], printable(tableText(column.cell(record))))
	}
	return strings.TrimRight(line.String(), " ")
}

// recordColumns returns all columns but checks and events for CSV, else those
// that fit a screen.
func recordColumns(format string) []column[calllog.Record] {
	columns := []column[calllog.Record]{
		{"time", func(r calllog.Record) any { return r.Time }},
		{"caller", func(r calllog.Record) any { return r.Caller }},
		{"dialled", func(r calllog.Record) any { return r.Dialled }},
		{"verdict", func(r calllog.Record) any { return string(r.Verdict) }},
		{"check", func(r calllog.Record) any { return r.Check }},
		{"action", func(r calllog.Record) any { return r.Action }},
		{"took", func(r calllog.Record) any { return r.Took.Round(10 * time.Microsecond).String() }},
		{"id", func(r calllog.Record) any { return r.ID }},
		{"rule", func(r calllog.Record) any { return r.Rule }},
		{"text", func(r calllog.Record) any { return r.Text }},
		{"degraded", func(r calllog.Record) any { return r.Degraded }},
	}
	if format != outputCSV {
		return columns
	}
	return append(columns, []column[calllog.Record]{
		{"channel", func(r calllog.Record) any { return r.Channel }},
		{"linked id", func(r calllog.Record) any { return r.LinkedID }},
		{"sip call id", func(r calllog.Record) any { return r.SIPCallID }},
		{"instance", func(r calllog.Record) any { return r.Instance }},
		{"hours", func(r calllog.Record) any { return string(r.Hours) }},
	}...)
}
