package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

func (p *program) hoursSetCommand() *cli.Command {
	return &cli.Command{
		Name:      "set",
		Usage:     "set the working time of a number",
		ArgsUsage: "NUMBER|default TEXT",
		Description: `
Sets working time, in place of what there was, with effect on the next call.
Without a zone in it, that of this machine is written into it.
` + hoursNameUsage + `   TEXT      clauses separated by semicolons:
             mon-fri 09:00-12:30, 13:30-18:00    hours of days of the week
             fri, sat 22:00-06:00                a night, which belongs to its first day
             24/7, closed                        always, never
             zone Europe/Berlin                  whose clocks count
             off 25.12, 2027-01-01, 24.12..02.01 days off, every year or once
             holidays DE-BY                      public holidays of a country or region
             work 2026-12-05 10:00-14:00         extra working days: they win over all
                                                 that closes
             calendar https://example.org/a.ics  what an iCal feed holds closes

Examples:
   ringfence hours set +4930888 "mon-fri 9-18; sat 10-14; holidays DE-BE"
   ringfence hours set default "24/7; zone Europe/Berlin"` + exits("0 set,"),
		Flags:  configFlags(config.AsksStore | config.ReadsNumbers),
		Action: p.hoursSet,
	}
}

func (p *program) hoursSet(c *cli.Context) error {
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	if c.NArg() < 2 {
		return usagef("write a number, or %s, and its working time. See `%s --help`", schedule.Default, c.Command.HelpName)
	}
	name, number, err := readHoursName(c.Args().First(), conf.Region)
	if err != nil {
		return usagef("%w", err)
	}
	hours, err := p.parseHours(strings.Join(c.Args().Tail(), " "))
	if err != nil {
		return usagef("%w", err)
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		if err := s.SetHours(ctx, func(all map[string]schedule.Hours) error {
			all[name] = hours
			return nil
		}); err != nil {
			return err
		}
		times, err := s.Schedule(ctx)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(p.out, printable(p.stateLine(name, times, number))); err != nil {
			return err
		}
		return p.tellUnfetched(ctx, s, hours.Calendars())
	})
}

// stateLine says what working time means now.
func (p *program) stateLine(name string, times schedule.Schedule, number phone.Number) string {
	state := times.At(number, p.now())
	words := string(state.Status)
	if state.Status == schedule.Unknown {
		words = "unknown, which counts as open"
	}
	return fmt.Sprintf("%s: %s %s (%s)", name, words, untilWords(times.Until(number, p.now())), state.Why)
}

// parseHours reads working time. Without a zone in it, that of the machine is
// taken, and told.
func (p *program) parseHours(text string) (schedule.Hours, error) {
	hours, err := schedule.Parse(text, nil)
	if err == nil {
		return hours, nil
	}
	zone := p.machineZone()
	if zone == nil {
		return schedule.Hours{}, err
	}
	if hours, err = schedule.Parse(text, zone); err == nil {
		p.say("no zone is named: %s is taken, as this machine has it", zone)
	}
	return hours, err
}

// tellUnfetched names the calendars that nobody has fetched yet, and those that
// could not be fetched any more.
func (p *program) tellUnfetched(ctx context.Context, s *store.Store, addresses []string) error {
	states, err := s.CalendarStates(ctx, addresses)
	if err != nil {
		return err
	}
	for i, address := range addresses {
		shown := feed.Feed{URL: address}.Address()
		switch state := states[i]; {
		case state.Failures > 0 && state.Succeeded.IsZero():
			p.say("%s closes nothing: %s", shown, state.Outcome)
		case state.Failures > 0:
			p.say("%s is as it was at %s: %s", shown, localTime(state.Succeeded), state.Outcome)
		case state.Succeeded.IsZero():
			p.say("%s closes nothing yet: `ringfence serve` fetches it within seconds, and then once a day", shown)
		}
	}
	return nil
}

func (p *program) hoursRemoveCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "remove the working time of numbers",
		ArgsUsage: "NUMBER|default…",
		Description: `
Removes working time: what is set for all other numbers counts then, or, where
there is none, the number counts as open.
` + hoursNameUsage + `
Examples:
   ringfence hours remove +4930888
   ringfence hours remove default` + exits("0 removed, 3 one of them has none of its own,"),
		Flags:  configFlags(config.AsksStore | config.ReadsNumbers),
		Action: p.hoursRemove,
	}
}

func (p *program) hoursRemove(c *cli.Context) error {
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	if !c.Args().Present() {
		return usagef("which number? See `%s --help`", c.Command.HelpName)
	}
	var names []string
	var wrong []error
	for _, text := range c.Args().Slice() {
		name, _, err := readHoursName(text, conf.Region)
		wrong = append(wrong, err)
		names = append(names, name)
	}
	if err := errors.Join(wrong...); err != nil {
		return usagef("%w", err)
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		there := map[string]bool{}
		if err := s.SetHours(ctx, func(all map[string]schedule.Hours) error {
			clear(there)
			for _, name := range names {
				if _, found := all[name]; found {
					there[name] = true
					delete(all, name)
				}
			}
			return nil
		}); err != nil {
			return err
		}
		missing := false
		for _, name := range names {
			if !there[name] {
				missing = true
				p.say("%s has no working time of its own", name)
				continue
			}
			if _, err := fmt.Fprintf(p.out, "removed the working time of %s\n", name); err != nil {
				return err
			}
		}
		if missing {
			return errNo
		}
		return nil
	})
}
