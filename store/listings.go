package store

import (
	"context"
	"iter"
	"log/slog"

	"github.com/ringfence/ringfence/blacklist"
)

// Listing is the index's line of an entry.
type Listing = blacklist.Listing

// Listings yields the lines of all entries, in the order of their rules' texts,
// and holds a few pages of them at a time. An entry that is on the list all the
// while is yielded, and none twice. After an error it ends.
func (s *Store) Listings(ctx context.Context) iter.Seq2[Listing, error] {
	return func(yield func(Listing, error) bool) {
		fail := func(err error) { yield(Listing{}, s.explain(ctx, opEntries.doing, err)) }
		lines := ahead(ctx, func(ctx context.Context) iter.Seq2[string, error] {
			return s.pagesOf(ctx, s.keys.byNumber(), upwards, "")
		})
		for page, err := range lines {
			if err != nil {
				fail(err)
				return
			}
			for line := range linesAbove(page) {
				listing, err := readLine(line)
				if err != nil {
					s.log.WarnContext(ctx, "passing over a line of the index that cannot be read", slog.Any("error", err))
				} else if !yield(listing, nil) {
					return
				}
			}
		}
	}
}
