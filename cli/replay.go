package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) replayCommand() *cli.Command {
	return &cli.Command{
		Name:     "replay",
		Usage:    "try a rule on the calls of the log",
		Category: categoryCalls,
		Description: `
Runs the calls that the log keeps against rate rules, working time, or a prefix
as if it were blocked, and tells whom that would have turned away. Nothing is
changed: it is how to choose a rule before turning it on. Without --rule, the
rules that are set are tried, or "on" if there are none; with --prefix and
neither --rule nor --hours, the prefix alone. Working time is that of --hours,
else what is set now, whatever it was then. The setting mode does not matter.

A line tells of one listing, or of one caller whom the prefix stands for:

   listed    a rule would have put the caller on the list, at the time of the
             call that it would have turned away first
   refused   the prefix would have turned the caller away
   spared    the same, if the caller were not on the allow list: whoever takes
             that entry off turns the caller away
   later     how many calls after that would have been turned away
   already   how many of all these were turned away when they came
   allowed   an entry has let calls of this caller through, or would now: a
             caller whom you know

Calls count that went on by no rule, and those whose caller hung up first. So
do those that the rate rules of that time have turned away, or only observed:
without these they would have gone on. That includes the calls turned away by
the entry that such a rule had made. The log doesn't say who made an entry; it
is taken for the rule's if the log has, in the same period, the call by which
the rule listed the caller, and none after it to the same number that went on.
Calls that something else has decided do not count, nor do callers without a
number, short numbers and own ones. Who is allowed now counts as if that had
been so all the time.

A caller who is turned away may call more often, or no more: the log can't
tell.

Examples:
   ringfence replay --rule "5 in 5m off-hours" --since 30d
   ringfence replay --rule "10 in 1h always for 1d; 3 in 1m always" --output csv
   ringfence replay --hours "mon-fri 9-18; holidays DE-BE" --to +4930888
   ringfence replay --prefix "+4420*" --since 90d` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "rule", Usage: "a `RULE` to try, or several with semicolons between them, as the setting repeat has them; it can be given several times", DefaultText: "the setting"},
			&cli.StringFlag{Name: "hours", Usage: "the working `TIME` to try, as \"ringfence hours set\" reads it", DefaultText: "what is set"},
			&cli.StringFlag{Name: "prefix", Usage: "a `PREFIX*` or number to try as if it were blocked"},
			&cli.StringFlag{Name: "to", Usage: "--hours and --prefix hold for this dialled `NUMBER` only", DefaultText: "every dialled number"},
			&cli.StringFlag{Name: "since", Usage: "only calls from this `TIME` on: 2h for the last two hours, 2026-11-23, 14:30"},
			&cli.StringFlag{Name: "until", Usage: "only calls before this `TIME`"},
			limitFlag(),
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.replay,
	}
}

func (p *program) replay(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON, outputCSV)
	if err != nil {
		return err
	}
	limit, err := readLimit(c)
	if err != nil {
		return err
	}
	if err := filled(c, "prefix"); err != nil {
		return err
	}
	said := app.NewReplay{
		Rules: c.StringSlice("rule"), Prefix: c.String("prefix"), To: c.String("to"), Since: c.String("since"), Until: c.String("until"),
	}
	if c.IsSet("hours") {
		if said.Hours, err = p.parseHours(c.String("hours")); err != nil {
			return usagef("--hours: %w", err)
		}
	}
	replay, err := app.ReadReplay(said, conf.Region, p.now())
	if err != nil {
		return err
	}
	if c.IsSet("to") && !c.IsSet("hours") && !c.IsSet("prefix") {
		return usagef("--to says for which number --hours or --prefix are: give one of them")
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		result, err := replay.Run(ctx, s)
		if err != nil {
			return err
		}
		return p.writeReplay(format, result, limit)
	})
}
