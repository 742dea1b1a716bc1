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
		Usage:    "test a rule with the calls of the log",
		Category: categoryCalls,
		Description: `
Tests rate rules, working time or a blocked prefix with the calls of the log, and
shows which calls would have been refused. Nothing is changed. Use it to choose
a rule before you turn it on. Without --rule, the rules of the setting repeat
are tested, or "on" if there are none; with --prefix and neither --rule nor
--hours, only the prefix. Without --hours, the working time of today is used for
all calls. The setting mode does not matter.

Each line is a caller whom a rule would have listed or the prefix covers:

   listed    a rule would have listed the caller at this time, and refused
             this call
   refused   the prefix would have refused the caller
   spared    an allow entry protects the caller; without it the caller would
             have been listed or refused
   later     how many later calls would have been refused
   already   how many of all these calls were refused at that time
   allowed   an entry allowed calls of this caller, or would now: you know this
             caller

These calls count: calls that passed by no rule, calls whose caller hung up
before the verdict, and calls that rate rules refused or observed at that time.
Calls refused by an entry count if a rate rule made the entry. The log does not
say who made an entry. It counts as made by the rule if the log has the call
for which the rule listed the caller, and no later call to the same number that
passed.

All other calls do not count, nor do callers without a number, short numbers and
own numbers. Callers who are allowed now count as if they had always been
allowed. A refused caller may call again or give up: the log cannot show this.

Examples:
   ringfence replay --rule "5 in 5m off-hours" --since 30d
   ringfence replay --rule "10 in 1h always for 1d; 3 in 1m always" --output csv
   ringfence replay --hours "mon-fri 9-18; holidays DE-BE" --to +4930888
   ringfence replay --prefix "+4420*" --since 90d` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringSliceFlag{Name: "rule", Usage: "a `RULE` to test, or several separated by semicolons, as in the setting repeat; may be repeated", DefaultText: "the setting repeat"},
			&cli.StringFlag{Name: "hours", Usage: "the working `TIME` to test, as in \"ringfence hours set\"", DefaultText: "what is set"},
			&cli.StringFlag{Name: "prefix", Usage: "a `PREFIX*` or number to test as blocked"},
			&cli.StringFlag{Name: "to", Usage: "use --hours and --prefix only for this dialled `NUMBER`, or for a range of them", DefaultText: "all dialled numbers"},
			sinceFlag(),
			untilFlag(),
			limitFlag(),
			newOutputFlag(), wideFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.replay,
	}
}

func (p *program) replay(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	limit, err := readLimit(c)
	if err != nil {
		return err
	}
	in := app.ReplayInput{
		Rules: c.StringSlice("rule"), Prefix: c.String("prefix"), To: c.String("to"), Since: c.String("since"), Until: c.String("until"),
	}
	if c.IsSet("hours") {
		if in.Hours, err = p.readHours(c.String("hours")); err != nil {
			return usagef("--hours: %w", err)
		}
	}
	replays := app.Replays{Region: conf.Region, Now: p.now}
	replay, err := replays.ReadReplay(in)
	if err != nil {
		return err
	}
	if c.IsSet("to") && !c.IsSet("hours") && !c.IsSet("prefix") {
		return usagef("--to needs --hours or --prefix")
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		replays.Store = s
		result, err := replays.Run(ctx, replay)
		if err != nil {
			return err
		}
		return p.writeReplay(format, result, limit)
	})
}
