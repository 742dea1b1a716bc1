package schedule_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/schedule"
)

// TestEveryRegionHasItsHolidays ensures that each code of the table is read,
// and closes a sensible number of days.
func TestEveryRegionHasItsHolidays(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, region := range schedule.Regions() {
		if seen[region.Code] || region.Name == "" {
			t.Errorf("%s stands twice or has no name", region.Code)
		}
		seen[region.Code] = true
		s := of(parse(t, "24/7; holidays "+region.Code))
		days := 0
		for at := time.Date(2027, 1, 1, 11, 0, 0, 0, time.UTC); at.Year() == 2027; at = at.AddDate(0, 0, 1) {
			if s.At(line, at).Closed() {
				days++
			}
		}
		// All Swiss cantons share four days.
		if days < 4 || days > 25 {
			t.Errorf("%s has %d holidays in 2027", region.Code, days)
		}
	}
	if len(seen) < 80 {
		t.Errorf("there are %d regions", len(seen))
	}
}

// TestHolidaysOfNote holds the data to days that anybody can look up, among
// them those that are newer than the library's.
func TestHolidaysOfNote(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ code, day, want string }{
		{"DE", "2027-03-26", "Karfreitag"},
		{"DE", "2027-03-29", "Ostermontag"},
		{"DE-SN", "2026-11-18", "Buß- und Bettag"},
		{"DE-MV", "2027-03-08", "Frauentag"},
		{"DE-MV", "2022-03-08", ""},
		{"PL", "2026-12-24", "Wigilia Bożego Narodzenia"},
		{"PL", "2024-12-24", ""},
		{"BR", "2026-11-20", "Consciência Negra"},
		{"DK", "2023-05-05", "Store bededag"},
		{"DK", "2024-04-26", ""},
		{"GB", "2026-12-28", "Boxing Day (observed)"},
		{"GB", "2026-12-26", "Boxing Day"},
		{"US", "2026-11-26", "Thanksgiving Day"},
		{"SE", "2026-12-24", ""},
		{"AU-NSW", "2027-01-26", "Australia Day"},
		{"AU-NSW", "2026-04-27", "ANZAC Day (observed)"},
		{"AU-QLD", "2027-08-11", ""},
		{"AU-SA", "2027-04-26", ""},
		{"AR", "2027-03-26", "Viernes Santo"},
		{"AR", "2026-11-20", ""},
		{"AR", "2026-11-23", "Día de la Soberanía Nacional"},
		{"AR", "2026-06-19", ""},
		{"AR", "2027-11-19", ""},
		{"RU", "2027-01-05", "Новогодние каникулы"},
		{"RU", "2026-03-09", "Международный женский день (observed)"},
		{"CH", "2027-01-06", ""},
		{"CH", "2027-03-19", ""},
		{"CH", "2027-05-06", "Auffahrt"},
		{"CH-ZH", "2027-05-27", ""},
		{"CH-GE", "2027-09-09", "Jeûne genevois"},
		{"CH-GE", "2027-12-31", "Restauration de la République"}, //nolint:misspell // It is French.
		{"CH-GE", "2027-05-27", ""},
		{"CH-VD", "2027-09-20", "Lundi du Jeûne"},
		{"CH-GL", "2027-04-01", "Näfelser Fahrt"},
		{"CH-GL", "2026-04-09", "Näfelser Fahrt"},
		{"CH-AR", "2028-12-26", ""},
		{"CH-NE", "2034-01-02", "Berchtoldstag"},
		{"CH-NE", "2026-01-02", ""},
		{"SK", "2027-09-01", ""},
		{"SK", "2027-11-17", ""},
		{"SK", "2026-05-08", ""},
		{"SK", "2026-09-15", ""},
		{"SK", "2027-09-15", "Sviatok Panny Márie Sedembolestnej, patrónky Slovenska"},
		{"SK", "2023-09-01", "Deň Ústavy Slovenskej republiky"},
		{"RO", "2027-01-06", "Botezul Domnului - Boboteaza"},
		{"RO", "2023-01-06", ""},
		{"NZ", "2027-06-25", "Matariki"},
		{"NZ", "2027-06-07", "King's Birthday"},
		{"NZ", "2022-06-06", "Queen's Birthday"},
		{"IT", "2027-10-04", "San Francesco d'Assisi"},
		{"IT", "2025-10-04", ""},
		{"UA", "2027-01-07", ""},
		{"UA", "2027-07-15", "День Української Державності"},
		{"BR", "2027-02-09", ""},
		{"DK", "2026-06-05", ""},
		{"NL", "2026-05-05", ""},
		{"NL", "2030-05-05", "Bevrijdingsdag"},
		{"MW", "2027-12-28", "Christmas Boxing Day (observed)"},
		{"DE-BE", "2028-06-17", "75. Jahrestag des Aufstandes vom 17. Juni 1953"},
		{"DE-BB", "2027-03-28", "Ostersonntag"},
		{"PL", "2027-03-28", "Niedziela Wielkanocna"},
		{"GB", "2027-03-29", ""},
		{"GB-ENG", "2027-03-29", "Easter Monday"},
		{"GB-SCT", "2027-03-29", ""},
		{"GB-SCT", "2027-01-04", "2nd January (observed)"},
		{"GB-SCT", "2028-01-03", "New Year's Day (observed)"},
		{"GB-SCT", "2028-01-04", "2nd January (observed)"},
		{"GB-NIR", "2027-07-12", "Battle of the Boyne"},
		{"CA", "2027-02-15", ""},
		{"CA-ON", "2027-02-15", "Family Day"},
		{"CA-QC", "2027-06-24", "Saint-Jean-Baptiste Day"},
		{"CA-NU", "2027-07-09", "Nunavut Day"},
	} {
		hours := parse(t, "24/7; holidays "+test.code)
		want := "open: mon-sun 00:00-24:00"
		if test.want != "" {
			want = "closed: public holiday " + test.want
		}
		if got := of(hours).At(line, at(t, hours.Zone(), test.day+" 12:00:00")).String(); got != want {
			t.Errorf("%s on %s: %q, want %q", test.code, test.day, got, want)
		}
	}
}

