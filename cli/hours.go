package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

func (p *program) hoursCommand() *cli.Command {
	return &cli.Command{
		Name:     "hours",
		Usage:    "show or change the working time of dialled numbers",
		Category: categoryCalls,
		Subcommands: []*cli.Command{
			p.hoursShowCommand(), p.hoursSetCommand(), p.hoursRemoveCommand(),
			p.hoursImportCommand(), p.hoursExportCommand(), p.hoursCheckCommand(),
		},
	}
}

// hoursNameUsage describes the argument of commands about working time.
const hoursNameUsage = `
Arguments:
   NUMBER    the dialled number in any spelling, or a range of numbers:
             "+493023125*", or _4930231250XX as in an Asterisk dialplan
   default   all numbers that have none, and that are in no range with one
`

// hours returns app.Hours without a store.
func (p *program) hours(conf config.Config) app.Hours {
	return app.Hours{Region: conf.Region, Now: p.now, Access: access(conf), Zone: app.MachineZone(p.getenv), OnZone: func(zone *time.Location) {
		p.say("no zone given: %s, the zone of this machine, is used", zone)
	}}
}

func (p *program) readHours(text string) (schedule.Hours, error) {
	return p.hours(config.Config{}).ReadHours(text)
}

// withHours runs work on working time.
func (p *program) withHours(c *cli.Context, conf config.Config, work func(context.Context, app.Hours) error) error {
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		hours := p.hours(conf)
		hours.Store = s
		return work(ctx, hours)
	})
}

// hoursNumber reads the only argument.
func (p *program) hoursNumber(c *cli.Context, conf config.Config) (phone.Pattern, error) {
	if err := unquotedDialled(c); err != nil {
		return phone.Pattern{}, err
	}
	if c.NArg() != 1 {
		return phone.Pattern{}, usagef("name one number. See `%s --help`", c.Command.HelpName)
	}
	return p.hours(conf).ReadNumber(c.Args().First())
}

func (p *program) hoursShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show working time, and whether numbers are open now",
		ArgsUsage: "[NUMBER]",
		Description: `
Shows the working time of every number and the default, or what applies to one
number: its own, else that of the longest range that has it, else the default.
Secrets in addresses of calendars are hidden; "ringfence hours export" writes them.
` + hoursNameUsage + `
Examples:
   ringfence hours show
   ringfence hours show "+493023125*"` + exits("0 shown, 3 the number has no working time,"),
		Flags:  append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.hoursShow,
	}
}

func (p *program) hoursShow(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	var number phone.Pattern
	if c.NArg() > 0 {
		if number, err = p.hoursNumber(c, conf); err != nil {
			return err
		}
	}
	return p.withHours(c, conf, func(ctx context.Context, hours app.Hours) error {
		var states []app.HoursState
		var failing []app.FailingCalendar
		var err error
		if c.NArg() == 0 {
			states, failing, err = hours.List(ctx)
		} else {
			states, failing, err = hours.Effective(ctx, number)
		}
		if err != nil {
			return err
		}
		if err := writePage(p, format, hoursColumns(), app.Whole(states)); err != nil {
			return err
		}
		p.reportFailing(failing)
		if c.NArg() > 0 && len(states) == 0 {
			p.say("%s has no working time, and there is no default", app.HoursName(number))
			return errNo
		}
		return nil
	})
}

func hoursColumns() []column[app.HoursState] {
	return []column[app.HoursState]{
		{"number", func(s app.HoursState) any { return s.Number }},
		{"now", func(s app.HoursState) any {
			return shaded(map[string]shade{string(schedule.Open): good, string(schedule.Closed): bad}[s.Status], s.Status)
		}},
		{"until", func(s app.HoursState) any { return zoneTime(s, s.Until) }},
		{"hours", func(s app.HoursState) any { return long(s.Hours) }},
	}
}

// zoneTime formats a time in the zone of the hours.
func zoneTime(s app.HoursState, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return s.Local(at).Format("Mon 2006-01-02 15:04 MST")
}

// untilText returns when a state ends.
func untilText(s app.HoursState) string {
	if s.Until.IsZero() {
		return "permanently"
	}
	return "until " + zoneTime(s, s.Until)
}

// reportFailing reports calendars that cannot be fetched, and what of them is not read.
func (p *program) reportFailing(calendars []app.FailingCalendar) {
	for _, calendar := range calendars {
		switch {
		case calendar.Failures > 0 && calendar.Succeeded.IsZero():
			p.say("calendar %s is not in effect: %s", calendar.Address, calendar.Outcome)
		case calendar.Failures > 0:
			p.say("calendar %s was last fetched at %s: %s", calendar.Address, localTime(calendar.Succeeded), calendar.Outcome)
		case calendar.Succeeded.IsZero():
			p.say("calendar %s is not in effect yet: ringfence serve fetches it within seconds, and then once a day", calendar.Address)
		}
		for _, problem := range calendar.Problems {
			p.say("calendar %s: %s", calendar.Address, problem)
		}
	}
}

func (p *program) hoursCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "show whether a number is open, why, and until when",
		ArgsUsage: "NUMBER",
		Description: `
Shows whether a dialled number is open, which clause of its working time
decides, and whose it is if the number has none of its own. A number without
working time is always open.
` + hoursNameUsage + `
Examples:
   ringfence hours check +4930888
   ringfence hours check +4930888 --at "2026-12-24 18:00"` + exits("0 open, 3 closed,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: "at", DefaultText: "now",
				Usage: "the `TIME` to check, in the zone of the number: 2026-11-23T14:30, tomorrow 14:30, 14:30",
			},
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.hoursCheck,
	}
}

func (p *program) hoursCheck(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	number, err := p.hoursNumber(c, conf)
	if err != nil {
		return err
	}
	if _, err := app.ReadMoment(c.String("at"), p.now(), time.Local); err != nil {
		return err
	}
	return p.withHours(c, conf, func(ctx context.Context, hours app.Hours) error {
		state, failing, err := hours.Check(ctx, number, c.String("at"))
		if err != nil {
			return err
		}
		err = writeOne(p, format, state, func() error {
			line := fmt.Sprintf("%s at %s: %s: %s", state.Number, zoneTime(state, state.At), state.Status, state.Why)
			if state.Hours != "" {
				line += ", " + untilText(state)
			}
			if state.Hours != "" && !state.Own && state.Applies != state.Number {
				line += " (working time of " + state.Applies + ")"
			}
			_, err := fmt.Fprintln(p.out, printable(line))
			return err
		})
		p.reportFailing(failing)
		if err == nil && state.Status == string(schedule.Closed) {
			return errNo
		}
		return err
	})
}
