package store

import (
	"context"
	"iter"
	"slices"

	"github.com/ringfence/ringfence/blacklist"
)

// foundEntry is an entry, and where it stands.
type foundEntry struct {
	blacklist.Entry
	position position
}

// tries is how many entries are read in the hope that the query chooses many
// of them, before the whole index is searched.
const tries = 2 * pageSize

// defaultKept is how many positions are sorted in memory: where more match, the
// index is searched again for those that come after them.
const defaultKept = 50_000

// search is a query on its way.
type search struct {
	*Store
	query Query
	order Sort
	// last is the last position that was looked at, nil at the beginning.
	last *position
	gone []blacklist.Rule
}

func (s *Store) search(query Query) (*search, error) {
	order, err := ParseSort(string(query.Sort))
	if err != nil || query.After == "" {
		return &search{Store: s, query: query, order: order}, err
	}
	after, err := order.readCursor(query.After)
	return &search{Store: s, query: query, order: order, last: &after}, err
}

// found yields what the query chooses.
func (s *search) found(ctx context.Context) iter.Seq2[foundEntry, error] {
	return func(yield func(foundEntry, error) bool) {
		if err := s.run(ctx, func(entry foundEntry) bool { return yield(entry, nil) }); err != nil {
			yield(foundEntry{}, err)
			return
		}
		s.clear(ctx)
	}
}

func (s *search) run(ctx context.Context, yield func(foundEntry) bool) (err error) {
	size := pageSize
	if s.query.Limit > 0 {
		size = min(size, s.query.Limit+1)
	}
	switch {
	case !s.query.filters():
		_, err = s.show(ctx, s.positions(ctx, s.order, s.last), size, 0, yield)
		return err
	case s.order == ByNumber:
		_, err = s.show(ctx, s.matchingByNumber(ctx), size, 0, yield)
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

// show reads the entries at the positions, some at a time, and yields those
// that the query chooses. After so many positions as most says, 0 being all, it
// ends and returns true, and so it does at the end; false means that yield
// wants no more.
func (s *search) show(ctx context.Context, positions iter.Seq2[position, error], size, most int, yield func(foundEntry) bool) (bool, error) {
	seen := 0
	for some, err := range chunks(positions, size) {
		if err != nil {
			return false, err
		}
		rules := make([]blacklist.Rule, 0, len(some))
		at := make([]position, 0, len(some))
		for _, position := range some {
			if rule, ok := s.readRule(ctx, position.rule); ok {
				rules = append(rules, rule)
				at = append(at, position)
			}
		}
		entries, err := s.lookup(ctx, rules)
		if err != nil {
			return false, err
		}
		for i, entry := range entries {
			s.last = &at[i]
			if entry == nil {
				s.gone = append(s.gone, rules[i])
			} else if s.query.chooses(*entry) && !yield(foundEntry{*entry, at[i]}) {
				return false, nil
			}
		}
		if seen += len(some); most > 0 && seen >= most {
			break
		}
	}
	return true, nil
}

// matchingByNumber yields the positions by number of the lines that match.
func (s *search) matchingByNumber(ctx context.Context) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for line, err := range s.matching(ctx, s.last) {
			if err != nil {
				yield(position{}, err)
				return
			}
			at := positionOf(ByNumber, line)
			if s.last != nil && at.rule <= s.last.rule {
				continue
			}
			if !yield(at, nil) {
				return
			}
		}
	}
}

// matching yields the lines by number that the query may choose, beginning
// somewhere before the one that follows after. A line is valid until the next.
func (s *search) matching(ctx context.Context, after *position) iter.Seq2[[]byte, error] {
	from := s.query.Start
	if after != nil {
		from = max(from, after.rule)
	}
	return func(yield func([]byte, error) bool) {
		matcher := newMatcher(s.query)
		pages := ahead(ctx, func(ctx context.Context) iter.Seq2[string, error] {
			return s.pagesOf(ctx, s.keys.byNumber(), upwards, from)
		})
		for page, err := range pages {
			if err != nil {
				yield(nil, err)
				return
			}
			for line := range matcher.lines(page) {
				if !yield(line, nil) {
					return
				}
			}
			if beyond(page, s.query.Start) {
				return
			}
		}
	}
}

// beyond reports whether a page begins behind all rules that begin so.
func beyond(page, start string) bool {
	return page[:min(len(page), len(start))] > start
}

// best searches the whole index and returns the first positions in the order
// that come after the last one, as many as keep says.
func (s *search) best(ctx context.Context, keep int) ([]position, error) {
	var best []position
	cut := func() {
		slices.SortFunc(best, s.order.compare)
		best = best[:min(len(best), keep)]
	}
	for some, err := range chunks(s.matchingPositions(ctx), pageSize) {
		if err != nil {
			return nil, err
		}
		if some, err = s.score(ctx, some); err != nil {
			return nil, err
		}
		for _, at := range some {
			if s.last == nil || s.order.compare(*s.last, at) < 0 {
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

func (s *search) matchingPositions(ctx context.Context) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for line, err := range s.matching(ctx, nil) {
			if err != nil {
				yield(position{}, err)
				return
			}
			if !yield(positionOf(s.order, line), nil) {
				return
			}
		}
	}
}

// score adds to positions what lines don't tell.
func (s *search) score(ctx context.Context, at []position) ([]position, error) {
	switch s.order {
	case ByHits:
		return s.scored(ctx, s.keys.hits(), at)
	case ByLastHit:
		return s.scored(ctx, s.keys.lastHit(), at)
	case ByCreated, ByNumber, ByExpiry:
	}
	return at, nil
}

// clear takes away the lines that were found without an entry. What it cannot
// do now, Sweep does later.
func (s *search) clear(ctx context.Context) {
	if len(s.gone) == 0 || s.claim(ctx) != nil {
		return
	}
	for some := range slices.Chunk(s.gone, pageSize) {
		if _, err := s.settle(ctx, some); err != nil {
			return
		}
	}
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
