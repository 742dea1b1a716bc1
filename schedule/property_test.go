package schedule_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/schedule"
)

// zones change their clocks in every way that there is: by an hour and by half
// of one, at midnight, in autumn and in spring, by a whole day, or never.
var zones = []string{
	"UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Havana", "America/Asuncion", "America/St_Johns",
	"Asia/Kolkata", "Asia/Kathmandu", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca", "Australia/Lord_Howe",
	"Australia/Adelaide", "Pacific/Chatham", "Pacific/Apia", "America/Sao_Paulo", "Antarctica/Troll",
}

// drawHours makes up the text of working time around a day.
func drawHours(t *rapid.T, around time.Time) string {
	minute := rapid.IntRange(0, 24*60)
	spans := func() string {
		var list []string
		for range rapid.IntRange(1, 3).Draw(t, "spans") {
			from, to := minute.Draw(t, "from"), minute.Draw(t, "to")
			list = append(list, fmt.Sprintf("%d:%02d-%d:%02d", from/60, from%60, to/60, to%60))
		}
		return strings.Join(list, ", ")
	}
	date := func() string {
		layout := rapid.SampledFrom([]string{"02.01", "2006-01-02", "2 Jan", "January 2 2006"}).Draw(t, "layout")
		return around.AddDate(0, 0, rapid.IntRange(-3, 3).Draw(t, "day")).Format(layout)
	}
	day := rapid.SampledFrom([]string{"mon", "Tuesday", "we", "thu", "fri", "sat", "sun"})
	clause := map[string]func() string{
		"week":  func() string { return day.Draw(t, "first") + "-" + day.Draw(t, "last") + " " + spans() },
		"day":   func() string { return day.Draw(t, "day") + " " + spans() },
		"daily": func() string { return "daily " + spans() },
		"off":   func() string { return "off " + date() },
		"range": func() string { return "off " + date() + ".." + date() },
		"work":  func() string { return "work " + date() + " " + spans() },
		"holidays": func() string {
			return "holidays " + rapid.SampledFrom(schedule.Regions()).Draw(t, "region").Code
		},
	}
	clauses := []string{"mon-fri 9-18"}
	for range rapid.IntRange(0, 5).Draw(t, "clauses") {
		kind := rapid.SampledFrom([]string{"week", "day", "daily", "off", "range", "work", "holidays"}).Draw(t, "kind")
		clauses = append(clauses, clause[kind]())
	}
	if rapid.Bool().Draw(t, "only these") && len(clauses) > 1 {
		clauses = clauses[1:]
	}
	return strings.Join(clauses, "; ")
}

func TestTextRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := must(time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone")))
		hours, err := schedule.Parse(drawHours(t, time.Date(2026, 12, 30, 0, 0, 0, 0, in)), in)
		if err != nil {
			t.Skip(err)
		}
		again, err := schedule.Parse(hours.String(), nil)
		if err != nil || !again.Equal(hours) {
			t.Fatalf("%q reads back as %q, %v", hours, again, err)
		}
	})
}

// TestATwelveHourClockIsRead ensures that, without am and pm, an interval that could
// not end otherwise ends on the afternoon's clock, and that a leading zero always
// means the clock with 24 hours.
func TestATwelveHourClockIsRead(t *testing.T) {
	t.Parallel()
	read := func(from, to string) string {
		hours, err := schedule.Parse("mon "+from+"-"+to, time.UTC)
		if err != nil {
			return err.Error()
		}
		text, _, _ := strings.Cut(hours.String(), ";")
		return strings.TrimPrefix(text, "mon ")
	}
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.IntRange(5*60, 12*60+59).Draw(t, "from"), rapid.IntRange(60, 12*60+59).Draw(t, "to")
		if from == to {
			t.Skip("no interval")
		}
		bare := func(minutes int) string { return fmt.Sprintf("%d:%02d", minutes/60, minutes%60) }
		full := func(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
		want := full(from) + "-" + full(to)
		if to < 10*60 {
			if got := read(full(from), full(to)); got != want {
				t.Errorf("%s is read as %s", want, got)
			}
		}
		if to < from {
			want = full(from) + "-" + full((to+12*60)%(24*60))
			if to == 12*60 {
				want = full(from) + "-24:00"
			}
		}
		if got := read(bare(from), bare(to)); got != want {
			t.Errorf("%s-%s is read as %s, want %s", bare(from), bare(to), got, want)
		}
	})
}

