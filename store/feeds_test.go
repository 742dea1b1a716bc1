package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/feed"
)

// fullFeed is named a and has no field at its zero value.
func fullFeed() feed.Feed {
	return feed.Feed{
		Name: "a", URL: "https://anna:hunter2@example.org/list.csv?key=1", Every: 90 * time.Minute,
		Header:  feed.Header{"Authorization": "Bearer hunter2", "X-Api-Key": "a:b=c"},
		MaxSize: 1 << 30,
		Rows: feed.Rows{
			Format: "ftc", Region: "US", Kind: blacklist.Block, Action: blacklist.Busy, Reason: "reported \"often\"\n",
			For: 36 * time.Hour, MinReports: 3, Keep: true,
		},
		Created: day, Author: "alice",
	}
}

func plainFeed(name string) feed.Feed {
	return feed.Feed{Name: name, URL: "file:///list.csv", Every: time.Hour, MaxSize: 1, Rows: feed.Rows{Kind: blacklist.Allow}}
}

// feeds returns all feeds without their revisions, which must be there.
func (h fixture) feeds(tb testing.TB) []feed.Subscribed {
	tb.Helper()
	feeds, err := h.Feeds(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for i := range feeds {
		if feeds[i].Revision == "" {
			tb.Errorf("%s has no revision", feeds[i].Name)
		}
		feeds[i].Revision = ""
	}
	return feeds
}

func TestFeedsAreKeptFieldForField(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			equal(t, "none", h.feeds(t), []feed.Subscribed(nil))
			for _, f := range []feed.Feed{plainFeed("b"), fullFeed()} {
				if err := h.PutFeed(t.Context(), f, false); err != nil {
					t.Fatal(err)
				}
			}
			equal(t, "feeds", h.feeds(t), []feed.Subscribed{{Feed: fullFeed()}, {Feed: plainFeed("b")}})

			one, err := h.Feed(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			state := feed.State{
				Validators: feed.Validators{ETag: `W/"x y"`, LastModified: "Sun, 01 Mar 2026 12:00:00 GMT"},
				Checked:    day, Succeeded: day.Add(1 * time.Second), Changed: day.Add(2 * time.Second),
				Outcome: "3 added", Failures: 2, Due: day.Add(time.Hour), Batch: "b1", Rows: 1234567,
			}
			for _, want := range []feed.State{state, {Outcome: "x"}, {}} {
				if err := h.SaveFeedState(t.Context(), one.Feed, want); err != nil {
					t.Fatal(err)
				}
				got, err := h.Feed(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "state", got.State, want)
			}
			equal(t, "a field by hand", h.redis.HGet(t.Context(), h.key("feed:a"), "every").Val(), "1h30m0s")
		})
	}
}

func TestAFeedIsReplacedOnlyOnPurpose(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			if err := h.PutFeed(t.Context(), fullFeed(), false); err != nil {
				t.Fatal(err)
			}
			old, err := h.Feed(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.SaveFeedState(t.Context(), old.Feed, feed.State{Outcome: "old", Due: day}); err != nil {
				t.Fatal(err)
			}
			if err := h.PutFeed(t.Context(), plainFeed("a"), false); !errors.Is(err, feed.ErrExists) {
				t.Error("a second one of the same name gives", err)
			}
			equal(t, "kept", h.feeds(t), []feed.Subscribed{{Feed: fullFeed(), State: feed.State{Outcome: "old", Due: day}}})

			if err := h.PutFeed(t.Context(), plainFeed("a"), true); err != nil {
				t.Fatal(err)
			}
			// The state of the old one is not written for the new one.
			if err := h.SaveFeedState(t.Context(), old.Feed, feed.State{Outcome: "old"}); !errors.Is(err, feed.ErrUnknown) {
				t.Error("the state of a feed that was replaced gives", err)
			}
			equal(t, "replaced", h.feeds(t), []feed.Subscribed{{Feed: plainFeed("a")}})
		})
	}
}

func TestTheAuditLogTellsOfFeeds(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			ctx := audit.As(t.Context(), audit.By{Name: "alice", Via: audit.CommandLine})
			if err := errors.Join(
				h.PutFeed(ctx, fullFeed(), true), h.PutFeed(ctx, plainFeed("a"), true), h.RemoveFeed(ctx, "a"),
			); err != nil {
				t.Fatal(err)
			}
			events, err := h.Audit(ctx, audit.Filter{By: "alice"}, 0)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, event := range events {
				got = append(got, string(event.Action)+" "+event.Note)
			}
			equal(t, "events", got, []string{
				"feed-remove a", "feed-change a file:///list.csv", "feed-add a https://xxxxx@example.org/list.csv?key=xxxxx",
			})
		})
	}
}

