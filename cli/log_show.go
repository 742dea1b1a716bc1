package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) logShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show all details of a call",
		ArgsUsage: "ID",
		Description: `
Shows one call in full: who called whom, what became of it, Asterisk's names
for it, every check with its reason as "ringfence check" does, and what
happened when, in time since the call's arrival.

Arguments:
   ID   the ID of a call, as "ringfence log" shows it

Examples:
   ringfence log show 1772366400000-0` + exits("0 shown,"),
		Flags:  append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(config.AsksStore)...),
		Action: p.showCall,
	}
}

func (p *program) showCall(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("name one call by its ID; `ringfence log` shows them")
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		record, err := s.Call(ctx, c.Args().First())
		if errors.Is(err, store.ErrNoCall) {
			return usagef("%w", err)
		}
		if err != nil {
			return err
		}
		if format == outputJSON {
			return writeJSON(p.out, record)
		}
		return p.writeCall(record)
	})
}

// callField is a line of a call's fields.
type callField struct{ name, value string }

// callFields returns the fields of a record that say something.
func callFields(r calllog.Record) []callField {
	fields := []callField{
		{"id", r.ID},
		{"time", r.Time.Local().Format("2006-01-02 15:04:05.000")},
		{"caller", r.Caller},
		{"dialled", r.Dialled},
		{"hours", string(r.Hours)},
		{"verdict", string(r.Verdict)},
		{"check", r.Check},
		{"rule", r.Rule},
		{"action", r.Action},
		{"text", r.Text},
		{"took", r.Took.Round(10 * time.Microsecond).String()},
		{"degraded", r.Degraded},
		{"channel", r.Channel},
		{"linked id", r.LinkedID},
		{"SIP Call-ID", r.SIPCallID},
		{"instance", r.Instance},
	}
	var told []callField
	for _, field := range fields {
		if field.value != "" {
			told = append(told, field)
		}
	}
	return told
}

func (p *program) writeCall(record calllog.Record) error {
	for _, field := range callFields(record) {
		if _, err := fmt.Fprintf(p.out, "%-12s %s\n", field.name, printable(field.value)); err != nil {
			return err
		}
	}
	if len(record.Checks) > 0 {
		if _, err := fmt.Fprintln(p.out); err != nil {
			return err
		}
		if err := writeTable(p.out, checkColumns(), record.Checks); err != nil {
			return err
		}
	}
	if len(record.Events) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(p.out); err != nil {
		return err
	}
	return writeTable(p.out, []column[calllog.Event]{
		{"after", func(e calllog.Event) any { return e.After.String() }},
		{"event", func(e calllog.Event) any { return e.Name }},
	}, record.Events)
}

// checkColumns shows a chain of checks.
func checkColumns() []column[calllog.Check] {
	return []column[calllog.Check]{
		{"check", func(c calllog.Check) any { return c.Name }},
		{"says", func(c calllog.Check) any { return c.Outcome }},
		{"why", func(c calllog.Check) any {
			if c.Decided {
				return c.Reason + "  (decides)"
			}
			return c.Reason
		}},
	}
}
