package store

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

// Usage counts the entries that have been on the list since the given time and
// have decided no call since.
func (s *Store) Usage(ctx context.Context, since time.Time) (usage blacklist.Usage, err error) {
	defer s.finish(ctx, opEntries, s.now(), &err)
	before := "(" + strconv.FormatInt(since.Unix(), 10)
	var all, old *redis.IntCmd
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		all, old = pipe.ZCard(ctx, s.keys.list()), pipe.ZCount(ctx, s.keys.created(), "-inf", before)
		return nil
	}); err != nil {
		return blacklist.Usage{}, err
	}
	usage = blacklist.Usage{Entries: all.Val(), Unused: old.Val()}
	for some, err := range chunks(s.usedSince(ctx, since), pageSize) {
		if err != nil {
			return blacklist.Usage{}, err
		}
		if err := s.score(ctx, s.ranking(blacklist.ByCreated), some); err != nil {
			return blacklist.Usage{}, err
		}
		for _, at := range some {
			if at.at < since.Unix() {
				usage.Unused--
			}
		}
	}
	return usage, nil
}

// Unused returns the entries that Usage counts, the oldest first, limit at
// most; 0 means all.
func (s *Store) Unused(ctx context.Context, since time.Time, limit int) (entries []blacklist.Entry, err error) {
	defer s.finish(ctx, opEntries, s.now(), &err)
	used := map[string]bool{}
	for at, err := range s.usedSince(ctx, since) {
		if err != nil {
			return nil, err
		}
		used[at.rule] = true
	}
	for some, err := range chunks(s.unused(ctx, since, used), pageSize) {
		if err != nil {
			return nil, err
		}
		found, err := s.read(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, entry := range found {
			if entry == nil {
				continue
			}
			if entries = append(entries, *entry); len(entries) == limit {
				return entries, nil
			}
		}
	}
	return entries, nil
}

// unused yields the positions of rules that were made before since and are not
// among those used, the oldest first.
func (s *Store) unused(ctx context.Context, since time.Time, used map[string]bool) iter.Seq2[position, error] {
	oldest := ranking{key: s.keys.created(), direction: upwards}
	return func(yield func(position, error) bool) {
		for at, err := range s.ranked(ctx, oldest, nil) {
			if err == nil && at.at >= since.Unix() {
				return
			}
			if !used[at.rule] && !yield(at, err) {
				return
			}
		}
	}
}

// usedSince yields the positions of rules that have decided calls since.
func (s *Store) usedSince(ctx context.Context, since time.Time) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for at, err := range s.ranked(ctx, s.ranking(blacklist.ByLastHit), nil) {
			if err == nil && at.at < since.Unix() || !yield(at, err) {
				return
			}
		}
	}
}
