package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/schedule"
)

func hours(tb testing.TB, text string) schedule.Hours {
	tb.Helper()
	parsed, err := schedule.Parse(text, time.UTC)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

func (h fixture) setHours(tb testing.TB, set map[string]string) {
	tb.Helper()
	err := h.SetHours(tb.Context(), func(all map[string]schedule.Hours) error {
		for name, text := range set {
			if text == "" {
				delete(all, name)
			} else {
				all[name] = hours(tb, text)
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// schedule returns the texts of the policy's schedule, which is the one that
// the store answers alone.
func (h fixture) schedule(tb testing.TB) map[string]string {
	tb.Helper()
	policy, err := h.Policy(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	alone, err := h.Schedule(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	if !alone.Equal(policy.Schedule) {
		tb.Error("the policy has another schedule than the store")
	}
	texts, _ := policy.Schedule.Texts()
	return texts
}

func TestHoursArePartOfThePolicy(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			equal(t, "at first", h.schedule(t), map[string]string{})
			for _, step := range []struct {
				set   map[string]string
				want  map[string]string
				grows int64
			}{
				{map[string]string{"default": "mon-fri 9-18"}, map[string]string{"default": "mon-fri 09:00-18:00; zone UTC"}, 1},
				{map[string]string{"default": "Mon-Fri 09:00-18:00"}, map[string]string{"default": "mon-fri 09:00-18:00; zone UTC"}, 0},
				{
					map[string]string{"+4930888": "24/7", "100": "closed"},
					map[string]string{"default": "mon-fri 09:00-18:00; zone UTC", "+4930888": "24/7; zone UTC", "100": "closed; zone UTC"},
					1,
				},
				{map[string]string{"default": "", "100": "", "101": ""}, map[string]string{"+4930888": "24/7; zone UTC"}, 1},
				{map[string]string{"101": ""}, map[string]string{"+4930888": "24/7; zone UTC"}, 0},
			} {
				before := h.version(t)
				h.setHours(t, step.set)
				equal(t, fmt.Sprint(step.set), h.schedule(t), step.want)
				equal(t, fmt.Sprint("growth by ", step.set), h.version(t)-before, step.grows)
			}
			refusal := errors.New("no")
			if err := h.SetHours(t.Context(), func(all map[string]schedule.Hours) error {
				clear(all)
				return refusal
			}); err != refusal { //nolint:errorlint // It must come back as it is.
				t.Errorf("a change that is refused ends with %v", err)
			}
			equal(t, "after a refusal", h.schedule(t), map[string]string{"+4930888": "24/7; zone UTC"})
		})
	}
}

func TestHoursThatCannotBeReadAreLeftAlone(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.setHours(t, map[string]string{"default": "24/7"})
			damaged := map[string]string{"+4930888": "whenever", "Bob": "24/7; zone UTC"}
			if err := h.redis.HSet(t.Context(), h.key("hours"), damaged).Err(); err != nil {
				t.Fatal(err)
			}
			if err := h.redis.HSet(t.Context(), h.key("calendars"), "https://example.org/a", "rubbish").Err(); err != nil {
				t.Fatal(err)
			}
			equal(t, "read", h.schedule(t), map[string]string{"default": "24/7; zone UTC"})
			h.setHours(t, map[string]string{"default": "closed"})
			equal(t, "changed", h.schedule(t), map[string]string{"default": "closed; zone UTC"})
			kept, err := h.redis.HGet(t.Context(), h.key("hours"), "+4930888").Result()
			if err != nil || kept != "whenever" {
				t.Errorf("what could not be read became %q, %v", kept, err)
			}
			h.setHours(t, map[string]string{"+4930888": "24/7"})
			equal(t, "replaced", h.schedule(t), map[string]string{"default": "closed; zone UTC", "+4930888": "24/7; zone UTC"})
		})
	}
}

// TestHoursAreChangedByOneAtATime ensures that no change is lost among others
// of the same number.
func TestHoursAreChangedByOneAtATime(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.setHours(t, map[string]string{"100": "24/7"})
			var changing sync.WaitGroup
			for i := range 5 {
				changing.Go(func() {
					err := h.SetHours(t.Context(), func(all map[string]schedule.Hours) error {
						all["100"] = hours(t, fmt.Sprintf("%s; off 0%d.01", all["100"], i+1))
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			changing.Wait()
			equal(t, "all of them", h.schedule(t), map[string]string{"100": "24/7; zone UTC; off 01.01, 02.01, 03.01, 04.01, 05.01"})
			equal(t, "version", h.version(t), int64(6))
		})
	}
}

func TestHoursAreAudited(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.setHours(t, map[string]string{"100": "24/7; calendar https://example.org/a.ics?key=secret"})
			h.setHours(t, map[string]string{"100": "", "101": "closed"})
			h.setHours(t, map[string]string{"101": "closed"})
			events, err := h.Audit(t.Context(), audit.Filter{Action: audit.Hours}, 0)
			if err != nil {
				t.Fatal(err)
			}
			var got [][]audit.Setting
			for _, event := range events {
				got = append(got, event.Settings)
			}
			const concealed = "24/7; zone UTC; calendar https://example.org/a.ics?key=xxxxx"
			equal(t, "events", got, [][]audit.Setting{
				{{Name: "101", After: "closed; zone UTC"}, {Name: "100", Before: concealed}},
				{{Name: "100", After: concealed}},
			})
		})
	}
}

func TestCalendarsArePartOfThePolicy(t *testing.T) {
	const address = "https://example.org/closed.ics"
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.setHours(t, map[string]string{"100": "24/7; calendar " + address, "101": "24/7; calendar " + address})
			calendar, err := schedule.ParseCalendar("2026-12-24..2026-12-26 Off\n")
			if err != nil {
				t.Fatal(err)
			}
			event := audit.Event{Action: audit.CalendarRun, Note: "line 4: DTSTART: invalid", Counts: map[string]int64{"closes": 1, "problems": 1}}
			for i, put := range []struct{ always, changed, recorded bool }{{false, true, true}, {false, false, false}, {true, false, true}} {
				before := h.version(t)
				known, err := h.Audit(t.Context(), audit.Filter{}, 0)
				if err != nil {
					t.Fatal(err)
				}
				by := audit.By{Name: "example.org-1", Via: audit.Feed}
				changed, err := h.PutCalendar(audit.As(t.Context(), by), address, calendar, event, put.always)
				if err != nil || changed != put.changed || (h.version(t) > before) != put.changed {
					t.Errorf("put %d: %v, %v, version %d after %d", i, changed, err, h.version(t), before)
				}
				now, err := h.Audit(t.Context(), audit.Filter{}, 0)
				if err != nil || (len(now) > len(known)) != put.recorded {
					t.Errorf("put %d: %d events after %d, %v", i, len(now), len(known), err)
				}
				if put.recorded {
					got := now[0]
					got.ID, got.Time = "", time.Time{}
					want := event
					want.By = by
					equal(t, "event", got, want)
				}
			}
			state := feed.State{Checked: day, Succeeded: day, Due: day.Add(time.Hour), Outcome: "closes 1 time", Rows: 1, Problems: []string{"line 4: x", "line 5: y"}, Validators: feed.Validators{ETag: `"1"`}}
			for _, saved := range []feed.State{{Failures: 3, Outcome: "failed"}, state} {
				if err := h.SaveCalendarState(t.Context(), address, saved); err != nil {
					t.Fatal(err)
				}
			}
			states, err := h.CalendarStates(t.Context(), []string{"https://example.org/other", address})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "states", states, []feed.State{{}, state})

			closed := func() bool {
				policy, err := h.Policy(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return policy.Schedule.At(number(t, "100"), time.Date(2026, 12, 25, 12, 0, 0, 0, time.UTC)).Closed()
			}
			h.setHours(t, map[string]string{"101": ""})
			if !closed() {
				t.Error("a calendar that another number names is forgotten")
			}
			h.setHours(t, map[string]string{"100": "24/7"})
			equal(t, "left", h.keys(t, "cal*"), []string(nil))
			if closed() {
				t.Error("a calendar closes a number that doesn't name it")
			}
		})
	}
}
