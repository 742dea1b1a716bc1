package serve

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

const closingFeed = `BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261224
SUMMARY:Company holidays
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:soon
SUMMARY:bad
END:VEVENT
END:VCALENDAR
`

// TestCalendarsAreFetched ensures that what a calendar closes counts as soon as
// it was fetched, that a failure costs nothing of it, and that both are reported.
func TestCalendarsAreFetched(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	var broken, worse atomic.Bool
	publisher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case broken.Load():
			w.WriteHeader(http.StatusInternalServerError)
		case worse.Load():
			_, _ = w.Write([]byte(strings.Replace(closingFeed, "DTSTART:soon", "DTSTART:soon\nhunter22", 1)))
		case r.Header.Get("If-None-Match") == `"1"`:
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", `"1"`)
			_, _ = w.Write([]byte(closingFeed))
		}
	}))
	t.Cleanup(publisher.Close)
	address := publisher.URL + "/private.ics?key=secret"

	opened, err := store.Open(store.Options{URL: labtest.NeedRedis(t, lab.RedisOptions{}).URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
	policies := policy.NewCache(opened, "", log)
	registry := prometheus.NewRegistry()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	calendars := newCalendars(config.Config{State: t.TempDir(), FeedNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, opened, policies, registry, log, func() time.Time { return now })

	if err := opened.SetHours(t.Context(), func(hours map[string]schedule.Hours) (err error) {
		hours[schedule.Default], err = schedule.Parse("daily 9-18; calendar "+address, time.UTC)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	state := func() schedule.State {
		version, err := opened.PolicyVersion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		policy, err := policies.At(t.Context(), version)
		if err != nil {
			t.Fatal(err)
		}
		return policy.Schedule.At(phone.Number{}, time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC))
	}
	if got := state(); got.Closed() {
		t.Errorf("before the first look: %s", got)
	}

	// Run looks at once.
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		calendars.Run(ctx)
	}()
	deadline := time.After(10 * time.Second)
	for {
		states, err := opened.CalendarStates(t.Context(), []string{address})
		if err != nil {
			t.Fatal(err)
		}
		if !states[0].Succeeded.IsZero() {
			break
		}
		select {
		case <-deadline:
			t.Fatal("the calendar is not fetched within 10 s")
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	<-ended
	const want = "closed: calendar: Company holidays"
	if got := state().String(); got != want {
		t.Errorf("after the first look: %s, want %s", got, want)
	}

	name := calendarName(address)
	broken.Store(true)
	if _, err := calendars.RunNow(t.Context(), name); err == nil {
		t.Error("a failure is not logged")
	}
	if got := state().String(); got != want {
		t.Errorf("after a failure: %s, want %s", got, want)
	}
	for _, words := range []string{
		`msg="a part of a calendar is skipped" calendar=` + name, `problem="line 10: DTSTART: invalid date or time: use for example 20261224 or 20261224T120000Z"`,
		`msg="a feed was not updated: its entries stay as they are" kind=calendar feed=` + name,
	} {
		if !strings.Contains(logged.String(), words) {
			t.Errorf("the log does not say %s:\n%s", words, &logged)
		}
	}
	if strings.Contains(logged.String(), "secret") || strings.Contains(logged.String(), "soon") {
		t.Errorf("the log shows the secret:\n%s", &logged)
	}
	broken.Store(false)
	worse.Store(true)
	// The same times with another problem are recorded once.
	for range 2 {
		if _, err := calendars.RunNow(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	const soon = "line 10: DTSTART: invalid date or time: use for example 20261224 or 20261224T120000Z"
	problems := []string{soon, "line 11: not NAME:VALUE: begin a line that continues the one before with a blank"}
	states, err := opened.CalendarStates(t.Context(), []string{address})
	if err != nil || !slices.Equal(states[0].Problems, problems) || states[0].Outcome != "times and days that it closes: 1; problems: 2" {
		t.Errorf("state %+v, %v, want the problems %q", states, err, problems)
	}
	events, err := opened.Audit(t.Context(), audit.Filter{Action: audit.CalendarRun}, 0)
	if err != nil || len(events) != 2 || events[0].Note != strings.Join(problems, "; ") || events[1].Note != soon ||
		events[0].Counts["problems"] != 2 || events[0].By != (audit.By{Name: name, Via: audit.Feed}) {
		t.Errorf("the audit log has %+v, %v", events, err)
	}
	if err := testutil.GatherAndCompare(registry, strings.NewReader(`# HELP ringfence_calendar_runs_total Fetches of calendars by this instance, by calendar and result: changed, unchanged, failed.
# TYPE ringfence_calendar_runs_total counter
ringfence_calendar_runs_total{calendar="`+name+`",result="changed"} 3
ringfence_calendar_runs_total{calendar="`+name+`",result="failed"} 1
`), "ringfence_calendar_runs_total"); err != nil {
		t.Error(err)
	}
	if asked.Load() != 4 {
		t.Errorf("the publisher was asked %d times, want 4", asked.Load())
	}
}
