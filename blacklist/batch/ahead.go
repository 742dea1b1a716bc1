package batch

import (
	"context"
	"iter"
	"sync"
)

// readAhead yields the items of seq in pages. A goroutine reads the next page while
// the caller works on the page before; it ends before readAhead returns. The context
// of seq ends when the caller stops. A panic of seq becomes an error.
func readAhead[T any](ctx context.Context, size int, seq func(ctx context.Context) iter.Seq2[T, error]) iter.Seq2[[]T, error] {
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
			if err := recoverPanic(func() error {
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
