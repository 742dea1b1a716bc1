package cli

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/span"
	"github.com/ringfence/ringfence/store"
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
	command.Usage = "turn callers away"
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
		&cli.StringFlag{Name: "action", Usage: "what the callers get, an `ACTION`: " + strings.Join(texts(blacklist.Actions()), ", "), DefaultText: "the setting"},
		&cli.BoolFlag{Name: "force", Usage: "list even what is very short or covers an own number", DisableDefaultText: true},
	}, command.Flags...)
	return command
}

func (p *program) allowCommand() *cli.Command {
	command := p.listingCommand(blacklist.Allow)
	command.Usage = "let callers through"
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
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Action: func(c *cli.Context) error { return p.listNumbers(c, kind) },
	}
}

func (p *program) listNumbers(c *cli.Context, kind blacklist.Kind) error {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	entry, err := p.readEntry(c, kind)
	if err != nil {
		return err
	}
	rules, err := p.readRules(c, conf.Region)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		return p.putRules(ctx, c, s, format, entry, rules)
	})
}

// putRules lists rules, each with what the entry says.
func (p *program) putRules(ctx context.Context, c *cli.Context, s *store.Store, format string, entry blacklist.Entry, rules []blacklist.Rule) error {
	entries := make([]blacklist.Entry, len(rules))
	for i, rule := range rules {
		entry.Rule = rule
		entries[i] = entry
	}
	if !c.Bool("force") {
		if err := refuseDoubts(ctx, entries, s); err != nil {
			return err
		}
	}
	// After an error, the changes are those that were written before it.
	changes, err := s.Put(ctx, entries)
	return errors.Join(p.tellChanges(format, changes), err)
}

// settingsReader answers which settings hold.
type settingsReader interface {
	Settings(ctx context.Context) (screen.Settings, error)
}

// refuseDoubts returns an error that tells of every entry which wants --force.
func refuseDoubts(ctx context.Context, entries []blacklist.Entry, from settingsReader) error {
	settings, err := from.Settings(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, entry := range entries {
		if doubt := blacklist.Risk(entry, settings.Own); doubt != "" {
			wrong = append(wrong, fmt.Errorf("%s; nothing was listed, --force lists it all the same", doubt))
		}
	}
	if len(wrong) > 0 {
		return usageError{errors.Join(wrong...)}
	}
	return nil
}

// readEntry makes an entry of the flags, which lacks its rule.
func (p *program) readEntry(c *cli.Context, kind blacklist.Kind) (blacklist.Entry, error) {
	now := p.now().Truncate(time.Second)
	entry := blacklist.Entry{
		Kind: kind, Reason: c.String("reason"), Source: c.String("source"), Author: c.String("author"), Created: now,
	}
	if entry.Author == "" {
		entry.Author = p.login()
	}
	if err := readable(c, "reason", "source", "author"); err != nil {
		return entry, err
	}
	var err error
	if c.IsSet("action") {
		if entry.Action, err = blacklist.ParseAction(c.String("action")); err != nil {
			return entry, usagef("--action: %w", err)
		}
	}
	if c.IsSet("for") {
		life, err := span.Parse(c.String("for"))
		if err != nil {
			return entry, usagef("--for: %w", err)
		}
		entry.Expires = now.Add(life)
	}
	return entry, nil
}

// login returns who types: behind sudo, the user who called it.
func (p *program) login() string {
	if name := p.getenv("SUDO_USER"); name != "" {
		return name
	}
	current, err := user.Current()
	if err != nil {
		return p.getenv("USER")
	}
	return current.Username
}

// maxWords is the longest text that an entry keeps, in bytes.
const maxWords = 1000

// readable refuses texts that can't be shown in one line as they are.
func readable(c *cli.Context, flags ...string) error {
	for _, name := range flags {
		switch text := c.String(name); {
		case len(text) > maxWords:
			return usagef("--%s: longer than %d bytes", name, maxWords)
		case printable(text) != text:
			return usagef("--%s: %s holds characters that can't be shown", name, strconv.Quote(text))
		}
	}
	return nil
}
