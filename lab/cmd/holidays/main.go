// Holidays compares the public holidays of all regions with those of Debian's package
// python3-holidays, from Monday to Friday, and exits with 1 if a difference has no
// law in the table of amendments. Its argument is a year, or the first and the last
// one, such as 2026-2032; without it, this year and the next six.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/schedule"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "holidays:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	first, last, err := readYears(args, time.Now().Year())
	if err != nil {
		return err
	}
	var codes []string
	for _, region := range schedule.Regions() {
		codes = append(codes, region.Code)
	}
	theirs, version, err := lab.DebianHolidays(ctx, slog.New(slog.NewTextHandler(os.Stderr, nil)), codes, first, last)
	if err != nil {
		return err
	}
	found := compare(codes, theirs, first, last)
	for _, line := range found.unexplained {
		fmt.Fprintln(out, line)
	}
	for _, law := range slices.Sorted(maps.Keys(found.explained)) {
		fmt.Fprintf(out, "%s: %d days\n", law, found.explained[law])
	}
	fmt.Fprintf(out, "%d regions, %d to %d, Monday to Friday, beside python3-holidays %s: %d days differ by a law of the table, %d differ without one\n",
		found.regions, first, last, version, found.lawful, len(found.unexplained))
	if len(found.unknown) > 0 {
		fmt.Fprintln(out, "not compared, since it does not know them:", strings.Join(found.unknown, " "))
	}
	if len(found.unexplained) > 0 {
		return errors.New("add the law to schedule/amended.go")
	}
	return nil
}

// readYears reads the first and the last year.
func readYears(args []string, now int) (first, last int, err error) {
	const ahead = 6
	if len(args) == 0 || args[0] == "" {
		return now, now + ahead, nil
	}
	from, to, ranged := strings.Cut(args[0], "-")
	if !ranged {
		to = from
	}
	first, err = strconv.Atoi(from)
	if err == nil {
		last, err = strconv.Atoi(to)
	}
	if err != nil || len(args) > 1 || first < 2000 || last < first || last > 2199 {
		return 0, 0, fmt.Errorf("invalid years %q: use for example 2027, or 2026-2032", strings.Join(args, " "))
	}
	return first, last, nil
}

type differences struct {
	regions, lawful int
	// explained counts days by region and law.
	explained   map[string]int
	unexplained []string
	unknown     []string
}

func compare(codes []string, theirs lab.PublicHolidays, first, last int) differences {
	found := differences{explained: map[string]int{}}
	for _, code := range codes {
		days, known := theirs[code]
		if !known {
			found.unknown = append(found.unknown, code)
			continue
		}
		found.regions++
		ours := map[string]string{}
		for year := first; year <= last; year++ {
			for _, holiday := range schedule.Holidays(code, year) {
				ours[holiday.Day.Format(time.DateOnly)] = holiday.Name
			}
		}
		for at := time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() <= last; at = at.AddDate(0, 0, 1) {
			if weekday := at.Weekday(); weekday != time.Saturday && weekday != time.Sunday {
				day := at.Format(time.DateOnly)
				found.add(code, at, ours[day], days[day])
			}
		}
	}
	return found
}

func (d *differences) add(code string, at time.Time, ours, theirs string) {
	if (ours == "") == (theirs == "") {
		return
	}
	if amendment, found := schedule.Difference(code, at, theirs); found {
		d.lawful++
		d.explained[code+", "+string(amendment.Change)+", "+amendment.Law]++
		return
	}
	if ours != "" {
		d.unexplained = append(d.unexplained, fmt.Sprintf("%s %s: only here: %s", code, at.Format(time.DateOnly), ours))
	} else {
		d.unexplained = append(d.unexplained, fmt.Sprintf("%s %s: only there: %s", code, at.Format(time.DateOnly), theirs))
	}
}
