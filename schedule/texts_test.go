package schedule_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/ringfence/ringfence/schedule"
)

// TestTextsAreReadBack ensures that what is kept is what was there, and that
// what cannot be read costs nothing else.
func TestTextsAreReadBack(t *testing.T) {
	t.Parallel()
	hours := map[string]string{schedule.Default: "24/7; zone UTC", "+4930888": "closed; zone UTC; calendar https://example.org/a", "100": "24/7; zone UTC"}
	calendars := map[string]string{"https://example.org/a": "2026-12-24..2026-12-26 Off\n"}
	damaged := maps.Clone(hours)
	maps.Copy(damaged, map[string]string{"101": "24/7", "Bob": "24/7; zone UTC", "withheld": "24/7; zone UTC"})
	for text, want := range map[string]int{"": 0, "rubbish": 1} {
		all := maps.Clone(calendars)
		if text != "" {
			all["https://example.org/b?key=secret"] = text
		}
		s, problems := schedule.Read(damaged, all)
		if len(problems) != 3+want {
			t.Errorf("problems: %v", errors.Join(problems...))
		}
		gotHours, gotCalendars := s.Texts()
		if !maps.Equal(gotHours, hours) || !maps.Equal(gotCalendars, calendars) {
			t.Errorf("read back: %v, %v", gotHours, gotCalendars)
		}
	}
	_, problems := schedule.Read(map[string]string{"101": "24/7"}, nil)
	const want = `working time of "101": there is no time zone in it; add one, such as: zone Europe/Berlin`
	if len(problems) != 1 || problems[0].Error() != want {
		t.Errorf("problems: %v, want %s", problems, want)
	}
}
