package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
)

const numbersHelp = `
Arguments:
   NUMBER   a number in any spelling: +49 30 123456, 0049-30-123456,
            sip:+4930123456@host, and 030 123456 with --region DE
   PREFIX*  all numbers that begin with these digits: +44207*
   -        read stdin as a text file that is imported: one or more numbers
            and prefixes on a line. What follows a comma, a semicolon or # and
            is no number is their reason`

func (p *program) blockCommand() *cli.Command {
	command := p.listingCommand(blacklist.Block)
	command.Usage = "block callers"
	command.Description = `
Puts numbers and prefixes on the list. This takes effect with the next call. If
one of them is invalid, none is listed. The most specific entry decides about a
call: a number before a prefix, a longer prefix before a shorter one.

A blocked number or prefix that is on the list keeps its reason, action and end,
unless you give new ones: --reason "" clears the reason, --action default the
action, --for never the end. One that is allowed becomes blocked, and keeps
nothing.

What may refuse calls that somebody needs is listed with --force only: emergency
numbers, short numbers, own numbers and extensions, prefixes of fewer than five
digits. A number that no caller can have is listed with a warning.
` + numbersHelp + `

Examples:
   ringfence block "030 123456" --region DE --reason "silent calls"
   ringfence block +4930123456 +4930123457 --for 7d
   ringfence block +4930123456 --until 2026-12-24
   ringfence block +4930123456 --reason "" --for never
   ringfence block "+44207*" --action busy --to +4930888
   ringfence block +4930123456 --to "+493023125*"
   ringfence block - --source survey < numbers.txt` + exits("0 listed,")
	command.Flags = append([]cli.Flag{
		choose(&cli.StringFlag{Name: "action", Usage: "how calls are refused, an `ACTION`", DefaultText: "the setting action"}, append(texts(blacklist.Actions()), app.Default)...),
	}, command.Flags...)
	return command
}

func (p *program) allowCommand() *cli.Command {
	command := p.listingCommand(blacklist.Allow)
	command.Usage = "allow callers"
	command.Description = `
Puts numbers and prefixes on the list whose calls pass, even if a shorter
prefix is blocked. This takes effect with the next call. If one of them is
invalid, none is listed. One that is blocked becomes allowed, without its reason
and end. One that is allowed keeps them, unless you give new ones: --reason ""
clears the reason, --for never the end.
` + numbersHelp + `

Examples:
   ringfence allow +442071234567 --reason "our London agent"
   ringfence allow "+442071*" --to +4930888` + exits("0 listed,")
	return command
}

func actionFlag() cli.Flag {
	return choose(&cli.StringFlag{Name: "action", Usage: "how calls are refused, an `ACTION`", DefaultText: "the setting action"}, blacklist.Actions()...)
}

// listingCommand returns the common parts of block and allow.
func (p *program) listingCommand(kind blacklist.Kind) *cli.Command {
	return &cli.Command{
		Name:      string(kind),
		Category:  categoryList,
		ArgsUsage: "NUMBER…",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: reasonFlag, Usage: "the reason, in your own `WORDS`"},
			&cli.StringFlag{Name: "for", Usage: "delete the entry after this `TIME`: 90m, 24h, 7d, 2w; never", DefaultText: "never expires"},
			&cli.StringFlag{Name: "until", Usage: "delete the entry at this `TIME`: 2026-12-24 (the end of that day), \"24.12.2026 18:00\", tomorrow; never"},
			toFlag(),
			forceFlag(),
			&cli.StringFlag{Name: "source", Usage: "where the entry comes from, a `NAME`", Value: blacklist.SourceManual, DefaultText: blacklist.SourceManual},
			&cli.StringFlag{Name: "author", Usage: "who made the entry, a `NAME`", DefaultText: "the user who is logged in"},
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: func(c *cli.Context) error { return p.listNumbers(c, kind) },
	}
}

func (p *program) listNumbers(c *cli.Context, kind blacklist.Kind) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	list := app.List{Region: conf.Region, Now: p.now}
	in, err := p.readEntry(c, list, kind)
	if err != nil {
		return err
	}
	rules, lines, err := p.readRules(c, list)
	if err != nil {
		return err
	}
	if in.Lines = lines; len(rules) == 0 {
		p.say("stdin has no number: nothing was listed")
		return nil
	}
	if doubt := app.DialledDoubt(c.String("to"), conf.Region); doubt != "" {
		p.say("--to: %s", doubt)
	}
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		// After an error, the changes are those that were written before it.
		changes, err := list.Put(ctx, in, rules)
		return join(p.writeChanges(format, changes), err)
	})
}

