package store

import (
	"context"
	"iter"
)

// pagesAhead is how many pages are read ahead.
const pagesAhead = 8

// chunks yields what a sequence yields, n at a time, and at the end what is
// left. After an error it ends.
func chunks[T any](items iter.Seq2[T, error], n int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var some []T
		for item, err := range items {
			if err != nil {
				yield(nil, err)
				return
			}
			if some = append(some, item); len(some) == n {
				if !yield(some, nil) {
					return
				}
				some = nil
			}
		}
		if len(some) > 0 {
			yield(some, nil)
		}
	}
}

// flat yields the items of pages. After an error it ends.
func flat[T any](pages iter.Seq2[[]T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// ahead reads what a sequence yields in another goroutine, a little ahead.
func ahead[T any](ctx context.Context, read func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	type item struct {
		value T
		err   error
	}
	return func(yield func(T, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		items := make(chan item, pagesAhead)
		defer func() {
			stop()
			for range items { // until the reader has ended
			}
		}()
		go func() {
			defer close(items)
			for value, err := range read(ctx) {
				select {
				case items <- item{value, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		for item := range items {
			if !yield(item.value, item.err) {
				return
			}
		}
	}
}
