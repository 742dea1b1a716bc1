package schedule

import (
	"time"

	"github.com/rickar/cal/v2"
)

// A calc returns the day of a holiday in a year, the zero time for none.
type calc func(year int) time.Time

// fixed makes a holiday of a calc, with the days in lieu of it.
func fixed(name string, when calc, lieu ...cal.AltDay) *cal.Holiday {
	return &cal.Holiday{
		Name: name, Type: cal.ObservancePublic, Observed: lieu,
		Func: func(_ *cal.Holiday, year int) time.Time { return when(year) },
	}
}

// since returns the holiday from a year on.
func since(year int, holiday *cal.Holiday) *cal.Holiday {
	return holiday.Clone(&cal.Holiday{StartYear: year})
}

// The days in lieu of a holiday on a weekend.
var (
	sundayToMonday  = []cal.AltDay{{Day: time.Sunday, Offset: 1}}
	weekendToMonday = []cal.AltDay{{Day: time.Saturday, Offset: 2}, {Day: time.Sunday, Offset: 1}}
	// sundayToTuesday is for a day after one that has the Monday.
	sundayToTuesday = []cal.AltDay{{Day: time.Sunday, Offset: 2}}
)

func on(month time.Month, day int) calc {
	return func(year int) time.Time { return time.Date(year, month, day, 0, 0, 0, 0, time.UTC) }
}

// easter is so many days after Easter Sunday.
func easter(days int) calc {
	return func(year int) time.Time { return cal.CalcEasterOffset(&cal.Holiday{Offset: days}, year) }
}

// orthodoxEaster is so many days after the Easter Sunday of the Julian calendar.
func orthodoxEaster(days int) calc {
	return func(year int) time.Time {
		return cal.CalcEasterOffset(&cal.Holiday{Offset: days, Julian: true}, year)
	}
}

// nth is the nth such day of the week in a month, the last one for -1.
func nth(n int, weekday time.Weekday, month time.Month) calc {
	return func(year int) time.Time { return cal.DayStart(cal.WeekdayN(year, month, weekday, n)) }
}

// after is so many days after another day.
func after(days int, first calc) calc {
	return func(year int) time.Time { return first(year).AddDate(0, 0, days) }
}

// only keeps the days of a calc for which a condition holds.
func only(when calc, condition func(at time.Time) bool) calc {
	return func(year int) time.Time {
		if at := when(year); condition(at) {
			return at
		}
		return time.Time{}
	}
}

// single are days of single years, as year, month and day in one number: 20260710.
func single(numbers ...int) calc {
	return func(year int) time.Time {
		for _, number := range numbers {
			if number/10000 == year {
				return on(time.Month(number/100%100), number%100)(year)
			}
		}
		return time.Time{}
	}
}
