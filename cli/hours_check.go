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
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Action: p.hoursCheck,
	}
}

// hoursCheckReport is the answer of `hours check` in JSON.
type hoursCheckReport struct {
	Number string    `json:"number"`
	At     time.Time `json:"at"`
	// Status is "open", "closed" or "unknown", Until when that ends, left out
	// for never.
	Status string    `json:"status"`
	Why    string    `json:"why"`
	Until  time.Time `json:"until,omitzero"`
	// Hours are those that decide, "" for none, and Own says whether they are
	// the number's own rather than the default.
	Hours string `json:"hours"`
	Own   bool   `json:"own"`
}

func (p *program) hoursCheck(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	name, number, err := readHoursNumber(c, conf.Region)
	if err != nil {
		return err
	}
	if c.IsSet("at") {
		if _, err := app.ParseMoment(c.String("at"), p.now(), time.Local); err != nil {
			return usagef("--at: %w", err)
		}
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		times, err := s.Schedule(ctx)
		if err != nil {
			return err
		}
		at, err := p.readHoursMoment(c, times, number)
		if err != nil {
			return err
		}
		if format == outputJSON {
			err = writeJSON(p.out, newHoursCheckReport(name, times, number, at))
		} else {
			err = p.writeHoursCheck(name, times, number, at)
		}
		if err == nil {
			hours, _ := times.Hours(number)
			err = p.tellUnfetched(ctx, s, hours.Calendars())
		}
		if err == nil && times.At(number, at).Closed() {
			return errNo
		}
		return err
	})
}

// readHoursMoment reads --at by the clocks of the number's zone.
func (p *program) readHoursMoment(c *cli.Context, times schedule.Schedule, number phone.Number) (time.Time, error) {
	zone := time.Local
	if hours, _ := times.Hours(number); !hours.IsZero() {
		zone = hours.Zone()
	}
	if !c.IsSet("at") {
		return p.now().In(zone), nil
	}
	at, err := app.ParseMoment(c.String("at"), p.now(), zone)
	return at.In(zone), err
}

func newHoursCheckReport(name string, times schedule.Schedule, number phone.Number, at time.Time) hoursCheckReport {
	hours, own := times.Hours(number)
	state := times.At(number, at)
	report := hoursCheckReport{
		Number: name, At: at, Status: string(state.Status), Why: state.Why, Until: times.Until(number, at),
		Hours: store.ShownHours(hours.String()), Own: own,
	}
	if state.Status == schedule.Unknown {
		report.Status = "unknown"
	}
	return report
}

func (p *program) writeHoursCheck(name string, times schedule.Schedule, number phone.Number, at time.Time) error {
	state := times.At(number, at)
	line := fmt.Sprintf("%s at %s: %s", name, zoneTime(at), state)
	if state.Status != schedule.Unknown {
		line += ", " + untilWords(times.Until(number, at))
	}
	_, err := fmt.Fprintln(p.out, printable(line))
	return err
}
