package store

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

// foundEntry is an entry, and where it stands.
type foundEntry struct {
	blacklist.Entry
	position position
}

// tries is how many entries are read in the hope that the query chooses many
// of them, before the whole list is searched.
const tries = 2 * pageSize

// defaultKept is how many positions are sorted in memory: where more match, the
// list is searched again for those that come after them.
const defaultKept = 50_000

// search is a query on its way.
type search struct {
	*Store
	query   blacklist.Query
	order   blacklist.Sort
	matcher *matcher
	// last is the last position that was looked at, nil at the beginning.
	last *position
}

func (s *Store) search(query blacklist.Query) (*search, error) {
	order, err := blacklist.ParseSort(string(query.Sort))
	found := &search{Store: s, query: query, order: order, matcher: newMatcher(query)}
	if err != nil || query.After == "" {
		return found, err
	}
	after, err := readCursor(order, query.After)
	found.last = &after
	return found, err
}

// found yields what the query chooses.
func (s *search) found(ctx context.Context) iter.Seq2[foundEntry, error] {
	return func(yield func(foundEntry, error) bool) {
		if err := s.run(ctx, func(entry foundEntry) bool { return yield(entry, nil) }); err != nil {
			yield(foundEntry{}, err)
		}
	}
}

func (s *search) run(ctx context.Context, yield func(foundEntry) bool) (err error) {
	size := pageSize
	if s.query.Limit > 0 {
		size = min(size, s.query.Limit+1)
	}
	switch {
	case !s.query.Filters():
		_, err = s.show(ctx, s.positions(ctx, s.order, s.last), size, 0, yield)
		return err
	case s.order == blacklist.ByNumber:
		_, err = s.show(ctx, s.matching(ctx, s.last), size, 0, yield)
		return err
	}
	more, err := s.show(ctx, s.positions(ctx, s.order, s.last), pageSize, tries, yield)
	for more && err == nil {
		var best []position
		keep := s.mostKept
		if s.query.Limit > 0 {
			keep = min(keep, max(pageSize, s.query.Limit+1))
		}
		if best, err = s.best(ctx, keep); err != nil {
			return err
		}
		if more, err = s.show(ctx, each(best), size, 0, yield); len(best) < keep {
			return err
		}
	}
	return err
}

// show yields the entries at the positions that the query chooses, which are
// read some at a time. After so many positions as most says, 0 being all, it
// ends and returns true, and so it does at the end; false means that yield
// wants no more.
func (s *search) show(ctx context.Context, positions iter.Seq2[position, error], size, most int, yield func(foundEntry) bool) (bool, error) {
	seen := 0
	for some, err := range chunks(positions, size) {
		if err != nil {
			return false, err
		}
		found, err := s.entries(ctx, some)
		if err != nil {
			return false, err
		}
		for _, entry := range found {
			s.last = &entry.position
			if !yield(entry) {
				return false, nil
			}
		}
		s.last = &some[len(some)-1]
		if seen += len(some); most > 0 && seen >= most {
			break
		}
	}
	return true, nil
}

// entries returns the entries at some positions that the query chooses.
func (s *search) entries(ctx context.Context, some []position) ([]foundEntry, error) {
	var lines []*redis.StringSliceCmd
	var hits, last *redis.FloatSliceCmd
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		rules := make([]string, len(some))
		for i, at := range some {
			rules[i] = at.rule
			if at.line == "" {
				lines = append(lines, pipe.ZRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: from(at.rule), Max: to(at.rule)}))
			}
		}
		hits, last = pipe.ZMScore(ctx, s.keys.hits(), rules...), pipe.ZMScore(ctx, s.keys.lastHit(), rules...)
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	found := make([]foundEntry, 0, len(some))
	for i, at := range some {
		texts := []string{at.line}
		if at.line == "" {
			texts, lines = lines[0].Val(), lines[1:]
		}
		entry := s.standing(ctx, texts)
		if entry != nil && s.matcher.matches(line(*entry)) {
			withHits(entry, hits.Val()[i], last.Val()[i])
			found = append(found, foundEntry{*entry, at})
		}
	}
	return found, nil
}

// matching yields the positions by number that the query chooses and that come
// after one, nil standing for all.
func (s *search) matching(ctx context.Context, after *position) iter.Seq2[position, error] {
	start, end := "["+s.query.Start, "+"
	if s.query.Start != "" {
		end = "(" + s.query.Start + "\xff"
	}
	if after != nil {
		start = max(start, "["+after.rule+"\n")
	}
	return func(yield func(position, error) bool) {
		pages := ahead(ctx, func(ctx context.Context) iter.Seq2[[]string, error] { return s.linesOf(ctx, upwards, start, end) })
		last := ""
		for lines, err := range pages {
			if err != nil {
				yield(position{}, err)
				return
			}
			for _, line := range lines {
				if !s.matcher.matches(line) {
					continue
				}
				at := positionOf(s.order, line)
				if at.rule != last && !yield(at, nil) {
					return
				}
				last = at.rule
			}
		}
	}
}

// best searches the whole list and returns the first positions in the order
// that come after the last one, as many as keep says.
func (s *search) best(ctx context.Context, keep int) ([]position, error) {
	var best []position
	cut := func() {
		slices.SortFunc(best, func(a, b position) int { return compare(s.order, a, b) })
		best = best[:min(len(best), keep)]
	}
	for some, err := range chunks(s.matching(ctx, nil), pageSize) {
		if err != nil {
			return nil, err
		}
		if some, err = s.score(ctx, some); err != nil {
			return nil, err
		}
		for _, at := range some {
			if s.last == nil || compare(s.order, *s.last, at) < 0 {
				best = append(best, at)
			}
		}
		if len(best) > 4*keep {
			cut()
		}
	}
	cut()
	return best, nil
}

// score adds to positions what lines don't tell.
func (s *search) score(ctx context.Context, at []position) ([]position, error) {
	switch s.order {
	case blacklist.ByHits:
		return s.scored(ctx, s.keys.hits(), at)
	case blacklist.ByLastHit:
		return s.scored(ctx, s.keys.lastHit(), at)
	case blacklist.ByCreated, blacklist.ByNumber, blacklist.ByExpiry:
	}
	return at, nil
}

// each yields positions.
func each(positions []position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for _, at := range positions {
			if !yield(at, nil) {
				return
			}
		}
	}
}
