package schedule

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/de"
)

// amended are holidays that laws have added since the library's data were
// gathered, in 2023, by region.
var amended = map[string][]*cal.Holiday{
	// Feiertagsgesetz Mecklenburg-Vorpommern, § 2, as of 2023.
	"DE-MV": {de.Frauentag.Clone(&cal.Holiday{StartYear: 2023})},
	// Ustawa z dnia 6 grudnia 2024 r. o zmianie ustawy o dniach wolnych od pracy.
	"PL": {{Name: "Wigilia Bożego Narodzenia", Type: cal.ObservancePublic, StartYear: 2025, Month: time.December, Day: 24, Func: cal.CalcDayOfMonth}},
	// Lei nº 14.759, de 21 de dezembro de 2023.
	"BR": {{Name: "Consciência Negra", Type: cal.ObservancePublic, StartYear: 2024, Month: time.November, Day: 20, Func: cal.CalcDayOfMonth}},
}
