package cli

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/screen"
)

func (p *program) checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "test what would happen to a call, and why",
		Category:  categoryList,
		ArgsUsage: "NUMBER",
		Description: `
Shows all checks of a call from this number, and the verdict. This does not
count or log anything.

Arguments:
   NUMBER      the caller's number in any spelling
   anonymous   a caller without caller ID

Examples:
   ringfence check +4930123456
   ringfence check 030123456 --region DE --to +4930888 --at "2026-12-24 18:00"
   ringfence check anonymous` + exits("0 the call would continue, 3 it would be refused,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "to", Usage: "the dialled `NUMBER`", DefaultText: "none; entries for dialled numbers do not match"},
			&cli.StringFlag{Name: "at", Usage: "the `TIME` of the call: 2026-11-23T14:30, tomorrow 14:30, 14:30", DefaultText: "now"},
			&cli.BoolFlag{Name: "withheld", Usage: "the caller withholds the number, but the trunk delivers it", DisableDefaultText: true},
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		BashComplete: p.offer("anonymous"),
		Action:       p.check,
	}
}

func (p *program) check(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	if err := unquoted(c); err != nil {
		return err
	}
	if c.NArg() == 0 {
		return usagef("name the number of the caller: %s NUMBER", c.Command.HelpName)
	}
	if c.NArg() > 1 {
		return usagef("name one number, not %d. See `%s --help`", c.NArg(), c.Command.HelpName)
	}
	call, err := app.List{Region: conf.Region, Now: p.now}.ReadCall(app.CallInput{
		Caller: c.Args().First(), To: c.String("to"), Withheld: c.Bool("withheld"), At: c.String("at"),
	})
	if err != nil {
		return err
	}
	return p.withList(c, conf, func(ctx context.Context, list app.List) error {
		verdict, err := list.CheckCall(ctx, call)
		if err != nil {
			return err
		}
		err = writeOne(p, format, app.NewCheckedCall(call, verdict), func() error { return p.writeVerdict(call, verdict) })
		if err == nil && verdict.Refused() {
			return errNo
		}
		return err
	})
}

func (p *program) writeVerdict(call screen.Call, verdict screen.Verdict) error {
	err := writeTable(p, []column[screen.Check]{
		{"check", func(c screen.Check) any { return c.Name }},
		{"says", func(c screen.Check) any { return shaded(outcomeShade(c.Outcome), string(c.Outcome)) }},
		{"why", func(c screen.Check) any { return c.Reason + decidedMark(c.Decided) }},
	}, verdict.Checks)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.out, "\n"+printable(verdictLine(call, verdict)))
	return err
}

func outcomeShade(outcome screen.Outcome) shade {
	switch outcome {
	case screen.Refuse:
		return bad
	case screen.Pass:
		return good
	case screen.Unknown:
		return warn
	case screen.NoMatch:
	}
	return plain
}

// decidedMark marks the check that decided.
func decidedMark(decided bool) string {
	if decided {
		return "  (decides)"
	}
	return ""
}

// verdictLine describes in one line what would happen to the call.
func verdictLine(call screen.Call, verdict screen.Verdict) string {
	caller := "A call from " + call.Caller.Number.String()
	if !call.Caller.Number.Known() {
		caller = "A call without a number"
	} else if call.Caller.Withheld {
		caller += " (withheld)"
	}
	if call.Dialled.Known() {
		caller += " to " + call.Dialled.String()
	}
	switch {
	case verdict.Refused():
		return caller + " would be refused: " + actionText(verdict.Action) + "."
	case verdict.Outcome == screen.Refuse:
		return caller + " would continue in the mode observe; in the mode enforce it would be refused: " + actionText(verdict.Action) + "."
	case verdict.Hours.Closed():
		return caller + " would continue, outside working time (" + verdict.Hours.Why + ")."
	default:
		return caller + " would continue."
	}
}

// actionText returns an action with the SIP answer that the caller gets.
func actionText(action blacklist.Action) string {
	answers := map[blacklist.Action]string{
		blacklist.Decline: "603 Decline", blacklist.Busy: "486 Busy Here", blacklist.Reject: "403 Forbidden",
		blacklist.NotFound: "404 Not Found", blacklist.Message: "a message, then 603 Decline",
	}
	return string(action) + " (" + answers[action] + ")"
}
