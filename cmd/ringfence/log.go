package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
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
call until Ctrl-C; its JSON is one object a line.

Examples:
   ringfence log --follow
   ringfence log --caller "+44207*" --since 7d
   ringfence log --verdict refused --since 2026-11-23 --limit 0 --output csv` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "caller", Usage: "only from this `NUMBER`, a PREFIX*, or withheld or unreadable"},
			&cli.StringFlag{Name: "to", Usage: "only to this dialled `NUMBER`"},
			&cli.StringFlag{Name: "verdict", Usage: "only with this `VERDICT`: " + verdictNames()},
			&cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 2h for the last two hours, 2026-11-23, 14:30"},
			&cli.StringFlag{Name: "until", Usage: "only before this `TIME`"},
			limitFlag(),
			&cli.BoolFlag{Name: "follow", Usage: "go on with each new call", DisableDefaultText: true},
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(asksStore|readsNumbers)...),
		Action: p.log,
	}
}

func verdictNames() string { return strings.Join(texts(calllog.Verdicts()), ", ") }

func (p *program) log(c *cli.Context) error {
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
	limit, err := readLimit(c)
	if err != nil {
		return err
	}
	filter, err := p.readFilter(c, config.Region)
	if err != nil {
		return err
	}
	if c.Bool("follow") {
		return p.followLog(c, config, format, filter, limit)
	}
	return p.withStore(c, config, func(ctx context.Context, s *store.Store) error {
		records, err := s.Calls(ctx, filter, limit)
		if err != nil {
			return err
		}
		slices.Reverse(records)
		return writeRows(p.out, format, recordColumns(format), records)
	})
}

func (p *program) readFilter(c *cli.Context, region phone.Region) (calllog.Filter, error) {
	var filter calllog.Filter
	if c.IsSet("caller") {
		accepts, err := readCaller(c.String("caller"), region)
		if err != nil {
			return filter, usagef("--caller: %w", err)
		}
		filter.Caller = accepts
	}
	dialled, err := readDialled(c, region)
	if err != nil {
		return filter, err
	}
	filter.Dialled = dialled.String()
	if c.IsSet("verdict") {
		filter.Verdict = calllog.Verdict(c.String("verdict"))
		if !slices.Contains(calllog.Verdicts(), filter.Verdict) {
			return filter, usagef("--verdict: no verdict %q: choose one of %s", filter.Verdict, verdictNames())
		}
	}
	filter.Since, filter.Until, err = p.readTimes(c)
	return filter, err
}

// readCaller reads a number or prefix in any spelling, or the name of a kind
// of caller who has no number.
func readCaller(text string, region phone.Region) (func(string) bool, error) {
	switch kind := region.Caller(text); {
	case text == "unreadable", kind.Kind() == phone.Withheld:
		return func(caller string) bool { return caller == kind.String() }, nil
	}
	pattern, err := region.Pattern(text)
	if err != nil {
		return nil, err
	}
	return func(caller string) bool {
		number, err := phone.ParseNumber(caller)
		return err == nil && pattern.Matches(number)
	}, nil
}

// recordColumns returns the columns of a format: those that fit a screen, and
// in CSV all.
func recordColumns(format string) []column[calllog.Record] {
	columns := []column[calllog.Record]{
		{"time", func(r calllog.Record) any { return r.Time }},
		{"caller", func(r calllog.Record) any { return r.Caller }},
		{"dialled", func(r calllog.Record) any { return r.Dialled }},
		{"verdict", func(r calllog.Record) any { return string(r.Verdict) }},
		{"check", func(r calllog.Record) any { return r.Check }},
		{"action", func(r calllog.Record) any { return r.Action }},
		{"took", func(r calllog.Record) any { return r.Took.Round(10 * time.Microsecond).String() }},
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
		{"id", func(r calllog.Record) any { return r.ID }},
	}...)
}
