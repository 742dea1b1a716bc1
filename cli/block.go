package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
)

const numbersHelp = `
Arguments:
   NUMBER   a number in any spelling: +49 30 123456, 0049-30-123456,
            sip:+4930123456@host, and 030 123456 with --region DE
   PREFIX*  all numbers that begin so: +44207*
   -        numbers and prefixes from stdin, one a line; blank lines and
            # comments are skipped`

func (p *program) blockCommand() *cli.Command {
	command := p.listingCommand(blacklist.Block)
	command.Usage = "block callers"
	command.Description = `
Puts numbers and prefixes on the list, from the next call on. If one of them
is wrong, none is listed. What is on the list already is changed. The most
specific rule decides about a call: a number before a prefix, a longer prefix
before a shorter one.
` + numbersHelp + `

Examples:
   ringfence block +4930123456 --reason "silent calls"
   ringfence block 030123456 030123457 --region DE --for 7d
   ringfence block "+44207*" --action busy --to +4930888
   ringfence block - --source survey < numbers.txt` + exits("0 listed,")
	command.Flags = append([]cli.Flag{
		actionFlag(),
		&cli.BoolFlag{Name: "force", Usage: "list even what is very short or covers an own number", DisableDefaultText: true},
	}, command.Flags...)
	return command
}

func (p *program) allowCommand() *cli.Command {
	command := p.listingCommand(blacklist.Allow)
	command.Usage = "allow callers"
	command.Description = `
Puts numbers and prefixes on the list that pass although a shorter prefix is
blocked, or although their own number was. If one of them is wrong, none is
listed.
` + numbersHelp + `

Examples:
   ringfence allow +442071234567 --reason "our London agent"
   ringfence allow "+442071*" --to +4930888` + exits("0 listed,")
	return command
}

func actionFlag() cli.Flag {
	return choose(&cli.StringFlag{Name: "action", Usage: "what the callers get, an `ACTION`", DefaultText: "the setting"}, blacklist.Actions()...)
}

// listingCommand is what block and allow have in common.
func (p *program) listingCommand(kind blacklist.Kind) *cli.Command {
	return &cli.Command{
		Name:      string(kind),
		Category:  categoryList,
		ArgsUsage: "NUMBER…",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "reason", Usage: "why, in your own `WORDS`"},
			&cli.StringFlag{Name: "for", Usage: "how long, a `TIME`: 90m, 24h, 7d, 2w", DefaultText: "for ever"},
			toFlag(),
			&cli.StringFlag{Name: "source", Usage: "the `NAME` of where this comes from", Value: "manual", DefaultText: "manual"},
			&cli.StringFlag{Name: "author", Usage: "the `NAME` of who lists this", DefaultText: "the user who is logged in"},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: func(c *cli.Context) error { return p.listNumbers(c, kind) },
	}
}

func (p *program) listNumbers(c *cli.Context, kind blacklist.Kind) error {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	list := app.List{Region: conf.Region, Now: p.now}
	said, err := p.readEntry(c, list, kind)
	if err != nil {
		return err
	}
	rules, err := p.readRules(c, list)
	if err != nil {
		return err
	}
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		// After an error, the changes are those that were written before it.
		changes, err := list.Put(ctx, said, rules)
		return errors.Join(p.writeChanges(format, changes), err)
	})
}

// readEntry reads what the flags say of the numbers.
func (p *program) readEntry(c *cli.Context, list app.List, kind blacklist.Kind) (app.NewEntry, error) {
	said := app.NewEntry{
		Kind: kind, Action: c.String("action"), Reason: c.String("reason"), For: c.String("for"),
		Source: c.String("source"), Author: c.String("author"), Force: c.Bool("force"),
	}
	if said.Author == "" {
		said.Author = app.Author(p.getenv)
	}
	if err := filled(c, "action", "for", "to"); err != nil {
		return said, err
	}
	return said, list.Check(said)
}

// filled refuses flags that were typed with an empty value, as a variable of a
// shell may have it: without them a command does more.
func filled(c *cli.Context, flags ...string) error {
	for _, name := range flags {
		if c.IsSet(name) && c.String(name) == "" {
			return usagef("--%s is empty: write a value or leave it out", name)
		}
	}
	return nil
}

func toFlag() cli.Flag {
	return &cli.StringFlag{Name: "to", Usage: "only for calls to this dialled `NUMBER`", DefaultText: "every dialled number"}
}

// stdinArgument stands for numbers that are read from stdin, one a line.
const stdinArgument = "-"

// readRules reads the command's numbers and prefixes, all for the dialled
// number of --to if there is one.
func (p *program) readRules(c *cli.Context, list app.List) ([]blacklist.Rule, error) {
	lines, err := p.readArguments(c)
	if err != nil {
		return nil, err
	}
	to, err := app.ReadDialled(c.String("to"), list.Region)
	if err != nil {
		return nil, err
	}
	return list.Rules(lines, to)
}

// readArguments returns the arguments of the command, with stdin in place of
// "-".
func (p *program) readArguments(c *cli.Context) ([]app.Line, error) {
	var lines []app.Line
	read := false
	for _, argument := range c.Args().Slice() {
		if argument != stdinArgument {
			lines = append(lines, app.Line{Text: argument})
			continue
		}
		if read {
			return nil, usagef("stdin (-) can be read only once")
		}
		read = true
		typed, err := app.ReadLines(stoppable(c.Context, p.in))
		if err != nil {
			return nil, err
		}
		lines = append(lines, typed...)
	}
	if len(lines) == 0 && !read {
		return nil, usagef("which number? See `%s --help`", c.Command.HelpName)
	}
	return lines, nil
}

// changeReport is a blacklist.Change in JSON.
type changeReport struct {
	Effect blacklist.Effect `json:"effect"`
	Entry  blacklist.Entry  `json:"entry"`
	Before *blacklist.Entry `json:"before,omitempty"`
}

func (p *program) writeChanges(format string, changes []blacklist.Change) error {
	if format == outputJSON {
		reports := make([]changeReport, len(changes))
		for i, change := range changes {
			reports[i] = changeReport{Effect: change.Effect, Entry: change.Entry, Before: change.Before}
		}
		return writeJSON(p.out, reports)
	}
	for _, change := range changes {
		if _, err := fmt.Fprintln(p.out, printable(changeLine(change))); err != nil {
			return err
		}
	}
	return nil
}

// changeLine returns "blocked +4930123456 until …" for a new entry, and what
// is different for one that was there.
func changeLine(change blacklist.Change) string {
	line := entryState(change.Entry)
	switch change.Effect {
	case blacklist.Unchanged:
		return "unchanged: " + line
	case blacklist.Changed:
		line = "changed: " + line
		if change.Before.Kind != change.Entry.Kind {
			line += " (it was " + participle(change.Before.Kind) + ")"
		}
	case blacklist.Added:
	}
	return line
}

// entryState returns "blocked +4930123456 for calls to +4930888 until …".
func entryState(entry blacklist.Entry) string {
	state := participle(entry.Kind) + " " + ruleText(entry.Rule)
	if !entry.Expires.IsZero() {
		state += " until " + localTime(entry.Expires)
	}
	return state
}

// ruleText returns a rule in words.
func ruleText(rule blacklist.Rule) string {
	if !rule.Scoped() {
		return rule.Pattern.String()
	}
	return rule.Pattern.String() + " for calls to " + rule.To.String()
}

func participle(kind blacklist.Kind) string {
	if kind == blacklist.Allow {
		return "allowed"
	}
	return "blocked"
}
