package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/span"
	"github.com/ringfence/ringfence/typed"
)

// moments are the layouts of dates and times that machines write.
var moments = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00",
}

const momentUsage = "use for example 2026-11-23T14:30, 23.11.2026, yesterday 14:30 or 14:30"

// ParseMoment reads a date and time, a date, or a time of today: forms that machines
// write, dates as the clause "off" of working time takes them, now, today, yesterday,
// tomorrow and days of the week. A text without a zone is in the given zone. A date
// means its beginning. A day of the week, or a date without a year, means the next
// one, today included.
func ParseMoment(text string, now time.Time, zone *time.Location) (time.Time, error) {
	read, err := readMoment(text, now.In(zone), next)
	return read.begin, err
}

// ReadEnd reads when something ends, as ParseMoment reads it. A date means the end of
// that day. The end is after now, and at most span.Max later.
func ReadEnd(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if _, err := span.Parse(text); err == nil || errors.Is(err, span.ErrUnit) {
		return time.Time{}, fmt.Errorf("%q says how long, not until when: use for example 24.12.2026, tomorrow or 18:00", text)
	}
	read, err := readMoment(text, now.In(zone), next)
	switch {
	case err != nil:
		return time.Time{}, err
	case !read.end.After(now):
		return time.Time{}, fmt.Errorf("%q has passed at %s: use a later time, for example tomorrow 18:00", text, read.end.Format("2006-01-02 15:04"))
	case read.end.Sub(now) > span.Max:
		return time.Time{}, fmt.Errorf("%q is more than 100 years away", text)
	}
	return read.end, nil
}

// ReadMoment reads the field "at" in a zone; "" means now.
func ReadMoment(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		return now.In(zone), nil
	}
	at, err := ParseMoment(text, now, zone)
	if err != nil {
		return at, Errorf(Invalid, "at", "%w", err)
	}
	return at.In(zone), nil
}

// ReadTimes reads the fields since and until of a search in the past; "" is the zero
// Time. Both are times as ParseMoment reads them, or durations before now. A date as
// until includes that day. Since is before until, and not in the future. A day of the
// week, or a date without a year, means the last one, today included.
func ReadTimes(since, until string, now time.Time) (from, to time.Time, err error) {
	var errs Errors
	if since != "" {
		read, err := readPast(since, now)
		errs.add("since", err)
		from = read.begin
	}
	if until != "" {
		read, err := readPast(until, now)
		errs.add("until", err)
		to = read.end
	}
	if err := errs.err(); err != nil {
		return from, to, err
	}
	switch {
	case since != "" && until != "" && !from.Before(to):
		errs.add("since", fmt.Errorf("%q is not before the end, %q: nothing is between them", since, until))
	case from.After(now):
		errs.add("since", fmt.Errorf("%q is in the future", since))
	}
	return from, to, errs.err()
}

// readPast reads a time, or a duration before now.
func readPast(text string, now time.Time) (period, error) {
	ago := typed.Plain(text)
	if cut := len(ago) - len(" ago"); cut > 0 && strings.EqualFold(ago[cut:], " ago") {
		ago = ago[:cut]
	}
	switch length, err := span.Parse(ago); {
	case err == nil:
		return instant(now.Add(-length)), nil
	case errors.Is(err, span.ErrUnit):
		return period{}, err
	}
	read, err := readMoment(text, now.In(time.Local), last)
	if err != nil && strings.HasSuffix(err.Error(), momentUsage) {
		err = fmt.Errorf("%w, or 2h for the last two hours", err)
	}
	return read, err
}

// A period is what a text names: a day, or a moment, which begins as it ends.
type period struct{ begin, end time.Time }

func instant(at time.Time) period { return period{at, at} }

// A direction says which of many days a text without a year means.
type direction int

const (
	// last is today or before, next is today or after.
	last direction = -1
	next direction = +1
)

// readMoment reads a text in the zone of now: a day, a time of the day, or both in
// any order.
func readMoment(text string, now time.Time, which direction) (period, error) {
	plain := typed.Plain(text)
	for _, form := range moments {
		if at, err := time.ParseInLocation(form, strings.ToUpper(plain), now.Location()); err == nil {
			return instant(at), nil
		}
	}
	plain = strings.ToLower(plain)
	if plain == "now" {
		return instant(now), nil
	}
	on, rest, dated, err := cutDay(plain, now, which)
	if err != nil {
		return period{}, err
	}
	if dated && rest == "" {
		return period{midnight(on, now.Location()), midnight(on.AddDate(0, 0, 1), now.Location())}, nil
	}
	clock, rest, timed := cutClock(rest)
	if timed && !dated {
		if on, rest, dated, err = cutDay(rest, now, which); err != nil {
			return period{}, err
		}
	}
	if !dated {
		on = civil(now)
	}
	at := clock.on(on, now.Location())
	if timed && (rest == "" || rest == strings.ToLower(at.Format("MST"))) {
		return instant(at), nil
	}
	if zone := zoneAfter(rest); timed && zone != nil {
		return instant(clock.on(on, zone)), nil
	}
	return period{}, fmt.Errorf("invalid time %q: %s", text, momentUsage)
}

// zoneAfter reads the zone after a time, as in 18:00 +0100; nil if it is none.
func zoneAfter(text string) *time.Location {
	if text == "utc" || text == "z" {
		return time.UTC
	}
	for _, form := range []string{"-0700", "-07:00"} {
		if at, err := time.Parse(form, text); err == nil {
			_, offset := at.Zone()
			return time.FixedZone("", offset)
		}
	}
	return nil
}

