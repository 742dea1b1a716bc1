package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/feed"
)

var feedStateScript = newScript("feed_state.lua")

var _ feed.Store = (*Store)(nil)

// PutFeed subscribes to a feed, which is due at once. If there is one of its
// name, it is replaced, or the error is feed.ErrExists.
func (s *Store) PutFeed(ctx context.Context, f feed.Feed, replace bool) error {
	f.Revision = rand.Text()
	return s.changeFields(ctx, opFeeds, ofFeed+f.Name, func(before map[string]string) ([]audit.Setting, audit.Event, error) {
		event := audit.Event{Action: audit.FeedAdd, Note: f.Name + " " + feed.ShownAddress(f.URL)}
		if len(before) > 0 {
			if !replace {
				return nil, event, fmt.Errorf("%s: %w", f.Name, feed.ErrExists)
			}
			event.Action = audit.FeedChange
		}
		return changedTexts(before, writeFeed(f)), event, nil
	})
}

// changedTexts returns what differs between two hashes.
func changedTexts(before, after map[string]string) (changes []audit.Setting) {
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			changes = append(changes, audit.Setting{Name: name, Before: before[name], After: after[name]})
		}
	}
	return changes
}

// Feeds returns all feeds, in the order of their names.
func (s *Store) Feeds(ctx context.Context) (feeds []feed.Subscribed, err error) {
	defer s.finish(ctx, opFeeds, s.now(), &err)
	names, err := s.client.SMembers(ctx, s.keys.feeds()).Result()
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	return s.readFeeds(ctx, names)
}

// Feed returns one feed; the error is feed.ErrUnknown if there is none of this
// name.
func (s *Store) Feed(ctx context.Context, name string) (found feed.Subscribed, err error) {
	defer s.finish(ctx, opFeeds, s.now(), &err)
	feeds, err := s.readFeeds(ctx, []string{name})
	if err != nil {
		return feed.Subscribed{}, err
	}
	if len(feeds) == 0 {
		return feed.Subscribed{}, unknownFeed(name)
	}
	return feeds[0], nil
}

// readFeeds returns those of the feeds that exist. A damaged one is logged and
// left out.
func (s *Store) readFeeds(ctx context.Context, names []string) ([]feed.Subscribed, error) {
	var both []string
	for _, name := range names {
		both = append(both, s.keys.feed(name), s.keys.feedState(name))
	}
	hashes, err := s.hashes(ctx, both...)
	if err != nil {
		return nil, err
	}
	var found []feed.Subscribed
	for i, name := range names {
		hash, state := hashes[2*i], hashes[2*i+1]
		if len(hash) == 0 {
			continue
		}
		read, err := readFeed(name, hash)
		if err != nil {
			s.log.WarnContext(ctx, "cannot read a feed",
				slog.String("key", s.keys.feed(name)), slog.Any("error", err))
			continue
		}
		found = append(found, feed.Subscribed{Feed: read, State: readFeedState(state)})
	}
	return found, nil
}

// SaveFeedState writes the state of a feed. If that has been removed or replaced,
// the error is feed.ErrUnknown.
func (s *Store) SaveFeedState(ctx context.Context, f feed.Feed, state feed.State) (err error) {
	defer s.finish(ctx, opFeeds, s.now(), &err)
	done, err := s.write(ctx, feedStateScript, append([]any{f.Name, f.Revision}, pairs(writeFeedState(state))...)...).Bool()
	if err == nil && !done {
		err = unknownFeed(f.Name)
	}
	return err
}

// RemoveFeed ends a subscription; its entries stay. The error is
// feed.ErrUnknown if there is none of this name.
func (s *Store) RemoveFeed(ctx context.Context, name string) error {
	return s.changeFields(ctx, opFeeds, ofFeed+name, func(before map[string]string) ([]audit.Setting, audit.Event, error) {
		event := audit.Event{Action: audit.FeedRemove, Note: name}
		if len(before) == 0 {
			return nil, event, unknownFeed(name)
		}
		return changedTexts(before, nil), event, nil
	})
}

func unknownFeed(name string) error { return fmt.Errorf("%s: %w", name, feed.ErrUnknown) }
