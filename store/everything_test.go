package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

// everything runs each method that asks Redis.
func everything(t *testing.T, s *store.Store) map[string]func(context.Context) error {
	t.Helper()
	caller := number(t, "+4930123456")
	return map[string]func(context.Context) error{
		"check":    s.Check,
		"writable": s.CheckWritable,
		"try":      func(ctx context.Context) error { _, err := s.Try(ctx); return err },
		"server":   func(ctx context.Context) error { _, err := s.Servers(ctx); return err },
		"damage":   s.Damage,
		"facts":    func(ctx context.Context) error { _, err := s.Facts(ctx, caller, caller); return err },
		"policy":   func(ctx context.Context) error { _, err := s.Policy(ctx); return err },
		"put": func(ctx context.Context) error {
			_, err := s.Put(ctx, []blacklist.Entry{block(t, "+4930123456")})
			return err
		},
		"remove": func(ctx context.Context) error {
			_, err := s.Remove(ctx, []blacklist.Rule{rule(t, "+4930123456")})
			return err
		},
		"lookup": func(ctx context.Context) error {
			_, err := s.Lookup(ctx, []blacklist.Rule{rule(t, "+4930123456")})
			return err
		},
		"entries for": func(ctx context.Context) error {
			_, err := s.EntriesFor(ctx, []phone.Pattern{rule(t, "+4930123456").Pattern})
			return err
		},
		"swap": func(ctx context.Context) error {
			e := block(t, "+4930123456")
			_, err := s.Swap(ctx, []blacklist.Edit{{Rule: e.Rule, After: &e}}, nil)
			return err
		},
		"entries":  func(ctx context.Context) error { _, err := s.Entries(ctx, blacklist.Query{}); return err },
		"settings": func(ctx context.Context) error { _, err := s.Settings(ctx); return err },
		"set": func(ctx context.Context) error {
			return s.SetSettings(ctx, func(s *policy.Settings) error { return s.Set("mode", "observe", "") })
		},
		"save batch": func(ctx context.Context) error { return s.SaveBatch(ctx, batch.Batch{ID: "x", Started: time.Now()}) },
		"batches":    func(ctx context.Context) error { _, err := s.Batches(ctx); return err },
		"batch":      func(ctx context.Context) error { _, err := s.Batch(ctx, "x"); return err },
		"swap with a chunk": func(ctx context.Context) error {
			e := block(t, "+4930123456")
			_, err := s.Swap(ctx, []blacklist.Edit{{Rule: e.Rule, After: &e}}, &batch.Chunk{Batch: "x"})
			return err
		},
		"chunks": func(ctx context.Context) error { _, err := s.Chunks(ctx, "x"); return err },
		"chunk":  func(ctx context.Context) error { _, err := s.Chunk(ctx, "x", 0); return err },
		"append": func(ctx context.Context) error { return s.AppendCalls(ctx, calllog.Batch{Records: calls(0, 1)}) },
		"calls":  func(ctx context.Context) error { _, err := s.Calls(ctx, calllog.Filter{}, 0); return err },
		"search calls": func(ctx context.Context) error {
			_, err := s.Calls(ctx, calllog.Filter{Check: "list"}, 0)
			return err
		},
		"call": func(ctx context.Context) error {
			if _, err := s.Call(ctx, "1-1"); !errors.Is(err, calllog.ErrNoCall) {
				return err
			}
			return nil
		},
		"summaries": func(ctx context.Context) error {
			for _, err := range s.Summaries(ctx, calllog.Filter{}) {
				return err
			}
			return nil
		},
		"sweep": func(ctx context.Context) error { _, err := s.Sweep(ctx); return err },
		"lease": func(ctx context.Context) error {
			_, release, err := s.Lease(ctx, "import")
			if err == nil {
				release()
			}
			return err
		},
		"feeds": func(ctx context.Context) error { _, err := s.Feeds(ctx); return err },
		"feed": func(ctx context.Context) error {
			if _, err := s.Feed(ctx, "ftc"); !errors.Is(err, feed.ErrUnknown) {
				return err
			}
			return nil
		},
		"put feed": func(ctx context.Context) error { return s.PutFeed(ctx, plainFeed("ftc"), true) },
		"feed state": func(ctx context.Context) error {
			if err := s.SaveFeedState(ctx, plainFeed("ftc"), feed.State{}); !errors.Is(err, feed.ErrUnknown) {
				return err
			}
			return nil
		},
		"remove feed": func(ctx context.Context) error {
			if err := s.RemoveFeed(ctx, "ftc"); !errors.Is(err, feed.ErrUnknown) {
				return err
			}
			return nil
		},
		"count": func(ctx context.Context) error {
			_, err := s.Count(ctx, counting(t, "1", "+4930123457", 0, "2 in 5m always"))
			return err
		},
		"counted": func(ctx context.Context) error {
			_, err := s.Counted(ctx, counting(t, "2", "+4930123457", 0, "2 in 5m always"))
			return err
		},
		"events":   func(ctx context.Context) error { _, err := s.Events(ctx, "0-0", 1); return err },
		"cursor":   func(ctx context.Context) error { _, err := s.Cursor(ctx, "webhook"); return err },
		"schedule": func(ctx context.Context) error { _, err := s.Schedule(ctx); return err },
		"set hours": func(ctx context.Context) error {
			return s.SetHours(ctx, func(map[string]schedule.Hours) error { return nil })
		},
		"calendars": func(ctx context.Context) error {
			_, err := s.CalendarStates(ctx, []string{"file:///x.ics"})
			return err
		},
		"usage": func(ctx context.Context) error { _, err := s.Usage(ctx, time.Now()); return err },
		"history": func(ctx context.Context) error {
			for _, err := range s.History(ctx, calllog.Filter{}) {
				return err
			}
			return nil
		},
		"follow": func(ctx context.Context) error { return s.Follow(ctx, "", func(calllog.Record) error { return nil }) },
	}
}