// civil returns the day of a moment as the beginning of that day in UTC, with which
// one can reckon.
func civil(at time.Time) time.Time {
	year, month, day := at.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// midnight returns the beginning of a civil day in a zone, which is later than
// midnight where the clocks skip it.
func midnight(day time.Time, zone *time.Location) time.Time {
	at := clock{}.on(day, zone)
	if at.Day() != day.Day() {
		at = at.Add(time.Hour)
	}
	return at
}

// joint is what may stand between a day and a time.
var joint = regexp.MustCompile(`^ ?(?:, ?|at |on )?`)

// cutDay reads the civil day at the beginning of a text, as typed.Lower returns it.
func cutDay(text string, now time.Time, which direction) (on time.Time, rest string, found bool, err error) {
	text = text[len(joint.FindString(text)):]
	word, after, _ := strings.Cut(text, " ")
	weekday, named := weekdayOf(strings.TrimRight(word, ".,"))
	if named {
		// Thu 2026-12-24, as our own output has it.
		text = after
	}
	today := civil(now)
	date, afterDate, dated, err := schedule.CutDate(text, momentUsage)
	switch {
	case err != nil:
		return on, "", true, err
	case dated:
		on, rest = dayOf(date, today, which), afterDate
		if named && on.Weekday() != weekday {
			return on, "", true, fmt.Errorf("%s is a %s: correct one of them", on.Format(time.DateOnly), on.Weekday())
		}
	case named:
		days := (int(weekday-today.Weekday()) + 7) % 7
		if which == last && days > 0 {
			days -= 7
		}
		on, rest = today.AddDate(0, 0, days), after
	default:
		days, known := map[string]int{"yesterday": -1, "today": 0, "tomorrow": 1}[strings.TrimRight(word, ",")]
		if !known {
			return on, text, false, nil
		}
		on, rest = today.AddDate(0, 0, days), after
	}
	return on, rest[len(joint.FindString(rest)):], true, nil
}

// dayOf returns the civil day of a date; without a year, the one that is nearest to
// today in a direction.
func dayOf(date schedule.Date, today time.Time, which direction) time.Time {
	on := func(year int) time.Time { return time.Date(year, date.Month, date.Day, 0, 0, 0, 0, time.UTC) }
	if date.Year != 0 {
		return on(date.Year)
	}
	year := today.Year()
	// 29 February is up to eight years away.
	for on(year).Day() != date.Day || on(year).Compare(today) == -int(which) {
		year += int(which)
	}
	return on(year)
}

// weekdayOf reads an English name of a day, or a beginning of three letters or more.
func weekdayOf(word string) (time.Weekday, bool) {
	for weekday := time.Sunday; weekday <= time.Saturday; weekday++ {
		if len(word) >= 3 && strings.HasPrefix(strings.ToLower(weekday.String()), word) {
			return weekday, true
		}
	}
	return 0, false
}

var clockTime = regexp.MustCompile(`^(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?(?: ?([ap])\.?m\b\.?)?(?: |$)`)

// A clock is a time of the day: hours up to 24, minutes and seconds.
type clock [3]int

// on returns the time on a civil day in a zone.
func (c clock) on(day time.Time, zone *time.Location) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), c[0], c[1], c[2], 0, zone)
}

// cutClock reads the time of the day at the beginning of a text, as typed.Lower
// returns it.
func cutClock(text string) (c clock, rest string, found bool) {
	match := clockTime.FindStringSubmatch(text)
	if match == nil || match[2] == "" && match[4] == "" {
		return c, text, false
	}
	for i := range c {
		c[i], _ = strconv.Atoi("0" + match[i+1])
	}
	if half := match[4]; half != "" {
		if c[0] < 1 || c[0] > 12 {
			return c, text, false
		}
		c[0] %= 12
		if half == "p" {
			c[0] += 12
		}
	}
	if c[0] > 23 && c != (clock{24}) || c[1] > 59 || c[2] > 59 {
		return c, text, false
	}
	return c, text[len(match[0]):], true
}

// MachineZone returns the time zone of this machine with its name, nil if unknown.
// time.Local has no name that other machines know.
func MachineZone(getenv func(string) string) *time.Location {
	return namedZone(getenv("TZ"), "/etc/localtime", "/etc/timezone")
}

// namedZone looks for the name of a zone in TZ, in the target of a link, and in a
// file.
func namedZone(tz, link, file string) *time.Location {
	if name := strings.TrimPrefix(tz, ":"); name != "" {
		return zoneOf(name)
	}
	if target, err := filepath.EvalSymlinks(link); err == nil {
		if zone := zoneOf(target); zone != nil {
			return zone
		}
	}
	text, err := os.ReadFile(file) //nolint:gosec // Only the system's own file is read, or a test's.
	if err != nil {
		return nil
	}
	return zoneOf(strings.TrimSpace(string(text)))
}

// zoneOf returns the zone of a name or of a file below zoneinfo.
func zoneOf(name string) *time.Location {
	if _, inFolder, found := strings.Cut(name, "/zoneinfo/"); found {
		name = inFolder
	}
	zone, err := schedule.LoadZone(name)
	if err != nil {
		return nil
	}
	return zone
}

// FormatSpan returns a span as people type it, such as "7d"; "" for 0.
func FormatSpan(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return span.Format(time.Duration(seconds) * time.Second)
}
