package cli

import (
	"context"
	"fmt"
	"log/slog"

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
		Name:      "log",
		Usage:     "show the calls that were screened",
		Category:  categoryCalls,
		ArgsUsage: "[NUMBER]",
		Description: `
Shows the latest calls, the newest first: the caller, the verdict, the entry that
decided, and how long the decision took. --follow shows the newest last, and each
new call until Ctrl-C; with --output json, as one object per line. The settings
log-count and log-age limit how many calls are stored, and for how long.

Arguments:
   NUMBER      only calls from this number, in any spelling
   PREFIX*     only calls from numbers that begin so
   withheld    only calls without a number; unreadable: with one that cannot be read

Examples:
   ringfence log --follow
   ringfence log "+44207*" --since 7d
   ringfence log --to "+493023125*"
   ringfence log --rule repeat --hours closed
   ringfence log --verdict refused --since 2026-11-23 --limit 0 --output csv` + exits("0 shown, even if nothing was found,"),
		Subcommands: []*cli.Command{p.logShowCommand(), p.logListCommand(blacklist.Block), p.logListCommand(blacklist.Allow)},
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "number", Usage: "only calls from this `NUMBER`, a PREFIX*, or withheld or unreadable, like the argument"},
			&cli.StringFlag{Name: "to", Usage: "only calls to this dialled `NUMBER`, or to a range of them: +493023125*"},
			choose(&cli.StringFlag{Name: "verdict", Usage: "only calls with this `VERDICT`"}, calllog.Verdicts()...),
			choose(&cli.StringFlag{Name: "rule", Usage: "only calls that this `RULE` decided: a NUMBER or PREFIX* on the list, or the name of a check"}, screen.CheckNames()...),
			choose(&cli.StringFlag{Name: "hours", Usage: "only calls in (open) or outside (closed) working `TIME`"}, calllog.AllHours()...),
			sinceFlag(),
			untilFlag(),
			limitFlag(),
			afterFlag(),
			&cli.BoolFlag{Name: "follow", Usage: "also show each new call", DisableDefaultText: true},
			newOutputFlag(), wideFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.log,
	}
}

func (p *program) log(c *cli.Context) error {
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
	log := app.Log{Region: conf.Region, Now: p.now}
	filter, err := log.ReadSearch(app.CallSearch{
		Number: number, To: c.String("to"), Verdict: c.String("verdict"), Rule: c.String("rule"), Hours: c.String("hours"),
		Since: c.String("since"), Until: c.String("until"), After: c.String("after"),
	})
	if err != nil {
		return err
	}
	if c.Bool("follow") {
		if filter.Before != "" {
			return usagef("--follow shows new calls, --after older ones: use only one of them")
		}
		if c.IsSet("until") {
			return usagef("--follow shows new calls, --until older ones: use only one of them")
		}
		return p.followLog(c, conf, format, filter, limit)
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		log.Store = s
		page, err := log.Page(ctx, filter, limit)
		if err != nil {
			return err
		}
		if err := writePage(p, format, callColumns(), page); err != nil {
			return err
		}
		sayNext(p, page)
		return nil
	})
}

// followLog shows the latest calls, and each new one until the context ends.
func (p *program) followLog(c *cli.Context, conf config.Config, format string, filter calllog.Filter, limit int) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	if err := checkReachable(c.Context, s); err != nil {
		return err
	}
	write := p.followed(format)
	return app.Log{Store: s}.Follow(c.Context, filter, limit, write, func(err error) { p.say("%s; retrying", err) })
}

// followedWidths are those of the columns of calls that come one by one: the width of
// later calls is not known.
var followedWidths = []int{19, 16, 16, 9, 10, 9, 9, 15, 30, 8}

// followed returns what writes calls as they come.
func (p *program) followed(format string) func([]app.Call) error {
	switch format {
	case outputCSV:
		header := true
		return func(calls []app.Call) error {
			err := writeCSV(p.out, calls, header)
			header = false
			return err
		}
	case outputTable:
		table := newTableRows(p.out, callColumns(), p.layout())
		return func(calls []app.Call) error {
			if err := table.begin(followedWidths); err != nil {
				return err
			}
			for _, call := range calls {
				if err := table.row(call); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return func(calls []app.Call) error { return writeRows(p.out, outputLines, calls) }
}

func callColumns() []column[app.Call] {
	return []column[app.Call]{
		{"time", func(c app.Call) any { return c.Time }},
		{"caller", func(c app.Call) any { return c.Caller }},
		{"dialled", func(c app.Call) any { return spare(2, c.Dialled) }},
		{"verdict", func(c app.Call) any { return shaded(verdictShade(c.Verdict), string(c.Verdict)) }},
		{"check", func(c app.Call) any { return spare(4, c.Check) }},
		{"action", func(c app.Call) any { return spare(5, refusal(c)) }},
		{"took", func(c app.Call) any { return spare(3, tookText(c.TookMS)) }},
		{"id", func(c app.Call) any { return spare(1, c.ID) }},
		{"entry", func(c app.Call) any { return long(entryName(c.Entry)) }},
		{"degraded", func(c app.Call) any { return cell{value: c.Degraded, long: true, shade: warn} }},
	}
}

func verdictShade(verdict calllog.Verdict) shade {
	switch verdict {
	case calllog.Refused:
		return bad
	case calllog.Observed:
		return warn
	case calllog.Passed, calllog.Abandoned:
	}
	return plain
}

// refusal returns the action of a refused call, "" for others.
func refusal(c app.Call) string {
	if c.Verdict == calllog.Passed || c.Verdict == calllog.Abandoned {
		return ""
	}
	return c.Action
}

func tookText(ms float64) string { return fmt.Sprintf("%.2fms", ms) }

// entryName returns "block +4930123456 for calls to +4930888", "" for none.
func entryName(e *app.EntryID) string {
	if e == nil {
		return ""
	}
	return blacklist.Entry{Rule: e.Rule, Kind: e.Kind}.String()
}
