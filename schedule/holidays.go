package schedule

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
)

// Region is a country, or a part of one, whose public holidays are known.
type Region struct {
	// Code is what `holidays` takes: "DE", or "DE-BY" (ISO 3166-1 and -2).
	Code string
	// Name is its name in English: "Germany, Bavaria".
	Name string
}

// Regions returns all regions in the order of their codes.
func Regions() []Region {
	list := make([]Region, len(regions))
	for i, known := range regions {
		list[i] = Region{known.code, known.name}
	}
	return list
}

// Parts returns the codes of a country's parts that have more holidays than the
// country.
func Parts(code string) []string {
	var parts []string
	for _, known := range regions {
		if strings.HasPrefix(known.code, code+"-") {
			parts = append(parts, known.code)
		}
	}
	return parts
}

// A Holiday is a day of a region.
type Holiday struct {
	// Day begins at midnight UTC.
	Day time.Time
	// Name is in the language of the country. That of a day off in lieu ends with
	// "(observed)".
	Name string
}

// Holidays returns the public holidays of a region's year in order. Code is one of
// Regions.
func Holidays(code string, year int) []Holiday {
	var list []Holiday
	for at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == year; at = at.AddDate(0, 0, 1) {
		if name := holiday(code, year, dateOf(at.Date())); name != "" {
			list = append(list, Holiday{at, name})
		}
	}
	return list
}

// regionCode reads the code of a region in any case.
func regionCode(text string) (string, error) {
	code := strings.ToUpper(strings.ReplaceAll(text, "_", "-"))
	var countries, parts []string
	country, _, _ := strings.Cut(code, "-")
	for _, known := range regions {
		if known.code == code {
			return code, nil
		}
		if of, _, part := strings.Cut(known.code, "-"); !slices.Contains(countries, of) {
			countries = append(countries, of)
			if of == country && !part {
				parts = append(parts, of)
			}
		}
		if strings.HasPrefix(known.code, country+"-") {
			parts = append(parts, known.code)
		}
	}
	if len(parts) > 0 {
		return "", fmt.Errorf("the public holidays of %q are unknown; choose from %s", shown(text), strings.Join(parts, ", "))
	}
	if country == "UK" {
		return "", fmt.Errorf("unknown country %q; use GB-ENG, GB-NIR, GB-SCT or GB-WLS, or GB for what all of them have", shown(text))
	}
	return "", fmt.Errorf("the public holidays of %q are unknown; choose a country from %s, or name the days with off or a calendar",
		shown(text), strings.Join(countries, ", "))
}

// holidayYears holds the holidays of a region's year, which take longer to
// work out than a call should wait each time. It is bounded by the regions and
// the years that are asked for.
var holidayYears = struct {
	sync.RWMutex
	days map[regionYear]map[date]string
}{days: map[regionYear]map[date]string{}}

type regionYear struct {
	code string
	year int
}

// holiday returns the name of the region's public holiday on a day, or "".
func holiday(code string, year int, day date) string {
	key := regionYear{code, year}
	holidayYears.RLock()
	days, known := holidayYears.days[key]
	holidayYears.RUnlock()
	if !known {
		holidayYears.Lock()
		defer holidayYears.Unlock()
		if days, known = holidayYears.days[key]; !known {
			days = holidaysOf(code, year)
			holidayYears.days[key] = days
		}
	}
	return days[day]
}

// inLieu ends the name of a day off in lieu of a holiday.
const inLieu = " (observed)"

// holidaysOf works out the holidays of a year. The caller holds the lock: the
// library keeps its zone in a variable of its own.
func holidaysOf(code string, year int) map[date]string {
	// In a zone whose clocks change at midnight, the start of a day may fall
	// on the day before.
	cal.DefaultLoc = time.UTC
	library := libraryOf(code)
	days := map[date]string{}
	// The day on which New Year is observed may be of the year before.
	for of := year + 1; of >= year-1; of-- {
		for _, known := range amended(code, library, of) {
			actual, observed := known.Calc(of)
			if actual.IsZero() {
				continue
			}
			// A day off in lieu doesn't make the day itself a working day.
			if observed.Year() == year && days[dateOf(observed.Date())] == "" {
				days[dateOf(observed.Date())] = known.Name + inLieu
			}
			if actual.Year() == year {
				days[dateOf(actual.Date())] = known.Name
			}
		}
	}
	return days
}
