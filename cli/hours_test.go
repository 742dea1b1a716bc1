package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// A calendar that cannot be fetched any more is named, without its secrets.
func TestCalendarsThatFailAreNamed(t *testing.T) {
	t.Parallel()
	s, err := store.Open(store.Options{URL: labtest.NeedRedis(t, lab.RedisOptions{}).URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	const address = "https://example.org/private.ics?key=secret"
	failing := feed.State{Failures: 1, Outcome: "HTTP 500", Succeeded: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	if err := s.SaveCalendarState(t.Context(), address, failing); err != nil {
		t.Fatal(err)
	}
	var words bytes.Buffer
	if err := (&program{err: &words}).tellUnfetched(t.Context(), s, []string{address}); err != nil {
		t.Fatal(err)
	}
	if got := words.String(); !strings.Contains(got, " is as it was at ") || strings.Contains(got, "secret") {
		t.Errorf("the failing calendar: %q", got)
	}
}