// changeOfClocks returns a moment at which the clocks of the zone change, in
// the years about which working time is asked.
func changeOfClocks(in *time.Location, from time.Time) time.Time {
	_, change := from.In(in).ZoneBounds()
	if change.IsZero() || change.Year() > 2040 {
		return from
	}
	return change
}

// TestUntilIsTheFirstChange ensures, against a scan minute by minute, that no
// change is overlooked and none made up, and that the state turns in just that
// second.
func TestUntilIsTheFirstChange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := must(time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone")))
		start := time.Unix(rapid.Int64Range(1325000000, 1900000000).Draw(t, "around"), 0)
		if rapid.Bool().Draw(t, "clocks change") {
			start = changeOfClocks(in, start)
		}
		hours, err := schedule.Parse(drawHours(t, start.In(in)), in)
		if err != nil {
			t.Skip(err)
		}
		s := of(hours)
		moment := start.Add(time.Duration(rapid.Int64Range(-48*3600, 24*3600).Draw(t, "seconds")) * time.Second)
		status := s.At(line, moment).Status

		const scanned = 4 * 24 * time.Hour
		var want time.Time
		for next := moment.Truncate(time.Minute).Add(time.Minute); next.Before(moment.Add(scanned)); next = next.Add(time.Minute) {
			if s.At(line, next).Status != status {
				want = next
				break
			}
		}
		got := s.Until(line, moment)
		if want.IsZero() {
			if !got.IsZero() && got.Before(moment.Add(scanned)) {
				t.Fatalf("%s: at %s it is %s until %s, but the scan finds no change", hours, moment.In(in), status, got)
			}
		} else if !got.Equal(want) {
			t.Fatalf("%s: at %s it is %s until %s, but the scan says %s", hours, moment.In(in), status, got, want)
		}
		if got.IsZero() {
			return
		}
		if before := s.At(line, got.Add(-time.Nanosecond)); before.Status != status {
			t.Fatalf("%s: just before %s it is %s already", hours, got, before)
		}
		if after := s.At(line, got); after.Status == status {
			t.Fatalf("%s: at %s it is still %s", hours, got, after)
		}
	})
}

// TestStateAgainstAModel ensures that a moment is open if, and only if, an
// interval holds what the clocks show then.
func TestStateAgainstAModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := must(time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone")))
		weekday := time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday"))
		from, to := rapid.IntRange(0, 1439).Draw(t, "from"), rapid.IntRange(0, 1440).Draw(t, "to")
		text := fmt.Sprintf("%s %02d:%02d-%02d:%02d", weekday, from/60, from%60, to/60, to%60)
		hours, err := schedule.Parse(text, in)
		if err != nil {
			t.Skip(err)
		}
		moment := changeOfClocks(in, time.Unix(rapid.Int64Range(1325000000, 1900000000).Draw(t, "around"), 0)).
			Add(time.Duration(rapid.Int64Range(-8*86400, 8*86400).Draw(t, "seconds")) * time.Second).In(in)
		clock := moment.Hour()*60 + moment.Minute()
		open := moment.Weekday() == weekday && clock >= from && (clock < to || to < from)
		if to < from {
			yesterday := (moment.Weekday() + 6) % 7
			open = open || yesterday == weekday && clock < to
		}
		if got := of(hours).At(line, moment); (got.Status == schedule.Open) != open {
			t.Fatalf("%s at %s: %s", text, moment, got)
		}
	})
}
