package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

func (p *program) logCommand() *cli.Command {
	return &cli.Command{
		Name:     "log",
		Usage:    "show the calls that were screened",
		Category: categoryCalls,
		Description: `
Shows the latest calls, the newest last: who called, what became of the call,
by which rule, and how long the decision took. --follow goes on with each new
call until Ctrl-C; its JSON is one object a line. The settings log-count and
log-age say how many calls are kept, and for how long.

"ringfence log show ID" shows all details of one call, "ringfence log
block ID" and "ringfence log allow ID" put its caller on the list.

Examples:
   ringfence log --follow
   ringfence log --caller "+44207*" --since 7d
   ringfence log --rule repeat --hours closed
   ringfence log --verdict refused --since 2026-11-23 --limit 0 --output csv` + exits("0 shown, even if nothing was found,"),
		Subcommands: []*cli.Command{p.logShowCommand(), p.logListCommand(blacklist.Block), p.logListCommand(blacklist.Allow)},
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "caller", Usage: "only from this `NUMBER`, a PREFIX*, or withheld or unreadable"},
			&cli.StringFlag{Name: "to", Usage: "only to this dialled `NUMBER`"},
			choose(&cli.StringFlag{Name: "verdict", Usage: "only with this `VERDICT`"}, calllog.Verdicts()...),
			choose(&cli.StringFlag{Name: "rule", Usage: "only what this `RULE` decided: a NUMBER or PREFIX* on the list, or the name of a check"}, screen.CheckNames()...),
			choose(&cli.StringFlag{Name: "hours", Usage: "only in or outside working `TIME`"}, calllog.AllHours()...),
			&cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 2h for the last two hours, 2026-11-23, 14:30"},
			&cli.StringFlag{Name: "until", Usage: "only before this `TIME`"},
			limitFlag(),
			&cli.BoolFlag{Name: "follow", Usage: "go on with each new call", DisableDefaultText: true},
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
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
	filter, err := p.readFilter(c, conf.Region)
	if err != nil {
		return err
	}
	if c.Bool("follow") {
		return p.followLog(c, conf, format, filter, limit)
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		records, err := s.Calls(ctx, filter, limit)
		if err != nil {
			return err
		}
		slices.Reverse(records)
		return writeRows(p.out, format, recordColumns(format), records)
	})
}

func (p *program) readFilter(c *cli.Context, region phone.Region) (filter calllog.Filter, err error) {
	if c.IsSet("caller") {
		if filter.Caller, err = readCaller(c.String("caller"), region); err != nil {
			return filter, usagef("--caller: %w", err)
		}
	}
	dialled, err := app.ReadDialled(c.String("to"), region)
	if err != nil {
		return filter, err
	}
	filter.Dialled = dialled.String()
	if filter.Verdict, err = readChoice(c, "verdict", calllog.Verdicts()); err != nil {
		return filter, err
	}
	if filter.Hours, err = readChoice(c, "hours", calllog.AllHours()); err != nil {
		return filter, err
	}
	if c.IsSet("rule") {
		if filter.Check, filter.Rule, err = readRule(c.String("rule"), region); err != nil {
			return filter, err
		}
	}
	filter.Since, filter.Until, err = app.Times(c.String("since"), c.String("until"), p.now())
	return filter, err
}

// readChoice reads a flag whose value is one of some words; without it, it
// returns "".
func readChoice[T ~string](c *cli.Context, flag string, choices []T) (T, error) {
	choice := T(c.String(flag))
	if c.IsSet(flag) && !slices.Contains(choices, choice) {
		return "", usagef("--%s: no %s %q: choose one of %s", flag, flag, choice, strings.Join(texts(choices), ", "))
	}
	return choice, nil
}

// readCaller reads a number or prefix in any spelling, or the name of a kind
// of caller who has no number.
func readCaller(text string, region phone.Region) (string, error) {
	if kind := region.Caller(text); text == phone.Unreadable.String() || kind.Kind() == phone.Withheld {
		return kind.String(), nil
	}
	pattern, err := region.Pattern(text)
	return pattern.String(), err
}

// readRule reads what decided about a call: a check, or the number or prefix of
// an entry.
func readRule(text string, region phone.Region) (check, rule string, err error) {
	if slices.Contains(screen.CheckNames(), text) {
		return text, "", nil
	}
	// So the log itself writes them.
	if entry, err := blacklist.ParseEntry(text); err == nil {
		return "", entry.Rule.Pattern.String(), nil
	}
	pattern, err := region.Pattern(text)
	if err != nil {
		return "", "", usagef("--rule: %w, nor the name of a check: %s", err, strings.Join(screen.CheckNames(), ", "))
	}
	return "", pattern.String(), nil
}

// recordColumns returns the columns of a format: those that fit a screen, and
// in CSV all but the checks and events.
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
