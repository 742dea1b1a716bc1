package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

func (p *program) hoursImportCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "set the working time of many numbers from a file",
		ArgsUsage: "FILE|-",
		Description: `
Reads a file with a line for each number, and sets the working time of all of
them, or of none if a line is wrong. Numbers that the file doesn't name keep
theirs. Blank lines and what follows a # after a blank are left out:

   # number or default: text, see "ringfence hours set --help"
   default: mon-fri 09:00-18:00; zone Europe/Berlin; holidays DE
   +4930888: 24/7; zone Europe/Berlin

Examples:
   ringfence hours import hours.txt
   ringfence hours export | ssh other ringfence hours import -` + exits("0 set,"),
		Flags:  configFlags(config.AsksStore | config.ReadsNumbers),
		Action: p.hoursImport,
	}
}

func (p *program) hoursImport(c *cli.Context) error {
	conf, err := p.config(c)
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
	read, err := p.readHoursFile(file, name, conf.Region)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		var added, changed, same int
		if err := s.SetHours(ctx, func(all map[string]schedule.Hours) error {
			added, changed, same = 0, 0, 0
			for number, hours := range read {
				before, found := all[number]
				switch {
				case !found:
					added++
				case before.Equal(hours):
					same++
				default:
					changed++
				}
				all[number] = hours
			}
			return nil
		}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.out, "working time of %d: %d added, %d changed, %d the same\n", len(read), added, changed, same)
		return err
	})
}

// readHoursFile reads lines of NUMBER: TEXT. The error tells of each line that
// is wrong.
func (p *program) readHoursFile(file io.Reader, name string, region phone.Region) (map[string]schedule.Hours, error) {
	lines, err := app.ReadLines(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	read, where := map[string]schedule.Hours{}, map[string]int{}
	var wrong []error
	for _, line := range lines {
		number, hours, err := p.readHoursLine(line.Text, region)
		if earlier, twice := where[number]; err == nil && twice {
			err = fmt.Errorf("%s stands in line %d already; leave one of them out", number, earlier)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: line %d: %w", name, line.Number, err))
			continue
		}
		read[number], where[number] = hours, line.Number
	}
	if len(wrong) > 0 {
		return nil, usagef("%w", errors.Join(wrong...))
	}
	return read, nil
}

func (p *program) readHoursLine(line string, region phone.Region) (string, schedule.Hours, error) {
	name, text, found := strings.Cut(line, ": ")
	if !found {
		return "", schedule.Hours{}, errors.New("write a number, a colon, a blank and its working time, such as +4930888: mon-fri 09:00-18:00")
	}
	number, _, err := readHoursName(strings.TrimSpace(name), region)
	if err != nil {
		return "", schedule.Hours{}, err
	}
	hours, err := p.parseHours(text)
	return number, hours, err
}

func (p *program) hoursExportCommand() *cli.Command {
	return &cli.Command{
		Name:  "export",
		Usage: "write the working time of all numbers as a file",
		Description: `
Writes a line for each number, as "ringfence hours import" reads it, to stdout.
Addresses of calendars are written whole, with the secrets that they may hold.

Examples:
   ringfence hours export > hours.txt` + exits("0 written, even if there is none,"),
		Flags: configFlags(config.AsksStore),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			conf, err := p.config(c)
			if err != nil {
				return err
			}
			return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
				times, err := s.Schedule(ctx)
				if err != nil {
					return err
				}
				texts, _ := times.Texts()
				if others, found := texts[schedule.Default]; found {
					delete(texts, schedule.Default)
					if _, err := fmt.Fprintf(p.out, "%s: %s\n", schedule.Default, others); err != nil {
						return err
					}
				}
				for _, name := range slices.Sorted(maps.Keys(texts)) {
					if _, err := fmt.Fprintf(p.out, "%s: %s\n", name, texts[name]); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}
