package listfile

import (
	"regexp"
	"strings"
	"time"
)

// instantForms are the forms of dates and times as spreadsheets and people write them.
var instantForms = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
	"2006/1/2 15:04", "2006/1/2 15:04:05", "2.1.2006 15:04", "2.1.2006 15:04:05",
}

// dayOrMonth is a date whose first number is a day in some countries and a month in
// others.
var dayOrMonth = regexp.MustCompile(`^\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b`)

// dateForms are those without a time of the day.
var dateForms = []string{time.DateOnly, "2006/1/2", "2.1.2006"}

// expires is the column of the end of entries. A date there means the end of that day.
const expires = "expires"

// instant reads the time in a cell. A time without a zone is in the given one; nil
// means UTC.
func instant(name, cell string, zone *time.Location) (time.Time, *Problem) {
	cell = strings.TrimFunc(cell, isInvisible)
	if cell == "" {
		return time.Time{}, nil
	}
	if zone == nil {
		zone = time.UTC
	}
	for _, form := range instantForms {
		if at, err := time.ParseInLocation(form, cell, zone); err == nil {
			return at, nil
		}
	}
	for _, form := range dateForms {
		if at, err := time.ParseInLocation(form, cell, zone); err == nil {
			if name == expires {
				at = at.AddDate(0, 0, 1)
			}
			return at, nil
		}
	}
	detail := name + ": invalid time; use for example 2026-11-24 or 2026-11-24T15:04:05Z"
	if dayOrMonth.MatchString(cell) {
		detail = name + ": day and month are not clear; use year-month-day, for example 2026-11-24"
	}
	return time.Time{}, &Problem{Cause: BadTime, Detail: detail}
}
