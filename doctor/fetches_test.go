package doctor_test

import (
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

// Feeds and calendars that fail are found in Redis.
func TestDoctorFindsFailures(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	d := newDoctor(doctor.Target{Redis: server.URL(), RedisPrefix: "doctor:"})
	s, err := store.Open(store.Options{URL: server.URL(), Prefix: d.Target.RedisPrefix})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	if err := s.PutFeed(t.Context(), feed.Feed{Name: "ftc", URL: "https://x/ftc.csv", Every: time.Hour, MaxSize: 1, Rows: feed.Rows{Kind: blacklist.Block}}, false); err != nil {
		t.Fatal(err)
	}
	const calendar = "https://x/days.ics"
	if err := s.SetHours(t.Context(), func(hours map[string]schedule.Hours) (err error) {
		hours["default"], err = schedule.Parse("24/7; zone UTC; calendar "+calendar, nil)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	examined := func() []doctor.Finding {
		e, err := d.AskRedis(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return doctor.Diagnose(doctor.Evidence{Target: d.Target, Redis: e})
	}
	want(t, examined(), "feeds", doctor.OK, "feeds and calendars are fetched")

	state := feed.State{Failures: 2, Outcome: "404 Not Found"}
	f, err := s.Feed(t.Context(), "ftc")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveFeedState(t.Context(), f.Feed, state); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveCalendarState(t.Context(), calendar, state); err != nil {
		t.Fatal(err)
	}
	checks := examined()
	want(t, checks, "feed", doctor.Warn, "the feed ftc has failed 2 times: 404 Not Found")
	want(t, checks, "calendar", doctor.Warn, "the calendar "+calendar+" has failed 2 times: 404 Not Found")
}
