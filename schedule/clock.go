package schedule

import (
	"fmt"
	"time"
)

const (
	secondsPerDay = 24 * 60 * 60
	minutesPerDay = 24 * 60
)

// wall is a local time of a zone, in seconds since 1970-01-01 00:00 in
// local time. When clocks go back, two moments have the same wall time.
type wall int64

// wallOf returns the local time of the zone.
func wallOf(at time.Time, zone *time.Location) wall {
	_, offset := at.In(zone).Zone()
	return wall(at.Unix() + int64(offset))
}

func (w wall) time() time.Time { return time.Unix(int64(w), 0).UTC() }

// split returns the day and the seconds since its midnight.
func (w wall) split() (date, int) {
	day := w / secondsPerDay
	rest := w % secondsPerDay
	if rest < 0 {
		day, rest = day-1, rest+secondsPerDay
	}
	return date(day), int(rest)
}

// date is a day of the calendar, in days since 1970-01-01.
type date int

func dateOf(year int, month time.Month, day int) date {
	return date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

func (d date) midnight() wall { return wall(d) * secondsPerDay }

func (d date) day() day {
	year, month, number := d.midnight().time().Date()
	return day{year, month, number}
}

func (d date) weekday() time.Weekday { return d.midnight().time().Weekday() }

func (d date) String() string { return d.midnight().time().Format(time.DateOnly) }

// span is an interval of a day in minutes since its midnight; to isn't part
// of it and is up to a day later when the interval runs over midnight.
type span struct{ from, to int }

func (s span) contains(second int) bool { return s.from*60 <= second && second < s.to*60 }

func (s span) String() string {
	to := s.to
	if to > minutesPerDay {
		to -= minutesPerDay
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.from/60, s.from%60, to/60, to%60)
}

// day is a day as people write it; year 0 is every year.
type day struct {
	year  int
	month time.Month
	day   int
}

func (d day) String() string {
	if d.year == 0 {
		return fmt.Sprintf("%02d.%02d", d.day, int(d.month))
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.year, int(d.month), d.day)
}

func (d day) yearless() day { return day{0, d.month, d.day} }

func (d day) compare(other day) int {
	return (d.year-other.year)*10000 + int(d.month-other.month)*100 + d.day - other.day
}

// days is a day, or all days from one to another. Both have a year or neither
// has; without, a range may run over the turn of the year.
type days struct{ from, to day }

func (d days) String() string {
	if d.from == d.to {
		return d.from.String()
	}
	return d.from.String() + ".." + d.to.String()
}

func (d days) contains(day day) bool {
	if d.from.year == 0 {
		day = day.yearless()
	}
	afterFrom, beforeTo := d.from.compare(day) <= 0, day.compare(d.to) <= 0
	if d.from.compare(d.to) > 0 {
		return afterFrom || beforeTo
	}
	return afterFrom && beforeTo
}

func compareDays(a, b days) int {
	if order := a.from.compare(b.from); order != 0 {
		return order
	}
	return a.to.compare(b.to)
}
