package store

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

// Listings yields all entries, without their hits, in the order of their rules'
// texts, and holds a few pages of them at a time. An entry that is on the list all the
// while is yielded, and none twice. After an error it ends.
func (s *Store) Listings(ctx context.Context) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		pages := ahead(ctx, func(ctx context.Context) iter.Seq2[[]string, error] { return s.linesOf(ctx, upwards, "-", "+") })
		var last blacklist.Rule
		for lines, err := range pages {
			if err != nil {
				yield(blacklist.Entry{}, s.explain(ctx, opEntries.doing, err))
				return
			}
			for i := range lines {
				entry := s.standing(ctx, lines[i:i+1])
				if entry == nil || entry.Rule == last {
					continue
				}
				last = entry.Rule
				if !yield(*entry, nil) {
					return
				}
			}
		}
	}
}

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
		if some, err = s.scored(ctx, s.keys.created(), some); err != nil {
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
// most; 0 stands for all.
func (s *Store) Unused(ctx context.Context, since time.Time, limit int) (entries []blacklist.Entry, err error) {
	defer s.finish(ctx, opEntries, s.now(), &err)
	used := map[string]bool{}
	for at, err := range s.usedSince(ctx, since) {
		if err != nil {
			return nil, err
		}
		used[at.rule] = true
	}
	for some, err := range chunks(s.ranked(ctx, s.keys.created(), upwards, nil), pageSize) {
		if err != nil {
			return nil, err
		}
		var rules []blacklist.Rule
		ended := false
		for _, at := range some {
			if ended = at.at >= since.Unix(); ended {
				break
			}
			if rule, ok := s.readRule(ctx, at.rule); ok && !used[at.rule] {
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
		if ended {
			break
		}
	}
	return entries, nil
}

// usedSince yields the positions of rules that have decided calls since.
func (s *Store) usedSince(ctx context.Context, since time.Time) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for at, err := range s.ranked(ctx, s.keys.lastHit(), downwards, nil) {
			if err == nil && at.at < since.Unix() || !yield(at, err) {
				return
			}
		}
	}
}
