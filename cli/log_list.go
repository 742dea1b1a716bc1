package cli

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
)

// logListCommand is block or allow for the callers of records.
func (p *program) logListCommand(kind blacklist.Kind) *cli.Command {
	command, what := p.blockCommand(), "block the caller of a call"
	if kind == blacklist.Allow {
		command, what = p.allowCommand(), "allow the caller of a call"
	}
	command.Category, command.ArgsUsage = "", "ID…"
	command.Usage = what
	command.Description = `
Does what "ringfence ` + string(kind) + `" does with the numbers of those who placed these
calls. If one of them has none to show, or the log doesn't hold one of the
calls, nothing is listed.

Arguments:
   ID   the ID of a call, as "ringfence log" shows it

Examples:
   ringfence log ` + string(kind) + ` 1772366400000-0 --reason "sells windows" --for 30d` + exits("0 listed,")
	command.Action = func(c *cli.Context) error { return p.listCallers(c, kind) }
	return command
}

func (p *program) listCallers(c *cli.Context, kind blacklist.Kind) error {
	if c.NArg() == 0 {
		return usagef("which call? `ringfence log` shows their IDs")
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	said, err := p.readEntry(c, app.List{Region: conf.Region, Now: p.now}, kind)
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
		changes, err := list.Put(ctx, said, rules)
		return errors.Join(p.writeChanges(format, changes), err)
	})
}
