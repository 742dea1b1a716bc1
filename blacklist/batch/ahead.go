package batch

import (
	"context"
	"iter"
	"sync"
)

// ahead yields what seq does, in pages that a goroutine of their own gathers
// while the page before is worked on. Seq gets a context that ends when nothing
// more is wanted; the goroutine has ended when ahead is over. If seq panics,
// that is an error, too: nobody else could recover it.
func ahead[T any](ctx context.Context, size int, seq func(ctx context.Context) iter.Seq2[T, error]) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		type gathered struct {
			page []T
			err  error
		}
		ctx, cancel := context.WithCancel(ctx)
		pages := make(chan gathered)
		send := func(g gathered) bool {
			select {
			case pages <- g:
				return true
			case <-ctx.Done():
				return false
			}
		}
		var gathering sync.WaitGroup
		gathering.Go(func() {
			defer close(pages)
			if err := guarded(func() error {
				page := make([]T, 0, size)
				for item, err := range seq(ctx) {
					if err != nil {
						return err
					}
					if page = append(page, item); len(page) == size {
						if !send(gathered{page: page}) {
							return nil
						}
						page = make([]T, 0, size)
					}
				}
				send(gathered{page: page})
				return nil
			}); err != nil {
				send(gathered{err: err})
			}
		})
		defer gathering.Wait()
		defer cancel()
		for g := range pages {
			if !yield(g.page, g.err) || g.err != nil {
				return
			}
		}
	}
}
