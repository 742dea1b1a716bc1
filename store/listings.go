package store

import (
	"context"
	"iter"

	"github.com/ringfence/ringfence/blacklist"
)

// Listing is the index's line of an entry.
type Listing = blacklist.Listing

// Listings yields the lines of all entries, in the order of their rules' texts,
// and holds a few pages of them at a time. An entry that is on the list all the
// while is yielded, and none twice. After an error it ends.
func (s *Store) Listings(ctx context.Context) iter.Seq2[Listing, error] {
	return func(yield func(Listing, error) bool) {
		entries, err := s.Entries(ctx, Query{Sort: ByNumber})
		if err != nil {
			yield(Listing{}, err)
			return
		}
		for _, entry := range entries {
			if !yield(Listing{
				Rule: entry.Rule, Kind: entry.Kind, Source: entry.Source, Author: entry.Author, Reason: entry.Reason,
				Created: entry.Created, Expires: entry.Expires,
			}, nil) {
				return
			}
		}
	}
}
