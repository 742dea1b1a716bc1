package feed_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ringfence/ringfence/feed"
)

// traced is an error that knows where in the program it comes from.
type traced struct{ error }

func (traced) Stack() string { return "goroutine 7: hunter22 in importer.go:12" }

// A mistake that a feed brings to light is a failure of that feed: it is logged
// with its place, tried again later, and no other feed suffers.
func TestAPanicIsAFailureOfItsFeed(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	i.importer.before = func(_ context.Context, f feed.Feed) error {
		switch f.Name {
		case "bad":
			panic("slice bounds out of range; hunter22")
		case "worse":
			return traced{errors.New("a mistake elsewhere")}
		}
		return nil
	}
	for _, name := range []string{"bad", "good", "worse"} {
		h.subscribe(t, i.store, name)
	}
	i.start(t)
	for _, name := range []string{"bad", "good", "worse"} {
		eventually(t, "the look at "+name, func() bool { return !state(t, i.store, name).Checked.IsZero() })
	}
	equal(t, "good", state(t, i.store, "good").Outcome, "taken")
	equal(t, "worse", state(t, i.store, "worse").Outcome, "a bug in ringfence: please report it")
	equal(t, "bad", state(t, i.store, "bad"), feed.State{
		Checked: c.at(0), Outcome: "a bug in ringfence: please report it", Failures: 1, Due: c.at(5 * time.Minute),
	})
	for _, words := range []string{"level=ERROR", "workers_test.go", "importer.go:12"} {
		if !strings.Contains(i.log.String(), words) {
			t.Errorf("the log lacks %s", words)
		}
	}
	equal(t, "requests", h.publisher.asked.Load(), int32(3))
}

// Feeds whose servers are silent, or whose imports wait, keep no other waiting,
// and there are never more than a few at a time.
func TestASlowFeedKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	var now atomic.Int32
	i.importer.before = func(context.Context, feed.Feed) error {
		defer now.Add(-1)
		if n := now.Add(1); n > 4 {
			t.Errorf("%d imports at a time", n)
		}
		return nil
	}
	silent := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // Else the end of the request isn't seen.
		<-r.Context().Done()
	})
	for n := range 3 {
		f := subscribed(silent)
		f.Name = fmt.Sprintf("a-silent-%d", n)
		if err := i.store.PutFeed(t.Context(), f, false); err != nil {
			t.Fatal(err)
		}
	}
	const others = 20
	for n := range others {
		h.subscribe(t, i.store, fmt.Sprintf("other-%d", n))
	}
	i.start(t)
	eventually(t, "the others' import", func() bool { return len(i.importer.taken()) == others })
	// They are due again, and the silent ones are still at it.
	c.pass(time.Hour)
	eventually(t, "the others' next look", func() bool {
		for n := range others {
			if !state(t, i.store, fmt.Sprintf("other-%d", n)).Checked.Equal(c.now()) {
				return false
			}
		}
		return true
	})
}

// A file of which rows were refused for what else was on the list is fetched
// again though it is the same.
func TestAnUnsettledFileIsFetchedAgain(t *testing.T) {
	t.Parallel()
	h, c := newHouse(t, servers["embedded"](t)), newClock()
	i := newInstance(t, h.open(t), c)
	i.importer.unsettled = true
	h.subscribe(t, i.store, "nuisance")
	i.start(t)
	eventually(t, "the first import", func() bool { return len(i.importer.taken()) == 1 })
	eventually(t, "its state", func() bool { return state(t, i.store, "nuisance").Outcome == "taken" })
	equal(t, "validators", state(t, i.store, "nuisance").Validators, feed.Validators{})
	i.importer.set(func() { i.importer.unsettled = false })
	c.pass(time.Hour)
	eventually(t, "the second import", func() bool { return len(i.importer.taken()) == 2 })
	eventually(t, "validators", func() bool { return state(t, i.store, "nuisance").Validators.ETag == digest(etag) })
	c.pass(time.Hour)
	eventually(t, "the third look", func() bool { return state(t, i.store, "nuisance").Outcome == "unchanged" })
}
