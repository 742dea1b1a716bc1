package store

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

// Usage says how many entries are on the list, and how many of them are dead
// wood.
type Usage struct{ Entries, Unused int64 }

// Usage counts the entries that have been on the list since the given time and
// have decided no call since, by the index.
func (s *Store) Usage(ctx context.Context, since time.Time) (usage Usage, err error) {
	defer s.finish(ctx, opEntries, s.now(), &err)
	for _, err := range s.unused(ctx, since) {
		if err != nil {
			return Usage{}, err
		}
		usage.Unused++
	}
	usage.Entries, err = s.client.Get(ctx, s.keys.count()).Int64()
	if errors.Is(err, redis.Nil) {
		err = nil
	}
	return usage, err
}

// Unused returns the entries that Usage counts, the oldest first, limit at the
// most; 0 stands for all.
func (s *Store) Unused(ctx context.Context, since time.Time, limit int) (entries []blacklist.Entry, err error) {
	defer s.finish(ctx, opEntries, s.now(), &err)
	size := pageSize
	if limit > 0 {
		size = min(size, limit)
	}
	for some, err := range chunks(s.unused(ctx, since), size) {
		if err != nil {
			return nil, err
		}
		rules := make([]blacklist.Rule, 0, len(some))
		for _, at := range some {
			if rule, ok := s.readRule(ctx, at.rule); ok {
				rules = append(rules, rule)
			}
		}
		found, err := s.lookup(ctx, rules)
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

// unused yields the positions by creation of these entries. It holds the rules
// that have decided calls since.
func (s *Store) unused(ctx context.Context, since time.Time) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		used := map[string]bool{}
		for at, err := range s.ranked(ctx, s.keys.lastHit(), nil) {
			if err != nil {
				yield(position{}, err)
				return
			}
			if at.at < since.Unix() {
				break
			}
			used[at.rule] = true
		}
		pages := ahead(ctx, func(ctx context.Context) iter.Seq2[string, error] {
			return s.pagesOf(ctx, s.keys.byCreated(), upwards, "")
		})
		for page, err := range pages {
			if err != nil {
				yield(position{}, err)
				return
			}
			for line := range linesAbove(page) {
				at := readTreeKey(line)
				if at.at >= since.Unix() {
					return
				}
				if !used[at.rule] && !yield(at, nil) {
					return
				}
			}
		}
	}
}
