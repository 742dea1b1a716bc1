package cli

import (
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/span"
)

// moments are the forms of a time of day or a date, as read and as shown.
var moments = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly,
}

// parseMoment reads a date and time, a date, or a time of today's; without a
// zone it means local time.
func parseMoment(text string, now time.Time) (time.Time, error) {
	return parseMomentIn(text, now, time.Local)
}

// parseMomentIn does so for another zone than the local one.
func parseMomentIn(text string, now time.Time, zone *time.Location) (time.Time, error) {
	for _, form := range moments {
		if at, err := time.ParseInLocation(form, text, zone); err == nil {
			return at, nil
		}
	}
	for _, form := range []string{"15:04:05", "15:04"} {
		if at, err := time.ParseInLocation(form, text, zone); err == nil {
			year, month, today := now.In(zone).Date()
			return time.Date(year, month, today, at.Hour(), at.Minute(), at.Second(), 0, zone), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write for example 2026-11-23T14:30, 2026-11-23 or 14:30", text)
}

// readTimes reads --since and --until; one that isn't there is the zero Time.
func (p *program) readTimes(c *cli.Context) (since, until time.Time, err error) {
	if c.IsSet("since") {
		if since, err = parseSince(c.String("since"), p.now()); err != nil {
			return since, until, usagef("--since: %w", err)
		}
	}
	if c.IsSet("until") {
		if until, err = parseSince(c.String("until"), p.now()); err != nil {
			return since, until, usagef("--until: %w", err)
		}
	}
	return since, until, nil
}

// parseSince reads a moment, or a span that lies behind now.
func parseSince(text string, now time.Time) (time.Time, error) {
	if length, err := span.Parse(text); err == nil {
		return now.Add(-length), nil
	}
	at, err := parseMoment(text, now)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w, or 2h for the last two hours", err)
	}
	return at, nil
}
