package schedule

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/de"
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
		return "", fmt.Errorf("unknown country %q; use GB", shown(text))
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

// holidaysOf works out the holidays of a year. The caller holds the lock: the
// library keeps its zone in a variable of its own.
func holidaysOf(code string, year int) map[date]string {
	// In a zone whose clocks change at midnight, the start of a day may fall
	// on the day before.
	cal.DefaultLoc = time.UTC
	i := slices.IndexFunc(regions, func(known region) bool { return known.code == code })
	days := map[date]string{}
	// The day on which New Year is observed may be of the year before.
	for of := year + 1; of >= year-1; of-- {
		for _, known := range slices.Concat(regions[i].holidays, amended[code]) {
			if known.Type == cal.ObservanceOther {
				continue
			}
			actual, observed := known.Calc(of)
			if actual.IsZero() {
				continue
			}
			// A day off in lieu doesn't make the day itself a working day.
			if observed.Year() == year && days[dateOf(observed.Date())] == "" {
				days[dateOf(observed.Date())] = known.Name + " (observed)"
			}
			if actual.Year() == year {
				days[dateOf(actual.Date())] = known.Name
			}
		}
	}
	return days
}

// amended are holidays from laws after the library's data were
// collected in 2023, by region.
var amended = map[string][]*cal.Holiday{
	// Feiertagsgesetz Mecklenburg-Vorpommern, § 2, as of 2023.
	"DE-MV": {de.Frauentag.Clone(&cal.Holiday{StartYear: 2023})},
	// Ustawa z dnia 6 grudnia 2024 r. o zmianie ustawy o dniach wolnych od pracy.
	"PL": {{Name: "Wigilia Bożego Narodzenia", Type: cal.ObservancePublic, StartYear: 2025, Month: time.December, Day: 24, Func: cal.CalcDayOfMonth}},
	// Lei nº 14.759, de 21 de dezembro de 2023.
	"BR": {{Name: "Consciência Negra", Type: cal.ObservancePublic, StartYear: 2024, Month: time.November, Day: 20, Func: cal.CalcDayOfMonth}},
}
