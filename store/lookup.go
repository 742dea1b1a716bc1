package store

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

// Lookup returns the entries of the rules as they are now, in the order of the
// rules; nil stands for none. It changes nothing.
func (s *Store) Lookup(ctx context.Context, rules []blacklist.Rule) (found []*blacklist.Entry, err error) {
	defer s.finish(ctx, opLookup, s.now(), &err)
	found = make([]*blacklist.Entry, 0, len(rules))
	for page := range slices.Chunk(rules, pageSize) {
		part, err := s.lookup(ctx, page)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
	}
	return found, nil
}

// lookup is Lookup of one page, in one round trip.
func (s *Store) lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error) {
	if len(rules) == 0 {
		return nil, nil
	}
	var commands []asked
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		commands = s.askEntries(ctx, pipe, rules, true)
		return nil
	}); err != nil {
		return nil, err
	}
	return s.readEach(ctx, commands)
}

// fetch returns the entries that there are of the given rules, in one round trip.
func (s *Store) fetch(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Entry, error) {
	found, err := s.lookup(ctx, rules)
	return present(found), err
}

// present returns what there is.
func present[T any](found []*T) []T {
	var items []T
	for _, item := range found {
		if item != nil {
			items = append(items, *item)
		}
	}
	return items
}
