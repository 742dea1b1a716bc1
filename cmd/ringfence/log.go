package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	if c.IsSet("since") {
		if filter.Since, err = parseSince(c.String("since"), p.now()); err != nil {
			return filter, usagef("--since: %w", err)
		}
	}
	if c.IsSet("until") {
		if filter.Until, err = parseSince(c.String("until"), p.now()); err != nil {
			return filter, usagef("--until: %w", err)
		}
	}
	return filter, nil
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

// followLog shows the latest records and goes on with each new one until the
// context ends.
func (p *program) followLog(c *cli.Context, config config, format string, filter calllog.Filter, limit int) error {
	var after string
	shown := make(map[string]bool)
	err := p.withStore(c, config, func(ctx context.Context, s *store.Store) error {
		// What comes after this record will be followed: it may have been
		// written before the next question and be in that answer as well.
		newest, err := s.Calls(ctx, calllog.Filter{}, 1)
		if err != nil {
			return err
		}
		after = beginningOfLog
		if len(newest) > 0 {
			after = newest[0].ID
		}
		records, err := s.Calls(ctx, filter, limit)
		if err != nil {
			return err
		}
		slices.Reverse(records)
		for _, record := range records {
			shown[record.ID] = true
		}
		return p.writeFollowed(format, records, true)
	})
	if err != nil {
		return err
	}
	s, err := p.openStore(config, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	for lost := false; ; {
		err = s.Follow(c.Context, after, func(record calllog.Record) error {
			after, lost = record.ID, false
			if shown[record.ID] || !filter.Matches(record) {
				return nil
			}
			return p.writeFollowed(format, []calllog.Record{record}, false)
		})
		switch {
		case c.Err() != nil:
			return nil
		case !errors.Is(err, store.ErrUnreachable):
			return err
		case !lost:
			p.say("%s; trying again", err)
			lost = true
		}
		pause(c.Context, followPause)
	}
}

// followPause is how long --follow waits before it asks a lost Redis again.
const followPause = time.Second

// pause waits, but not beyond the end of the context.
func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// beginningOfLog is the stream id before the first record.
const beginningOfLog = "0-0"

// writeFollowed writes records one by one: nobody knows how wide the columns
// of the next one will be.
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
	widths := []int{19, 16, 16, 9, 10, 9, 9, 0}
	for i, column := range recordColumns(outputTable)[:len(widths)] {
		fmt.Fprintf(&line, "%-*s  ", widths[i], printable(tableText(column.cell(record))))
	}
	return strings.TrimRight(line.String(), " ")
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
