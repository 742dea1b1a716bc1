package cli

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/replay"
	"github.com/ringfence/ringfence/schedule"
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
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Action: p.replay,
	}
}

// whatIf is what is to be tried, as it was typed.
type whatIf struct {
	// rules are nil if none are named.
	rules repeat.Rules
	// hours are zero for what is set.
	hours schedule.Hours
	block blacklist.Rule
	to    phone.Number
}

func (t whatIf) blocks() bool { return t.block != blacklist.Rule{} }

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
	var filter calllog.Filter
	if filter.Since, filter.Until, err = app.Times(c.String("since"), c.String("until"), p.now()); err != nil {
		return err
	}
	trying, err := p.readWhatIf(c, conf.Region)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		plan, err := p.plan(ctx, trying, s)
		if err != nil {
			return err
		}
		r := replay.New(plan)
		for record, err := range s.History(ctx, filter) {
			if err != nil {
				return err
			}
			r.Add(record)
		}
		return p.writeReplay(format, plan, r.Report(), limit)
	})
}

func (p *program) readWhatIf(c *cli.Context, region phone.Region) (t whatIf, err error) {
	if t.rules, err = readTriedRules(c); err != nil {
		return t, err
	}
	if t.to, err = app.ReadDialled(c.String("to"), region); err != nil {
		return t, err
	}
	if c.IsSet("to") && !c.IsSet("hours") && !c.IsSet("prefix") {
		return t, usagef("--to says for which number --hours or --prefix are: give one of them")
	}
	if c.IsSet("prefix") {
		t.block.To = t.to
		if t.block.Pattern, err = region.Pattern(c.String("prefix")); err != nil {
			return t, usagef("--prefix: %w", err)
		}
	}
	if c.IsSet("hours") {
		if t.hours, err = p.parseHours(c.String("hours")); err != nil {
			return t, usagef("--hours: %w", err)
		}
	}
	return t, nil
}

// readTriedRules reads --rule; without it, it returns no rules.
func readTriedRules(c *cli.Context) (repeat.Rules, error) {
	if !c.IsSet("rule") {
		return nil, nil
	}
	var all []string
	for _, text := range c.StringSlice("rule") {
		rules, err := repeat.ParseRules(text)
		if err != nil {
			return nil, usagef("--rule: %w", err)
		}
		if len(rules) == 0 {
			return nil, usagef("--rule: %q tries nothing: write a rule, or on", text)
		}
		all = append(all, rules.String())
	}
	rules, err := repeat.ParseRules(strings.Join(all, "; "))
	if err != nil {
		return nil, usagef("--rule: %w", err)
	}
	return rules, nil
}

// plan completes what is to be tried by what is set, and tells what is odd
// about it.
func (p *program) plan(ctx context.Context, t whatIf, s *store.Store) (replay.Plan, error) {
	policy, err := s.Policy(ctx)
	if err != nil {
		return replay.Plan{}, err
	}
	switch {
	case len(t.rules) > 0:
		policy.Settings.Repeat = t.rules
	case t.blocks() && t.hours.IsZero():
		policy.Settings.Repeat = nil
	case len(policy.Settings.Repeat) == 0:
		policy.Settings.Repeat = repeat.Rules{repeat.Default()}
	}
	if !t.hours.IsZero() {
		policy.Schedule = p.tried(t, policy.Schedule)
	}
	p.warnIdleRules(app.IdleRules(policy))
	if risk := blacklist.Risk(blacklist.Entry{Rule: t.block, Kind: blacklist.Block}, policy.Settings.Own); t.blocks() && risk != "" {
		p.say("%s; `ringfence block` wants --force for it", risk)
	}
	allowed, err := allowEntries(ctx, s)
	return replay.Plan{
		Rules: policy.Settings.Repeat, Schedule: policy.Schedule, Own: policy.Settings.Own, Allowed: allowed, Block: t.block,
	}, err
}

// tried returns the working time that is set, with the hours to be tried in its
// place.
func (p *program) tried(t whatIf, set schedule.Schedule) schedule.Schedule {
	calendars := set.Calendars()
	for _, address := range t.hours.Calendars() {
		if _, fetched := calendars[address]; !fetched {
			p.say("%s closes nothing here: only calendars of working time that is set are fetched", feed.Feed{URL: address}.Address())
		}
	}
	if !t.to.Known() {
		return schedule.New(nil, t.hours, calendars)
	}
	numbers := set.Numbers()
	numbers[t.to] = t.hours
	return schedule.New(numbers, set.Others(), calendars)
}

// allowEntries returns the entries that allow callers.
func allowEntries(ctx context.Context, s *store.Store) (blacklist.Rules, error) {
	var entries []blacklist.Entry
	for entry, err := range s.All(ctx, store.Query{Kind: blacklist.Allow, Sort: store.ByNumber}) {
		if err != nil {
			return blacklist.Rules{}, err
		}
		entries = append(entries, entry)
	}
	return blacklist.NewRules(entries), nil
}
