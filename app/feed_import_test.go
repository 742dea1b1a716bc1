package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// A number that two feeds list stays on the list when one of them drops it,
// though the other's file is still the same.
func TestANumberOfTwoFeedsStays(t *testing.T) {
	t.Parallel()
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	s, err := store.Open(store.Options{URL: redis.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	now := time.Now()
	clock := func() time.Time { return now }
	runner := feed.NewRunner(feed.Config{
		Store: s, Importer: NewFeedImporter(s, "", clock, Watch{}), Fetcher: feed.NewFetcher(feed.FetcherConfig{Folder: t.TempDir(), Access: Access{Folders: []string{os.TempDir()}}}),
		Log: slog.New(slog.DiscardHandler), Now: clock, Interval: time.Millisecond,
	})
	files := t.TempDir()
	publish := func(name, text string) string {
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const whole = "number\n+4930123456\n+4930123457\n+4930123458\n"
	for _, name := range []string{"a", "b"} {
		f := feed.Feed{
			Name: name, URL: "file://" + publish(name, whole), Every: time.Hour, MaxSize: feed.DefaultMaxSize,
			Rows: feed.Rows{Kind: blacklist.Block},
		}
		if err := s.PutFeed(t.Context(), f, false); err != nil {
			t.Fatal(err)
		}
		if _, err := runner.RunNow(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	publish("a", "number\n+4930123456\n+4930123457\n")
	if _, err := runner.RunNow(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runner.Run(ctx)
	}()
	rule, err := blacklist.ParseRule("+4930123458")
	if err != nil {
		t.Fatal(err)
	}
	for ctx.Err() == nil {
		found, err := s.Lookup(ctx, []blacklist.Rule{rule})
		if err == nil && found[0] != nil {
			if found[0].Source != "b" {
				t.Errorf("it is of %s", found[0].Source)
			}
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Error("the number is not on the list any more")
	}
	cancel()
	<-ended
}
