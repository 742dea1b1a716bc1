package schedule_test

import (
	"sync"
	"testing"
	"time"

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
		if days < 6 || days > 25 {
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
