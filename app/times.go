package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/span"
)

// moments are the layouts of dates and times.
var moments = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly,
}

// ParseMoment reads a date and time, a date, or a time of today. A text without a
// zone is in the given zone.
func ParseMoment(text string, now time.Time, zone *time.Location) (time.Time, error) {
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
	return time.Time{}, fmt.Errorf("invalid time %q: use for example 2026-11-23T14:30, 2026-11-23 or 14:30", text)
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

// ReadTimes reads the fields since and until; "" is the zero Time.
func ReadTimes(since, until string, now time.Time) (from, to time.Time, err error) {
	var errs Errors
	if since != "" {
		from, err = parseSince(since, now)
		errs.add("since", err)
	}
	if until != "" {
		to, err = parseSince(until, now)
		errs.add("until", err)
	}
	return from, to, errs.err()
}

// parseSince reads a time, or a duration before now.
func parseSince(text string, now time.Time) (time.Time, error) {
	if length, err := span.Parse(text); err == nil {
		return now.Add(-length), nil
	}
	at, err := ParseMoment(text, now, time.Local)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w, or 2h for the last two hours", err)
	}
	return at, nil
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
