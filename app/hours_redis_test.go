package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
)

// A calendar that cannot be fetched any more is named, without its secrets.
func TestCalendarsThatFailAreNamed(t *testing.T) {
	t.Parallel()
	list, s := newList(t)
	hours := app.Hours{Store: s, Region: "DE", Now: list.Now}
	const address = "https://example.org/private.ics?key=secret"
	failing := feed.State{Failures: 1, Outcome: "HTTP 500", Succeeded: now}
	if err := s.SaveCalendarState(t.Context(), address, failing); err != nil {
		t.Fatal(err)
	}
	read, err := hours.ReadFile(strings.NewReader("030 888: 24/7; zone UTC; calendar "+address), "hours.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hours.Set(t.Context(), read); err != nil {
		t.Fatal(err)
	}
	states, named, err := hours.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []app.FailingCalendar{{Address: "https://example.org/private.ics?key=xxxxx", State: failing}}
	if diff := cmp.Diff(want, named); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// So is one of which a part is not read, and none that is fetched as a whole.
	number, err := hours.ReadNumber("030 888")
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []feed.State{{Succeeded: now, Problems: []string{"line 4: x"}}, {Succeeded: now}} {
		if err := s.SaveCalendarState(t.Context(), address, state); err != nil {
			t.Fatal(err)
		}
		_, checked, err := hours.Check(t.Context(), phone.Pattern{}, "")
		if err != nil || len(checked) != 0 {
			t.Errorf("the default names %+v, %v", checked, err)
		}
		if _, checked, err = hours.Check(t.Context(), number, ""); err != nil || (len(checked) > 0) != (len(state.Problems) > 0) {
			t.Errorf("%+v: named %+v, %v", state, checked, err)
		}
	}
	if len(states) != 1 || states[0].Status != "open" || strings.Contains(states[0].Hours, "secret") {
		t.Errorf("states %+v", states)
	}
}

// Working time without a zone takes that of the machine, or is refused.
func TestHoursWithoutAZone(t *testing.T) {
	t.Parallel()
	var taken []string
	hours := app.Hours{OnZone: func(zone *time.Location) { taken = append(taken, zone.String()) }}
	_, err := hours.ReadHours("24/7")
	wantInvalid(t, err, "", "zone")
	hours.Zone = time.UTC
	for _, text := range []string{"24/7", "24/7; zone Europe/Berlin"} {
		if _, err := hours.ReadHours(text); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"UTC"}, taken); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := app.HoursName(phone.Pattern{}); got != "default" {
		t.Errorf("all numbers without their own are named %q", got)
	}
}
