package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
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

An entry for one dialled number is removed with the same --to. --all removes a
number with all such entries; without it, remove shows those that remain.
--source removes all entries of a source. "ringfence audit undo" restores what
was removed.
` + numbersHelp + `

Examples:
   ringfence remove "030 123456" --region DE
   ringfence remove "+44207*" --to +4930888
   ringfence remove +4930123456 --all
   ringfence remove --source survey --force
   ringfence remove - < numbers.txt` + exits("0 removed, 3 one was not on the list,"),
		Flags: append([]cli.Flag{
			toFlag(),
			&cli.BoolFlag{Name: "all", Usage: "also remove the entries for one dialled number (--to)", DisableDefaultText: true},
			&cli.StringFlag{Name: "source", Usage: "remove all entries of this source, a `NAME`"},
			&cli.BoolFlag{Name: forceName, Usage: "remove the entries of --source; take short numbers beside others", DisableDefaultText: true},
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.remove,
	}
}

func (p *program) remove(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	if c.IsSet("source") {
		return p.removeSource(c, conf, format)
	}
	if c.Bool("all") && c.IsSet("to") {
		return usagef("--all and --to are both set: use one of them")
	}
	rules, _, err := p.readRules(c, app.List{Region: conf.Region})
	if err != nil {
		return err
	}
	if len(rules) == 0 {
		p.say("stdin has no number: nothing was removed")
		return nil
	}
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		if c.Bool("all") {
			if rules, err = list.Everywhere(ctx, rules); err != nil {
				return err
			}
		}
		// After an error, the entries are those that were removed before it.
		removal, err := list.Remove(ctx, rules)
		if err := join(p.writeRemoved(format, removal), err); err != nil {
			return err
		}
		p.sayWhatRemains(removal)
		if len(removal.Missing) > 0 {
			return errNo
		}
		return nil
	})
}

// sayWhatRemains says what was not on the list, and what still is, with the lines to
// type.
func (p *program) sayWhatRemains(removal app.Removal) {
	for _, missing := range removal.Missing {
		p.say("%s is not on the list", missing.Rule.Words())
		for _, other := range missing.Others {
			p.say("  but %s is on the list; to remove it, type: %s", other.Words(), removeLine(other))
		}
	}
	for _, entry := range removal.Remaining {
		p.say("there is still an entry: %s; to remove it, type: %s", entryState(entry), removeLine(entry.Rule))
	}
	for _, blocked := range removal.Blocked {
		p.say("%s is still blocked: %s", blocked.Number, blocked.Reason)
	}
}

// removeLine returns the command that removes a rule.
func removeLine(rule blacklist.Rule) string {
	line := "ringfence remove " + shellWord(rule.Pattern.String())
	if rule.Scoped() {
		line += " --to " + shellWord(rule.To.String())
	}
	return line
}

// shellWord quotes a number for a shell if it needs quotes.
func shellWord(number string) string {
	if strings.ContainsAny(number, "*#") {
		return "'" + number + "'"
	}
	return number
}

// removeSource removes the entries of a source, or says how many there are.
func (p *program) removeSource(c *cli.Context, conf config.Config, format string) error {
	if c.Args().Present() || c.IsSet("to") || c.Bool("all") {
		return usagef("--source removes all entries of a source: leave numbers, --to and --all out")
	}
	source := c.String("source")
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		if !c.Bool(forceName) {
			entries, err := list.Count(ctx, blacklist.Query{Source: source})
			if err != nil {
				return err
			}
			if entries > 0 {
				return usagef("the source %q has %d entries, and nothing was removed; use --force to remove them", source, entries)
			}
		}
		removal, err := list.RemoveSource(ctx, source)
		switch {
		case format != outputTable:
			err = join(writeOne(p, format, removal, nil), err)
		case removal.Removed > 0:
			_, failed := fmt.Fprintf(p.out, "removed %d entries of the source %s\n", removal.Removed, printable(source))
			err = join(failed, err)
		}
		if err == nil && removal.Removed == 0 {
			p.say("no entry has the source %s; `ringfence list --output csv` shows the sources", source)
			return errNo
		}
		return err
	})
}

func (p *program) writeRemoved(format string, removal app.Removal) error {
	if format != outputTable {
		return writePage(p, format, nil, app.Whole(removal.Changes()))
	}
	for _, entry := range removal.Removed {
		if _, err := fmt.Fprintf(p.out, "removed %s, which was %s\n", entry.Rule.Words(), participle(entry.Kind)); err != nil {
			return err
		}
	}
	return nil
}
