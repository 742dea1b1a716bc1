package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

func (p *program) removeCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "remove numbers and prefixes from the list",
		Category:  categoryList,
		ArgsUsage: "NUMBER…",
		Description: `
Removes numbers and prefixes from the list, blocked or allowed ones. This takes
effect with the next call. "+44207*" removes this prefix only, not the numbers
and longer prefixes that it covers.
` + numbersHelp + `

Examples:
   ringfence remove +4930123456
   ringfence remove "+44207*" --to +4930888
   ringfence remove - < numbers.txt` + exits("0 at least one was removed, 3 none was on the list,"),
		Flags: append([]cli.Flag{
			toFlag(), newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.remove,
	}
}

func (p *program) remove(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	rules, err := p.readRules(c, app.List{Region: conf.Region})
	if err != nil {
		return err
	}
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		// After an error, the entries are those that were removed before it.
		removal, err := list.Remove(ctx, rules)
		if err := join(p.writeRemoved(format, removal), err); err != nil {
			return err
		}
		for _, missing := range removal.Missing {
			p.say("%s is not on the list", ruleText(missing.Rule))
			for _, other := range missing.Others {
				p.say("  but %s is on the list", ruleText(other))
			}
		}
		for _, blocked := range removal.Blocked {
			p.say("%s is still blocked: %s", blocked.Number, blocked.Reason)
		}
		if len(removal.Removed) == 0 && len(rules) > 0 {
			return errNo
		}
		return nil
	})
}

func (p *program) writeRemoved(format string, removal app.Removal) error {
	if format != outputTable {
		return writePage(p, format, nil, app.Whole(removal.Changes()))
	}
	for _, entry := range removal.Removed {
		if _, err := fmt.Fprintf(p.out, "removed %s, which was %s\n", ruleText(entry.Rule), participle(entry.Kind)); err != nil {
			return err
		}
	}
	return nil
}
