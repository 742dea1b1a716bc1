package store

import (
	"context"
	"iter"

	"github.com/ringfence/ringfence/blacklist"
)

// Page returns the entries that the query chooses, in its order. How long that
// takes doesn't depend on where in the list the page lies. An entry that
// stands all the while, and in its order where it did, is on one page of those
// that follow each other, whatever else comes and goes. An After that is none
// gives blacklist.ErrCursor.
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
