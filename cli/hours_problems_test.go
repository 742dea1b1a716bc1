package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/feed"
)

// Ensure what of a calendar is not read is reported, beside a failure or without one.
func TestProblemsOfCalendarsAreReported(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	p := &program{err: &said}
	then := time.Date(2026, 11, 24, 12, 0, 0, 0, time.Local)
	p.reportFailing([]app.FailingCalendar{
		{Address: "a", State: feed.State{Succeeded: then, Problems: []string{"line 4: x", "lines 5-7: y"}}},
		{Address: "b", State: feed.State{Succeeded: then, Failures: 1, Outcome: "404 Not Found", Problems: []string{"line 4: x"}}},
		{Address: "c"},
	})
	want := `calendar a: line 4: x
calendar a: lines 5-7: y
calendar b was last fetched at ` + localTime(then) + `: 404 Not Found
calendar b: line 4: x
calendar c is not in effect yet: ringfence serve fetches it within seconds, and then once a day
`
	if diff := cmp.Diff(want, said.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