var update = flag.Bool("update", false, "write what the rules say as what is wanted")

// TestHolidaysOfSevenYears holds all regions to the days in testdata/holidays.txt,
// a line for each year: no change goes unseen. `make holidays` compares the days
// with those of others.
func TestHolidaysOfSevenYears(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, region := range schedule.Regions() {
		for year := 2026; year <= 2032; year++ {
			fmt.Fprintf(&got, "%s %d:", region.Code, year)
			for _, holiday := range schedule.Holidays(region.Code, year) {
				got.WriteString(holiday.Day.Format(" 01-02"))
			}
			got.WriteString("\n")
		}
	}
	const file = "testdata/holidays.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAmendmentsAreInOrder ensures that each amendment has a law and changes
// something: a name with a typing error would change nothing.
func TestAmendmentsAreInOrder(t *testing.T) {
	t.Parallel()
	regions := map[string]bool{}
	for _, region := range schedule.Regions() {
		regions[region.Code] = true
	}
	before := ""
	for _, amendment := range schedule.Amendments() {
		for _, code := range amendment.Regions {
			if !regions[code] {
				t.Errorf("region %q is unknown", code)
			}
			names := schedule.LibraryNames(code)
			for i, name := range amendment.Names {
				known := slices.Contains(names, name)
				switch amendment.Change {
				case schedule.Removed, schedule.Changed:
					if !known {
						t.Errorf("%s has no %q to be %s", code, name, amendment.Change)
					}
				case schedule.Renamed:
					if i == 0 && !known && !strings.HasPrefix(code, "AU-") {
						t.Errorf("%s has no %q to be renamed", code, name)
					}
				case schedule.Added, schedule.Replaced, schedule.Kept, schedule.LeftOut:
				}
			}
		}
		if amendment.Law == "" || amendment.Until != 0 && amendment.Until < amendment.From {
			t.Errorf("%v has no law, or ends before it begins", amendment)
		}
		if amendment.Regions[0] < before {
			t.Errorf("%s comes after %s", amendment.Regions[0], before)
		}
		before = amendment.Regions[0]
	}
}

// TestDifferencesHaveALaw ensures that the yearly comparison accepts what the table
// names, and nothing else.
func TestDifferencesHaveALaw(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code, day, theirs, change string
	}{
		{"NZ", "2027-06-25", "", "added"},
		{"NZ", "2021-06-25", "Matariki", ""},
		{"SK", "2027-09-01", "Deň Ústavy", "removed"},
		{"SK", "2023-09-01", "", ""},
		{"SK", "2027-09-02", "Deň Ústavy", ""},
		{"MW", "2027-12-28", "", "changed"},
		{"NL", "2026-05-05", "Bevrijdingsdag", "changed"},
		{"RU", "2026-03-09", "", "kept"},
		{"RU", "2026-01-05", "", ""},
		{"UA", "2027-01-01", "", "kept"},
		{"UA", "2027-01-07", "Різдво", ""},
		{"AU-QLD", "2027-08-11", "The Royal Queensland Show", "left out"},
		{"AU-QLD", "2027-08-11", "Other", ""},
		{"DE", "2027-12-25", "Weihnachten", ""},
	} {
		day, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := schedule.Difference(test.code, day, test.theirs); string(got.Change) != test.change {
			t.Errorf("%s on %s, theirs %q: %q, want %q", test.code, test.day, test.theirs, got.Change, test.change)
		}
	}
}

// TestHolidaysAreSharedSafely ensures that many calls may ask at once for a
// year that no one has asked for.
func TestHolidaysAreSharedSafely(t *testing.T) {
	t.Parallel()
	s := of(parse(t, "24/7; holidays FR, JP, US"))
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(func() {
			for year := 2040; year < 2060; year++ {
				if got := s.At(line, time.Date(year, 12, 25, 12, 0, 0, 0, time.UTC)); !got.Closed() {
					t.Errorf("Christmas %d: %s", year, got)
				}
			}
		})
	}
	asking.Wait()
}
