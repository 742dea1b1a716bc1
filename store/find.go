package store

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

// tries is how many entries are read in the hope that the query chooses many
// of them, before the whole list is searched.
const tries = 2 * pageSize

// defaultKept is how many positions are sorted in memory: where more match, the
// list is searched again for those that come after them.
const defaultKept = 50_000

// Page returns the entries that the query chooses, in its order. How long that
// takes doesn't depend on where in the list the page lies. An entry that stays
// on the list, and in its order where it was, is on one page of those that follow
// each other, whatever else comes and goes. An invalid After gives
// blacklist.ErrCursor.
func (s *Store) Page(ctx context.Context, query blacklist.Query) (page blacklist.Page, err error) {
	search, err := s.search(query)
	if err != nil {
		return blacklist.Page{}, err
	}
	defer s.finish(ctx, opEntries, s.now(), &err)
	var last position
	for entry, err := range search.found(ctx) {
		if err != nil {
			return blacklist.Page{}, err
		}
		if query.Limit > 0 && len(page.Entries) == query.Limit {
			page.Next = cursor(search.order, last)
			break
		}
		page.Entries = append(page.Entries, entry.Entry)
		last = entry.position
	}
	return page, nil
}

// Entries returns the entries of a Page.
func (s *Store) Entries(ctx context.Context, query blacklist.Query) ([]blacklist.Entry, error) {
	page, err := s.Page(ctx, query)
	return page.Entries, err
}

// All yields the entries that the query chooses, in its order. It holds some of
// them at a time, however many there are. After an error it ends.
func (s *Store) All(ctx context.Context, query blacklist.Query) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		search, err := s.search(query)
		if err != nil {
			yield(blacklist.Entry{}, err)
			return
		}
		for entry, err := range search.found(ctx) {
			if err != nil {
				yield(blacklist.Entry{}, s.explain(ctx, opEntries.doing, err))
				return
			}
			if !yield(entry.Entry, nil) {
				return
			}
		}
	}
}

// CountEntries counts the entries that the query chooses, whatever its Limit and After.
func (s *Store) CountEntries(ctx context.Context, query blacklist.Query) (n int64, err error) {
	defer s.finish(ctx, opSize, s.now(), &err)
	if !query.Filters() {
		var all, ended *redis.IntCmd
		_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			all = pipe.ZCard(ctx, s.keys.list())
			ended = pipe.ZCount(ctx, s.keys.expires(), "-inf", strconv.FormatInt(s.Now().Unix(), 10))
			return nil
		})
		if err != nil {
			return 0, err
		}
		return all.Val() - ended.Val(), nil
	}
	search := &search{Store: s, query: query, matcher: newMatcher(query)}
	for at, err := range search.matching(ctx, nil) {
		if err != nil {
			return 0, err
		}
		if s.live(ctx, []string{at.line}) != nil {
			n++
		}
	}
	return n, nil
}

// Listings yields all entries, without their hits, in the order of their rules'
// texts, and holds a few pages of them at a time. An entry that stays on the list
// is yielded, and none twice. After an error it ends.
func (s *Store) Listings(ctx context.Context) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		var last blacklist.Rule
		for line, err := range s.linesAhead(ctx, "-", "+") {
			if err != nil {
				yield(blacklist.Entry{}, s.explain(ctx, opEntries.doing, err))
				return
			}
			entry := s.live(ctx, []string{line})
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

// search is a query that is carried out.
type search struct {
	*Store
	query   blacklist.Query
	order   blacklist.Sort
	ranks   ranking
	matcher *matcher
	// after is the position after which it begins, nil for the beginning.
	after *position
}

func (s *Store) search(query blacklist.Query) (*search, error) {
	order, err := blacklist.ParseSort(string(query.Sort))
	found := &search{Store: s, query: query, order: order, ranks: s.ranking(order), matcher: newMatcher(query)}
	if err != nil || query.After == "" {
		return found, err
	}
	after, err := readCursor(order, query.After)
	found.after = &after
	return found, err
}

// foundEntry is an entry and its position.
type foundEntry struct {
	blacklist.Entry
	position position
}

// found yields what the query chooses.
func (s *search) found(ctx context.Context) iter.Seq2[foundEntry, error] {
	candidates, size := s.candidates(ctx)
	return func(yield func(foundEntry, error) bool) {
		for some, err := range chunks(candidates, size) {
			var entries []*blacklist.Entry
			if err == nil {
				entries, err = s.read(ctx, some)
			}
			if err != nil {
				yield(foundEntry{}, err)
				return
			}
			for i, entry := range entries {
				if entry != nil && s.matcher.matches(line(*entry)) && !yield(foundEntry{*entry, some[i]}, nil) {
					return
				}
			}
		}
	}
}

// candidates yields positions, all that the query chooses among them, and returns
// how many of them to read at a time.
func (s *search) candidates(ctx context.Context) (positions iter.Seq2[position, error], size int) {
	size = pageSize
	if s.query.Limit > 0 {
		size = min(size, s.query.Limit+1)
	}
	switch {
	case !s.query.Filters():
		return s.positions(ctx, s.ranks, s.after), size
	case s.order == blacklist.ByNumber:
		return s.matching(ctx, s.after), size
	}
	return s.triedThenSorted(ctx), pageSize
}

// triedThenSorted yields the next positions, which is enough if the query chooses
// many of them, and then those that match in the whole list, sorted.
func (s *search) triedThenSorted(ctx context.Context) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		after, tried := s.after, 0
		for at, err := range s.positions(ctx, s.ranks, after) {
			if !yield(at, err) || err != nil {
				return
			}
			after = &at
			if tried++; tried == tries {
				break
			}
		}
		for more := tried == tries; more; {
			best, keep, err := s.best(ctx, after)
			if err != nil {
				yield(position{}, err)
				return
			}
			for _, at := range best {
				if !yield(at, nil) {
					return
				}
				after = &at
			}
			more = len(best) == keep
		}
	}
}

// matching yields the positions by number that the query chooses and that follow
// after; nil means all.
func (s *search) matching(ctx context.Context, after *position) iter.Seq2[position, error] {
	start, end := "["+s.query.Start, "+"
	if s.query.Start != "" {
		end = "(" + s.query.Start + "\xff"
	}
	if after != nil {
		start = max(start, "["+after.rule+"\n")
	}
	return places(s.linesAhead(ctx, start, end), s.matcher.matches)
}

// best searches the whole list and returns the first positions that match and
// follow after, and how many it returns at most.
func (s *search) best(ctx context.Context, after *position) (best []position, keep int, err error) {
	keep = s.mostKept
	if s.query.Limit > 0 {
		keep = min(keep, max(pageSize, s.query.Limit+1))
	}
	cut := func() {
		slices.SortFunc(best, s.ranks.compare)
		best = best[:min(len(best), keep)]
	}
	for some, err := range chunks(s.matching(ctx, nil), pageSize) {
		if err == nil {
			err = s.score(ctx, s.ranks, some)
		}
		if err != nil {
			return nil, 0, err
		}
		for _, at := range some {
			if after == nil || s.ranks.compare(*after, at) < 0 {
				best = append(best, at)
			}
		}
		if len(best) > 4*keep {
			cut()
		}
	}
	cut()
	return best, keep, nil
}
