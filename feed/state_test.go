package feed

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever comes of the looks: a feed is never looked for more often than it
// is meant to be after a success, nor less often, but for what spreads the
// looks; a look that failed is repeated sooner, never later than that, unless
// the server asks for it.
func TestDueTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := Feed{Every: time.Duration(rapid.Int64Range(int64(MinEvery), int64(MaxEvery)).Draw(t, "every"))}
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		var s State
		if !s.DueAt(now) {
			t.Fatal("a new feed is not due at once")
		}
		pause := time.Duration(0)
		for range rapid.IntRange(1, 30).Draw(t, "looks") {
			chance := rapid.Float64Range(0, 1).Draw(t, "chance")
			before := s
			asked := time.Duration(0)
			if rapid.Bool().Draw(t, "works") {
				pause = 0
				s = s.succeeded(f, now, chance)
				if !s.Succeeded.Equal(now) || s.Failures != 0 || s.Due.Before(now.Add(f.Every)) {
					t.Fatal("after a success:", s)
				}
			} else {
				if rapid.Bool().Draw(t, "asks") {
					asked = time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "asked"))
				}
				last := pause
				s = s.failed(f, now, "why", asked, chance)
				pause = min(max(firstPause, 2*last), f.Every)
				if !s.Succeeded.Equal(before.Succeeded) || s.Failures != before.Failures+1 || s.Outcome != "why" ||
					s.Validators != before.Validators || s.Due.Before(now.Add(pause)) {
					t.Fatal("after a failure:", s)
				}
			}
			longest := max(f.Every, min(asked, 24*time.Hour))
			if late := s.Due.Sub(now) - longest; late > min(longest/10, maxSpread) {
				t.Fatalf("due %s later than it must be", late)
			}
			if s.DueAt(s.Due.Add(-1)) || !s.DueAt(s.Due) {
				t.Fatal("due before its time, or not at it")
			}
			now = s.Due.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "late")))
		}
	})
}

// The pauses after failures.
func TestPauses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var s State
	for i, want := range []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute, time.Hour, time.Hour} {
		s = s.failed(Feed{Every: time.Hour}, now, "", 0, 0)
		if got := s.Due.Sub(now); got != want {
			t.Errorf("failure %d: tried again after %s, want %s", i+1, got, want)
		}
	}
	if s = s.failed(Feed{Every: time.Hour}, now, "", 3*time.Hour, 0); s.Due.Sub(now) != 3*time.Hour {
		t.Error("the server's wish is not heard:", s.Due.Sub(now))
	}
	if s = s.failed(Feed{Every: time.Hour}, now, "", 1000*time.Hour, 0); s.Due.Sub(now) != 24*time.Hour {
		t.Error("the server's wish has no bound:", s.Due.Sub(now))
	}
}

// Entries that end by themselves are written anew in time, though their file
// stays the same.
func TestEntriesThatEndAreWrittenAnew(t *testing.T) {
	t.Parallel()
	changed := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := State{Changed: changed, Validators: Validators{ETag: "x"}}
	f := Feed{Every: 24 * time.Hour, Rows: Rows{For: 7 * 24 * time.Hour}}
	for days, want := range map[int]bool{1: true, 5: true, 6: false, 7: false} {
		if got := s.validators(f, changed.AddDate(0, 0, days)) == s.Validators; got != want {
			t.Errorf("after %d days the file may be the same: %v, want %v", days, got, want)
		}
	}
	f.Rows.For = 0
	if s.validators(f, changed.AddDate(1, 0, 0)) != s.Validators {
		t.Error("entries that stay are written anew")
	}
}