// readEntry returns the fields of entries that flags set.
func (p *program) readEntry(c *cli.Context, list app.List, kind blacklist.Kind) (app.EntryInput, error) {
	in := app.EntryInput{
		Kind: kind, Action: c.String("action"), For: c.String("for"), Until: c.String("until"),
		Reason: c.String(reasonFlag), NoReason: c.IsSet(reasonFlag) && c.String(reasonFlag) == "",
		Source: c.String("source"), Author: c.String("author"), Force: c.Bool(forceName),
	}
	if in.For != "" && in.Until != "" {
		return in, usagef("--for and --until are both set: use one of them")
	}
	return in, list.ValidateEntry(in)
}

func forceFlag() cli.Flag {
	return &cli.BoolFlag{Name: forceName, Usage: "also list what is a risk, and short numbers beside others", DisableDefaultText: true}
}

const forceName = "force"

func toFlag() cli.Flag {
	return &cli.StringFlag{Name: "to", Usage: "only for calls to this dialled `NUMBER`, or to a range of them: +493023125*", DefaultText: "all dialled numbers"}
}

// reasonFlag is the only text flag that may be empty.
const reasonFlag = "reason"

// stdinArgument means stdin instead of a number or a file.
const stdinArgument = "-"

// readRules returns the rules for the arguments and --to, and how each was typed.
func (p *program) readRules(c *cli.Context, list app.List) ([]blacklist.Rule, map[blacklist.Rule]app.Line, error) {
	lines, err := p.readArguments(c)
	if err != nil {
		return nil, nil, err
	}
	to, err := app.ReadDialled(c.String("to"), list.Region)
	if err != nil {
		return nil, nil, err
	}
	return list.ReadRules(lines, to)
}

// readArguments returns the arguments of the command; lines of stdin replace "-".
func (p *program) readArguments(c *cli.Context) ([]app.Line, error) {
	if err := unquoted(c); err != nil {
		return nil, err
	}
	var lines []app.Line
	read := false
	for _, argument := range c.Args().Slice() {
		if argument != stdinArgument {
			lines = append(lines, app.Line{Text: argument})
			continue
		}
		if read {
			return nil, usagef("- (stdin) can be used only once")
		}
		read = true
		typed, err := app.ReadNumberLines(cancellable(c.Context, p.in))
		if app.KindOf(err) == app.Invalid {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("read stdin: %w", err)
		}
		lines = append(lines, typed...)
	}
	if len(lines) == 0 && !read {
		return nil, usagef("name a number. See `%s --help`", c.Command.HelpName)
	}
	return lines, nil
}

func (p *program) writeChanges(format string, changes []blacklist.Change) error {
	if format != outputTable {
		return writePage(p, format, nil, app.Whole(app.NewChanges(changes)))
	}
	for _, change := range changes {
		if _, err := fmt.Fprintln(p.out, printable(changeLine(change))); err != nil {
			return err
		}
	}
	return nil
}

// changeLine describes a change: "blocked +4930123456 until …".
func changeLine(change blacklist.Change) string {
	line := entryState(change.Entry)
	switch change.Effect {
	case blacklist.Unchanged:
		return "unchanged: " + line
	case blacklist.Changed:
		if before := change.Before; before.Kind != change.Entry.Kind {
			line += " (it was " + participle(before.Kind) + details(*before) + ")"
		} else {
			line += differences(*before, change.Entry)
		}
		return "changed: " + line
	case blacklist.Added:
	}
	return line
}

// details returns the reason and the end of an entry, each after a comma.
func details(entry blacklist.Entry) string {
	text := ""
	if entry.Reason != "" {
		text += ", reason " + strconv.Quote(entry.Reason)
	}
	if !entry.Expires.IsZero() {
		text += ", until " + localTime(entry.Expires)
	}
	return text
}

// differences returns what a change of an entry changed: `: reason "spam", …`.
func differences(before, after blacklist.Entry) string {
	var parts []string
	for _, field := range []struct{ name, before, after, none string }{
		{"reason", quoted(before.Reason), quoted(after.Reason), "no reason"},
		{"action", string(before.Action), string(after.Action), "the default action"},
		{"until", endText(before.Expires), endText(after.Expires), "no end"},
		{"source", before.Source, after.Source, "no source"},
		{"author", before.Author, after.Author, "no author"},
	} {
		switch {
		case field.before == field.after || field.name == "until" && !after.Expires.IsZero():
			// The line has the new end.
		case field.after == "":
			parts = append(parts, field.none)
		default:
			parts = append(parts, field.name+" "+field.after)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return strconv.Quote(text)
}

func endText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return localTime(at)
}

// entryState returns "blocked +4930123456 for calls to +4930888 until …".
func entryState(entry blacklist.Entry) string {
	state := participle(entry.Kind) + " " + entry.Rule.Words()
	if !entry.Expires.IsZero() {
		state += " until " + localTime(entry.Expires)
	}
	return state
}

func participle(kind blacklist.Kind) string {
	if kind == blacklist.Allow {
		return "allowed"
	}
	return "blocked"
}
