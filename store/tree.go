package store

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// The directions in which a tree of the index is read.
const (
	upwards   = 1
	downwards = -1
)

// maxPages is how many pages are read in one round trip.
const maxPages = 64

// pagesOf yields the pages of a tree in one direction, from the one on where a
// key belongs, "" standing for the end from which it goes. It asks for one
// page first, and for more each time. A line that stays is yielded, and none
// twice, whatever pages are divided or removed meanwhile.
func (s *Store) pagesOf(ctx context.Context, tree string, direction int, from string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		start, err := s.startOf(ctx, tree, direction, from)
		if err != nil {
			yield("", err)
			return
		}
		for n := 1; ; {
			lows, err := lowsFrom(ctx, s.client, tree, direction, start, n).Result()
			for err == nil && len(lows) > 0 {
				var batch pageBatch
				if batch, err = s.readBatch(ctx, tree, direction, start, lows, min(4*n, maxPages)); err != nil || !batch.whole {
					break
				}
				for _, page := range batch.pages {
					if !yield(page, nil) {
						return
					}
				}
				// No line that was there lies between this and the next page.
				if start = "(" + lows[len(lows)-1]; direction == upwards && len(batch.following) > 0 {
					start = "[" + batch.following[0]
				}
				lows, n = batch.following, min(4*n, maxPages)
			}
			if err != nil {
				yield("", err)
				return
			}
			if len(lows) == 0 {
				return
			}
		}
	}
}

// startOf returns the bound of the least keys of pages that begins with the
// page to which a key belongs.
func (s *Store) startOf(ctx context.Context, tree string, direction int, from string) (string, error) {
	switch {
	case from == "" && direction == upwards:
		return "-", nil
	case from == "":
		return "+", nil
	case direction == downwards:
		return "[" + from, nil
	}
	lows, err := lowsFrom(ctx, s.client, tree, downwards, "["+from, 1).Result()
	if len(lows) > 0 {
		from = lows[0]
	}
	return "[" + from, err
}

// lowsFrom asks for the least keys of so many pages, from a bound on.
func lowsFrom(ctx context.Context, client redis.Cmdable, tree string, direction int, start string, n int) *redis.StringSliceCmd {
	if direction == upwards {
		return client.ZRangeByLex(ctx, tree, &redis.ZRangeBy{Min: start, Max: "+", Count: int64(n)})
	}
	return client.ZRevRangeByLex(ctx, tree, &redis.ZRangeBy{Min: "-", Max: start, Count: int64(n)})
}

// pageBatch is some pages as they were at one moment.
type pageBatch struct {
	pages []string
	// following are the least keys of the pages that follow.
	following []string
	// whole says that there were no other pages before and between these.
	whole bool
}

// readBatch reads the pages with the given least keys, which were the first
// from a bound on.
func (s *Store) readBatch(ctx context.Context, tree string, direction int, start string, lows []string, more int) (pageBatch, error) {
	last := lows[len(lows)-1]
	names := make([]string, len(lows))
	for i, low := range lows {
		names[i] = tree + ":" + low
	}
	var between, following *redis.StringSliceCmd
	var texts *redis.SliceCmd
	if _, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		texts = pipe.MGet(ctx, names...)
		if direction == upwards {
			between = pipe.ZRangeByLex(ctx, tree, &redis.ZRangeBy{Min: start, Max: "[" + last})
		} else {
			between = pipe.ZRevRangeByLex(ctx, tree, &redis.ZRangeBy{Min: "[" + last, Max: start})
		}
		following = lowsFrom(ctx, pipe, tree, direction, "("+last, more)
		return nil
	}); err != nil {
		return pageBatch{}, err
	}
	read := pageBatch{following: following.Val(), whole: slices.Equal(between.Val(), lows)}
	for _, value := range texts.Val() {
		// A page without a text has been damaged by hand.
		if text, isText := value.(string); isText {
			read.pages = append(read.pages, text)
		}
	}
	return read, nil
}

// linesBelow yields the lines of a page from the last to the first.
func linesBelow(page string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for page = strings.TrimSuffix(page, "\n"); page != ""; {
			start := strings.LastIndexByte(page, '\n') + 1
			if !yield(page[start:]) {
				return
			}
			page = strings.TrimSuffix(page[:start], "\n")
		}
	}
}

// linesAbove yields the lines of a page from the first to the last.
func linesAbove(page string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(page) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

// linesOfTree yields the lines of a tree.
func (s *Store) linesOfTree(ctx context.Context, tree string, direction int, from string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for page, err := range s.pagesOf(ctx, tree, direction, from) {
			if err != nil {
				yield("", err)
				return
			}
			lines := linesAbove(page)
			if direction == downwards {
				lines = linesBelow(page)
			}
			for line := range lines {
				if !yield(line, nil) {
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
		items := make(chan item, maxPages)
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
