package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
)

func (p *program) hoursSetCommand() *cli.Command {
	return &cli.Command{
		Name:      "set",
		Usage:     "set the working time of a number",
		ArgsUsage: "NUMBER|default TEXT",
		Description: `
Sets or replaces working time. This takes effect with the next call. Without a
zone, the zone of this machine is used and stored. The output shows how the text
was read.
` + hoursNameUsage + `   TEXT      clauses separated by semicolons:
             mon-fri 09:00-12:30, 13:30-18:00    days of the week, and hours; 9-5 is
                                                 nine to five, 09:00-05:00 a night
             fri, sat 22:00-06:00                a night; it belongs to its first day
             24/7, closed                        always, never
             zone Europe/Berlin                  the time zone
             off 25.12, 2027-01-01, 24.12..02.01 days off, every year or once
             holidays DE-BY                      public holidays of a country or region
             work 2026-12-05 10:00-14:00         extra working days; they override
                                                 everything that closes
             calendar https://example.org/a.ics  closed during the events of an iCal feed

Examples:
   ringfence hours set +4930888 "mon-fri 9-18; sat 10-14; holidays DE-BE"
   ringfence hours set "+493023125*" "mon-fri 8-17; zone Europe/Berlin"
   ringfence hours set default "24/7; zone Europe/Berlin"` + exits("0 set,"),
		Flags:  append([]cli.Flag{newOutputFlag()}, configFlags(config.NeedsStore|config.ReadsNumbers|config.Fetches)...),
		Action: p.hoursSet,
	}
}

func (p *program) hoursSet(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	if c.NArg() < 2 {
		return usagef("name a number or %s, and its working time. See `%s --help`", schedule.Default, c.Command.HelpName)
	}
	number, err := p.hours(conf).ReadNumber(c.Args().First())
	if err != nil {
		return err
	}
	set, err := p.readHours(strings.Join(c.Args().Tail(), " "))
	if err != nil {
		return err
	}
	return p.withHours(c, conf, func(ctx context.Context, hours app.Hours) error {
		if _, err := hours.Set(ctx, map[phone.Pattern]schedule.Hours{number: set}); err != nil {
			return err
		}
		state, failing, err := hours.Check(ctx, number, "")
		if err != nil {
			return err
		}
		err = writeOne(p, format, state, func() error {
			_, err := fmt.Fprintf(p.out, "%s\nread as: %s\n",
				printable(fmt.Sprintf("%s: %s %s (%s)", state.Number, state.Status, untilText(state), state.Why)), printable(state.Hours))
			return err
		})
		p.reportParts(set)
		p.reportFailing(failing)
		return err
	})
}

// reportParts reports countries that have more holidays in their parts.
func (p *program) reportParts(hours schedule.Hours) {
	for _, code := range hours.Holidays() {
		if parts := schedule.Parts(code); len(parts) > 0 {
			p.say("holidays %s are only those of all its parts: to have all days, name one of %s", code, strings.Join(parts, ", "))
		}
	}
}

func (p *program) hoursRemoveCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "remove the working time of numbers",
		ArgsUsage: "NUMBER|default…",
		Description: `
Removes the working time of numbers. That of a range, or the default, then
applies to them; without any, they are always open.
` + hoursNameUsage + `
Examples:
   ringfence hours remove +4930888
   ringfence hours remove default` + exits("0 removed, 3 a number has no working time of its own,"),
		Flags:  append([]cli.Flag{newOutputFlag()}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.hoursRemove,
	}
}

func (p *program) hoursRemove(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	if !c.Args().Present() {
		return usagef("name a number. See `%s --help`", c.Command.HelpName)
	}
	if err := unquotedDialled(c); err != nil {
		return err
	}
	var numbers []phone.Pattern
	var wrong []error
	for _, text := range c.Args().Slice() {
		number, err := p.hours(conf).ReadNumber(text)
		wrong = append(wrong, err)
		numbers = append(numbers, number)
	}
	if err := join(wrong...); err != nil {
		return err
	}
	return p.withHours(c, conf, func(ctx context.Context, hours app.Hours) error {
		removals, err := hours.Remove(ctx, numbers)
		if format != outputTable {
			err = join(writePage(p, format, nil, app.Whole(removals)), err)
		} else {
			err = join(p.writeRemovals(removals), err)
		}
		if err == nil && slices.ContainsFunc(removals, func(r app.HoursRemoval) bool { return r.Effect == app.NoEntry }) {
			return errNo
		}
		return err
	})
}

func (p *program) writeRemovals(removals []app.HoursRemoval) error {
	for _, r := range removals {
		switch {
		case r.Effect == app.Removed:
			if _, err := fmt.Fprintf(p.out, "removed the working time of %s\n", r.Number); err != nil {
				return err
			}
		case r.Applies == "" || r.Applies == schedule.Default:
			p.say("%s has no working time of its own", r.Number)
		default:
			p.say("%s has no working time of its own; that of %s applies", r.Number, r.Applies)
		}
	}
	return nil
}

func (p *program) hoursImportCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "set the working time of many numbers from a file",
		ArgsUsage: "FILE|-",
		Description: `
Reads a file with one line per number, and sets the working time of these
numbers. If a line is invalid, nothing is changed. Other numbers are not
changed. Blank lines and comments are skipped:

   # NUMBER or default: TEXT, see "ringfence hours set --help"
   default: mon-fri 09:00-18:00; zone Europe/Berlin; holidays DE
   +4930888: 24/7; zone Europe/Berlin

Examples:
   ringfence hours import hours.txt
   ringfence hours export | ssh other ringfence hours import -` + exits("0 set,"),
		Flags:  append([]cli.Flag{newOutputFlag()}, configFlags(config.NeedsStore|config.ReadsNumbers|config.Fetches)...),
		Action: p.hoursImport,
	}
}

func (p *program) hoursImport(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	file, err := p.openInput(c)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // It was only read.
	name := file.name
	if name == stdinArgument {
		name = "stdin"
	}
	read, err := p.hours(conf).ReadFile(file, name)
	if err != nil {
		return err
	}
	return p.withHours(c, conf, func(ctx context.Context, hours app.Hours) error {
		done, err := hours.Set(ctx, read)
		if err != nil {
			return err
		}
		return writeOne(p, format, done, func() error {
			_, err := fmt.Fprintf(p.out, "working time of %d numbers: %d added, %d changed, %d unchanged\n", len(read), done.Added, done.Changed, done.Unchanged)
			return err
		})
	})
}

func (p *program) hoursExportCommand() *cli.Command {
	return &cli.Command{
		Name:  "export",
		Usage: "write the working time of all numbers as a file",
		Description: `
Writes one line per number to stdout, for "ringfence hours import". Addresses
of calendars are written with their secrets.

Examples:
   ringfence hours export > hours.txt` + exits("0 written, even if no working time is set,"),
		Flags:  configFlags(config.NeedsStore),
		Action: p.hoursExport,
	}
}

func (p *program) hoursExport(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	return p.withHours(c, conf, func(ctx context.Context, hours app.Hours) error {
		lines, err := hours.Export(ctx)
		for _, line := range lines {
			if _, err := fmt.Fprintln(p.out, line); err != nil {
				return err
			}
		}
		return err
	})
}
