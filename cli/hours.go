package cli

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

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

// readHoursName reads a dialled number in any spelling, or "default", for which
// it returns the zero Number. The name is what hours are kept under.
func readHoursName(text string, region phone.Region) (name string, number phone.Number, err error) {
	if text == schedule.Default {
		return schedule.Default, phone.Number{}, nil
	}
	number, err = region.Number(text)
	return number.String(), number, err
}

// readHoursNumber reads the only argument.
func readHoursNumber(c *cli.Context, region phone.Region) (string, phone.Number, error) {
	if c.NArg() != 1 {
		return "", phone.Number{}, usagef("name one number. See `%s --help`", c.Command.HelpName)
	}
	name, number, err := readHoursName(c.Args().First(), region)
	if err != nil {
		return "", phone.Number{}, usagef("%w", err)
	}
	return name, number, nil
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
		Flags: append([]cli.Flag{newOutputFlag(outputTable, outputJSON, outputCSV)}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Action: func(c *cli.Context) error {
			conf, format, err := p.configAndOutput(c, outputTable, outputJSON, outputCSV)
			if err != nil {
				return err
			}
			var name string
			var number phone.Number
			if c.NArg() > 0 {
				if name, number, err = readHoursNumber(c, conf.Region); err != nil {
					return err
				}
			}
			return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
				times, err := s.Schedule(ctx)
				if err != nil {
					return err
				}
				reports := hoursReports(times, p.now())
				if name != "" {
					reports = hoursReportOf(times, number, p.now())
				}
				if err := writeRows(p.out, format, hoursColumns(), reports); err != nil {
					return err
				}
				if name != "" && len(reports) == 0 {
					p.say("there is no working time for %s, and no default", name)
					return errNo
				}
				if name != "" {
					hours, _ := times.Hours(number)
					return p.tellUnfetched(ctx, s, hours.Calendars())
				}
				return p.tellUnfetched(ctx, s, times.Addresses())
			})
		},
	}
}

// hoursReport is working time as it is shown: without secrets.
type hoursReport struct {
	// Name is the number, or "default".
	Name  string `json:"number"`
	Hours string `json:"hours"`
	// Status and Why are what it means at the moment, Until is when that ends,
	// zero for never.
	Status schedule.Status `json:"status"`
	Why    string          `json:"why"`
	Until  time.Time       `json:"until,omitzero"`
}

func newHoursReport(times schedule.Schedule, number phone.Number, at time.Time) hoursReport {
	hours, own := times.Hours(number)
	state := times.At(number, at)
	report := hoursReport{
		Name: number.String(), Hours: store.ShownHours(hours.String()),
		Status: state.Status, Why: state.Why, Until: times.Until(number, at),
	}
	if !own {
		report.Name = schedule.Default
	}
	return report
}

// hoursReports returns the default first, then the numbers.
func hoursReports(times schedule.Schedule, at time.Time) []hoursReport {
	var reports []hoursReport
	if !times.Others().IsZero() {
		reports = append(reports, newHoursReport(times, phone.Number{}, at))
	}
	numbers := slices.SortedFunc(maps.Keys(times.Numbers()), func(a, b phone.Number) int { return cmp.Compare(a.String(), b.String()) })
	for _, number := range numbers {
		reports = append(reports, newHoursReport(times, number, at))
	}
	return reports
}

// hoursReportOf returns what counts for a number, if anything does.
func hoursReportOf(times schedule.Schedule, number phone.Number, at time.Time) []hoursReport {
	if hours, _ := times.Hours(number); hours.IsZero() {
		return nil
	}
	return []hoursReport{newHoursReport(times, number, at)}
}

func hoursColumns() []column[hoursReport] {
	return []column[hoursReport]{
		{"number", func(r hoursReport) any { return r.Name }},
		{"now", func(r hoursReport) any { return string(r.Status) }},
		{"until", func(r hoursReport) any { return zoneTime(r.Until) }},
		{"hours", func(r hoursReport) any { return r.Hours }},
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
