package store

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/feed"
)

//go:embed feed_put.lua
var feedPutText string

//go:embed feed_remove.lua
var feedRemoveText string

//go:embed feed_state.lua
var feedStateText string

var (
	feedPutScript    = newReader(feedPutText)
	feedRemoveScript = newReader(feedRemoveText)
	feedStateScript  = newReader(feedStateText)
)

var _ feed.Store = (*Store)(nil)

// ErrFeedExists means that there is a feed of this name.
var ErrFeedExists = errors.New("there is a feed of this name already")

// PutFeed subscribes to a feed, which is due at once. If there is one of its
// name, it is replaced, or the error is ErrFeedExists.
func (s *Store) PutFeed(ctx context.Context, f feed.Feed, replace bool) (err error) {
	defer s.finish(ctx, opFeeds, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	f.Revision = rand.Text()
	args := []any{f.Name, 0}
	if replace {
		args[1] = 1
	}
	keys := []string{s.keys.feeds(), s.keys.feed(f.Name), s.keys.feedState(f.Name)}
	done, err := s.runOr(ctx, fmt.Errorf("%s: %w", f.Name, ErrFeedExists), feedPutScript, keys, append(args, writeFeed(f)...)...)
	if err != nil {
		return err
	}
	action := audit.FeedAdd
	if done == feedReplaced {
		action = audit.FeedChange
	}
	return s.recordMade(ctx, opFeeds, []audit.Event{{Action: action, Note: f.Name + " " + f.Address()}}, nil)
}

// feedReplaced is what feed_put.lua answers where there was a feed before.
const feedReplaced = 2

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

// readFeeds returns those of the feeds that are there. One that somebody has
// damaged by hand is told and left out.
func (s *Store) readFeeds(ctx context.Context, names []string) ([]feed.Subscribed, error) {
	if len(names) == 0 {
		return nil, nil
	}
	feeds, states := make([]*redis.MapStringStringCmd, len(names)), make([]*redis.MapStringStringCmd, len(names))
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, name := range names {
			feeds[i] = pipe.HGetAll(ctx, s.keys.feed(name))
			states[i] = pipe.HGetAll(ctx, s.keys.feedState(name))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var found []feed.Subscribed
	for i, name := range names {
		if len(feeds[i].Val()) == 0 {
			continue
		}
		read, err := readFeed(name, feeds[i].Val())
		if err != nil {
			s.log.WarnContext(ctx, "passing over a feed that cannot be read",
				slog.String("key", s.keys.feed(name)), slog.Any("error", err))
			continue
		}
		found = append(found, feed.Subscribed{Feed: read, State: readFeedState(states[i].Val())})
	}
	return found, nil
}

// SaveFeedState keeps what became of a feed. If it has been removed or
// replaced, the error is feed.ErrUnknown.
func (s *Store) SaveFeedState(ctx context.Context, f feed.Feed, state feed.State) (err error) {
	defer s.finish(ctx, opFeeds, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	keys := []string{s.keys.feed(f.Name), s.keys.feedState(f.Name)}
	_, err = s.runOr(ctx, unknownFeed(f.Name), feedStateScript, keys, append([]any{f.Revision}, writeFeedState(state)...)...)
	return err
}

// RemoveFeed ends a subscription; its entries stay. The error is
// feed.ErrUnknown if there is none of this name.
func (s *Store) RemoveFeed(ctx context.Context, name string) (err error) {
	defer s.finish(ctx, opFeeds, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	keys := []string{s.keys.feeds(), s.keys.feed(name), s.keys.feedState(name)}
	if _, err := s.runOr(ctx, unknownFeed(name), feedRemoveScript, keys, name); err != nil {
		return err
	}
	return s.recordMade(ctx, opFeeds, []audit.Event{{Action: audit.FeedRemove, Note: name}}, nil)
}

func unknownFeed(name string) error { return fmt.Errorf("%s: %w", name, feed.ErrUnknown) }

// runOr runs a script that answers with a number, which is 0 where what
// otherwise says is so.
func (s *Store) runOr(ctx context.Context, otherwise error, script *redis.Script, keys []string, args ...any) (int64, error) {
	answer, err := s.run(ctx, script, keys, args...)
	if err != nil {
		return 0, err
	}
	done, err := integer(answer)
	if err == nil && done == 0 {
		err = otherwise
	}
	return done, err
}