func TestAFeedIsRemoved(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			if err := h.PutFeed(t.Context(), fullFeed(), false); err != nil {
				t.Fatal(err)
			}
			one, err := h.Feed(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if err := h.SaveFeedState(t.Context(), one.Feed, feed.State{Outcome: "x"}); err != nil {
				t.Fatal(err)
			}
			if err := h.RemoveFeed(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			_, unknown := h.Feed(t.Context(), "a")
			for _, err := range []error{
				unknown, h.RemoveFeed(t.Context(), "a"), h.SaveFeedState(t.Context(), one.Feed, feed.State{Outcome: "x"}),
			} {
				if !errors.Is(err, feed.ErrUnknown) {
					t.Error("a feed that is gone gives", err)
				}
			}
			equal(t, "keys", h.keys(t, "feed*"), []string(nil))
		})
	}
}

// A feed that another program has damaged leaves the others readable.
func TestADamagedFeedIsPassedOver(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for _, name := range []string{"a", "b", "c", "d", "e"} {
				if err := h.PutFeed(t.Context(), plainFeed(name), false); err != nil {
					t.Fatal(err)
				}
			}
			h.redis.HSet(t.Context(), h.key("feed:a"), "every", "often")
			h.redis.HSet(t.Context(), h.key("feed:b"), "kind", "perhaps")
			h.redis.HSet(t.Context(), h.key("feed:c"), "url", "list.csv")
			h.redis.Del(t.Context(), h.key("feed:d"))
			h.redis.HSet(t.Context(), h.key("feed:e:state"), "failures", "many", "due", "soon")
			equal(t, "feeds", h.feeds(t), []feed.Subscribed{{Feed: plainFeed("e")}})
		})
	}
}

// A feed comes back by an undo, with its secrets, which no event shows. What was
// changed since is left.
func TestChangesOfFeedsAreUndone(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			undo := func() audit.Undone {
				t.Helper()
				events, err := h.Audit(t.Context(), audit.Filter{}, 1)
				if err != nil {
					t.Fatal(err)
				}
				undone, err := h.Undo(t.Context(), events[0].ID)
				if err != nil {
					t.Fatal(err)
				}
				text := fmt.Sprint(events, undone)
				for _, secret := range []string{"hunter2", "a:b=c", "key=1"} {
					if strings.Contains(text, secret) {
						t.Errorf("a secret is shown: %s", text)
					}
				}
				return undone
			}
			changed := fullFeed()
			changed.Every, changed.Rows.Keep = time.Hour, false
			for _, do := range []struct {
				change func() error
				want   []feed.Subscribed
			}{
				{func() error { return h.PutFeed(t.Context(), fullFeed(), false) }, nil},
				{func() error { return h.PutFeed(t.Context(), fullFeed(), false) }, nil},
				{func() error { return h.PutFeed(t.Context(), changed, true) }, []feed.Subscribed{{Feed: fullFeed()}}},
				{func() error { return h.RemoveFeed(t.Context(), "a") }, []feed.Subscribed{{Feed: fullFeed()}}},
			} {
				if len(do.want) > 0 && len(h.feeds(t)) == 0 {
					if err := h.PutFeed(t.Context(), fullFeed(), false); err != nil {
						t.Fatal(err)
					}
				}
				if err := do.change(); err != nil {
					t.Fatal(err)
				}
				if undone := undo(); len(undone.Settings) == 0 || len(undone.LeftSettings) > 0 {
					t.Errorf("undone %v", undone)
				}
				equal(t, "feeds", h.feeds(t), do.want)
				equal(t, "names", len(h.redis.SMembers(t.Context(), h.key("feeds")).Val()), len(do.want))
			}

			events, err := h.Audit(t.Context(), audit.Filter{Action: audit.FeedRemove}, 0)
			if err != nil || len(events) != 1 {
				t.Fatal(events, err)
			}
			undone, err := h.Undo(t.Context(), events[0].ID)
			if err != nil || len(undone.Settings) > 0 || len(undone.LeftSettings) > 0 {
				t.Errorf("undone again: %v, %v", undone, err)
			}
		})
	}
}
