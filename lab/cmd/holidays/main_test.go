package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/schedule"
)

func TestReadYears(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{"": {2026, 2032}, "2027": {2027, 2027}, "2026-2030": {2026, 2030}, "2030-2026": {}, "x": {}, "1999": {}} {
		first, last, err := readYears([]string{text}, 2026)
		if got := [2]int{first, last}; got != want || (err != nil) != (want == [2]int{}) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}

// A difference with a law is counted, one without it is shown, and a region that the
// other calendar does not know is named.
func TestCompare(t *testing.T) {
	t.Parallel()
	theirs := lab.PublicHolidays{"SK": {}, "NZ": {}}
	for code, days := range theirs {
		for _, holiday := range schedule.Holidays(code, 2027) {
			days[holiday.Day.Format(time.DateOnly)] = holiday.Name
		}
	}
	delete(theirs["NZ"], "2027-06-25")
	theirs["SK"]["2027-09-01"] = "Deň Ústavy Slovenskej republiky"
	delete(theirs["SK"], "2027-01-01")
	theirs["SK"]["2027-01-05"] = "Other"
	theirs["SK"]["2027-01-09"] = "a Saturday"
	got := compare([]string{"NZ", "SK", "XX"}, theirs, 2027, 2027)
	want := differences{
		regions: 2, lawful: 2,
		explained: map[string]int{
			"NZ, added, Te Kāhui o Matariki Public Holiday Act 2022: dates until 2052": 1,
			"SK, removed, Zákon č. 530/2023 Z. z.":                                     1,
		},
		unexplained: []string{"SK 2027-01-01: only here: Deň vzniku Slovenskej republiky", "SK 2027-01-05: only there: Other"},
		unknown:     []string{"XX"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(differences{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
