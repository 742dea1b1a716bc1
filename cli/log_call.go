package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
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
Shows one call in full: caller, dialled number, verdict, the names that Asterisk
uses for the call, all checks with their reasons as in "ringfence check", and the
events with the time since the call arrived.

Arguments:
   ID   the ID of a call, as "ringfence log" shows it

Examples:
   ringfence log show 1772366400000-0` + exits("0 shown,"),
		Flags:  append([]cli.Flag{newOutputFlag()}, configFlags(config.NeedsStore)...),
		Action: p.showCall,
	}
}

func (p *program) showCall(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("name one call by its ID; `ringfence log` shows the IDs")
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		call, err := app.Log{Store: s}.Call(ctx, c.Args().First())
		if err != nil {
			return err
		}
		return writeOne(p, format, call, func() error { return p.writeCall(call) })
	})
}

// callField is a line of a call's fields.
type callField struct{ name, value string }

// callFields returns the fields of a call that are not empty.
func callFields(r app.Call) []callField {
	fields := []callField{
		{"id", r.ID},
		{"time", r.Time.Local().Format("2006-01-02 15:04:05.000")},
		{"caller", r.Caller},
		{"dialled", r.Dialled},
		{"hours", string(r.Hours)},
		{"verdict", string(r.Verdict)},
		{"check", r.Check},
		{"entry", entryName(r.Entry)},
		{"action", r.Action},
		{"text", r.Text},
		{"took", tookText(r.TookMS)},
		{"degraded", r.Degraded},
		{"channel", r.Channel},
		{"linked id", r.LinkedID},
		{"SIP Call-ID", r.SIPCallID},
		{"instance", r.Instance},
	}
	var shown []callField
	for _, field := range fields {
		if field.value != "" {
			shown = append(shown, field)
		}
	}
	return shown
}

func (p *program) writeCall(record app.Call) error {
	for _, field := range callFields(record) {
		if _, err := fmt.Fprintf(p.out, "%-12s %s\n", field.name, printable(field.value)); err != nil {
			return err
		}
	}
	if len(record.Checks) > 0 {
		if _, err := fmt.Fprintln(p.out); err != nil {
			return err
		}
		if err := writeTable(p, checkColumns(), record.Checks); err != nil {
			return err
		}
	}
	if len(record.Events) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(p.out); err != nil {
		return err
	}
	return writeTable(p, []column[app.CallEvent]{
		{"after", func(e app.CallEvent) any { return tookText(e.AfterMS) }},
		{"event", func(e app.CallEvent) any { return e.Name }},
	}, record.Events)
}

// checkColumns returns the columns of checks.
func checkColumns() []column[calllog.Check] {
	return []column[calllog.Check]{
		{"check", func(c calllog.Check) any { return c.Name }},
		{"says", func(c calllog.Check) any { return c.Outcome }},
		{"why", func(c calllog.Check) any { return c.Reason + decidedMark(c.Decided) }},
	}
}

// logListCommand returns the command block or allow for the callers of records.
func (p *program) logListCommand(kind blacklist.Kind) *cli.Command {
	command, what := p.blockCommand(), "block the caller of a call"
	if kind == blacklist.Allow {
		command, what = p.allowCommand(), "allow the caller of a call"
	}
	command.Category, command.ArgsUsage = "", "ID…"
	command.Usage = what
	command.Description = `
Does the same as "ringfence ` + string(kind) + `" for the callers of these calls. If a caller has
no number, or the log does not have the call, nothing is listed.

Arguments:
   ID   the ID of a call, as "ringfence log" shows it

Examples:
   ringfence log ` + string(kind) + ` 1772366400000-0 --reason "sells windows" --for 30d` + exits("0 listed,")
	command.Action = func(c *cli.Context) error { return p.listCallers(c, kind) }
	return command
}

func (p *program) listCallers(c *cli.Context, kind blacklist.Kind) error {
	if c.NArg() == 0 {
		return usagef("name a call by its ID; `ringfence log` shows the IDs")
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	in, err := p.readEntry(c, app.List{Region: conf.Region, Now: p.now}, kind)
	if err != nil {
		return err
	}
	to, err := app.ReadDialled(c.String("to"), conf.Region)
	if err != nil {
		return err
	}
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		rules, err := list.CallerRules(ctx, c.Args().Slice(), to)
		if err != nil {
			return err
		}
		changes, err := list.Put(ctx, in, rules)
		return join(p.writeChanges(format, changes), err)
	})
}
