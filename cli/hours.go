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

// hoursNameUsage says which numbers have hours.
const hoursNameUsage = `
Arguments:
   NUMBER    the dialled number in any spelling
   default   all numbers without working time of their own
`

// hours is what a person can do with working time, but for the store.
func (p *program) hours(conf config.Config) app.Hours {
	return app.Hours{Region: conf.Region, Now: p.now, Zone: app.MachineZone(p.getenv), Taken: func(zone *time.Location) {
		p.say("no zone is named: %s is taken, as this machine has it", zone)
	}}
}

func (p *program) parseHours(text string) (schedule.Hours, error) {
	return p.hours(config.Config{}).Parse(text)
}

// withHours carries out work on working time.
func (p *program) withHours(c *cli.Context, conf config.Config, work func(context.Context, app.Hours) error) error {
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		hours := p.hours(conf)
		hours.Store = s
		return work(ctx, hours)
	})
}

// hoursNumber reads the only argument.
func (p *program) hoursNumber(c *cli.Context, conf config.Config) (phone.Number, error) {
	if c.NArg() != 1 {
		return phone.Number{}, usagef("name one number. See `%s --help`", c.Command.HelpName)
	}
	return p.hours(conf).Number(c.Args().First())
}

func (p *program) hoursShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show working time, and what it means now",
		ArgsUsage: "[NUMBER]",
		Description: `
Shows the working time of every number that has its own and of all others, or
the one that counts for a number. What addresses of calendars may hold of
secrets is not shown; "ringfence hours export" writes it.
` + hoursNameUsage + `
Examples:
   ringfence hours show
   ringfence hours show +4930888` + exits("0 shown, 3 there is no working time for this number,"),
		Flags:  append([]cli.Flag{newOutputFlag(outputTable, outputJSON, outputCSV)}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.hoursShow,
	}
}

func (p *program) hoursShow(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON, outputCSV)
	if err != nil {
		return err
	}
	var number phone.Number
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
		if err := writeRows(p.out, format, hoursColumns(), states); err != nil {
			return err
		}
		p.sayFailing(failing)
		if c.NArg() > 0 && len(states) == 0 {
			p.say("there is no working time for %s, and no default", app.HoursName(number))
			return errNo
		}
		return nil
	})
}

func hoursColumns() []column[app.HoursState] {
	return []column[app.HoursState]{
		{"number", func(s app.HoursState) any { return s.Number }},
		{"now", func(s app.HoursState) any { return s.Status }},
		{"until", func(s app.HoursState) any { return zoneTime(s.Until) }},
		{"hours", func(s app.HoursState) any { return s.Hours }},
	}
}

// zoneTime writes a moment by the clocks of its zone, which are those of the
// hours.
func zoneTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format("Mon 2006-01-02 15:04 MST")
}

// untilWords says when a state ends.
func untilWords(until time.Time) string {
	if until.IsZero() {
		return "for good"
	}
	return "until " + zoneTime(until)
}

// sayFailing names the calendars that don't close what they should.
func (p *program) sayFailing(calendars []app.FailingCalendar) {
	for _, calendar := range calendars {
		switch {
		case calendar.Failures > 0 && calendar.Succeeded.IsZero():
			p.say("%s closes nothing: %s", calendar.Address, calendar.Outcome)
		case calendar.Failures > 0:
			p.say("%s is as it was at %s: %s", calendar.Address, localTime(calendar.Succeeded), calendar.Outcome)
		default:
			p.say("%s closes nothing yet: `ringfence serve` fetches it within seconds, and then once a day", calendar.Address)
		}
	}
}

func (p *program) hoursCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "say whether a number is open, why, and until when",
		ArgsUsage: "NUMBER",
		Description: `
Says whether a dialled number is open, and which clause of its working time
decides. A number without working time counts as open.
` + hoursNameUsage + `
Examples:
   ringfence hours check +4930888
   ringfence hours check +4930888 --at "2026-12-24 18:00"` + exits("0 it is open, 3 it is closed,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: "at", DefaultText: "now",
				Usage: "the `TIME` to look at, by the clocks of the number's zone: 2026-11-23T14:30, 14:30",
			},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.hoursCheck,
	}
}

func (p *program) hoursCheck(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	number, err := p.hoursNumber(c, conf)
	if err != nil {
		return err
	}
	if err := filled(c, "at"); err != nil {
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
		if format == outputJSON {
			err = writeJSON(p.out, state)
		} else {
			line := fmt.Sprintf("%s at %s: %s: %s", state.Number, zoneTime(state.At), state.Status, state.Why)
			if state.Hours != "" {
				line += ", " + untilWords(state.Until)
			}
			_, err = fmt.Fprintln(p.out, printable(line))
		}
		p.sayFailing(failing)
		if err == nil && state.Status == string(schedule.Closed) {
			return errNo
		}
		return err
	})
}
