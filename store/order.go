package store

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/ringfence/ringfence/blacklist"
)

var rankedScript = newReader("ranked.lua")

// The directions in which a sorted set is read.
const (
	upwards   = "up"
	downwards = "down"
)

const (
	// pageSize is how many entries are read at a time, firstSize is how many lines
	// of the list are at first, and lastSize in the end.
	pageSize  = 500
	firstSize = 100
	lastSize  = 2000
	// pagesAhead is how many pages of lines are read ahead.
	pagesAhead = 8
)

// linesOf yields the lines of the list in one direction, some at a time, between
// two bounds of ZRANGEBYLEX, of which the one from which it goes comes first. A
// line that stays is yielded, whatever comes and goes.
func (s *Store) linesOf(ctx context.Context, direction, start, end string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for n := firstSize; ; n = min(4*n, lastSize) {
			var lines []string
			var err error
			if direction == upwards {
				lines, err = s.client.ZRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: start, Max: end, Count: int64(n)}).Result()
			} else {
				lines, err = s.client.ZRevRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: end, Max: start, Count: int64(n)}).Result()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if len(lines) > 0 && !yield(lines, nil) || len(lines) < n {
				return
			}
			start = "(" + lines[len(lines)-1]
		}
	}
}

// byNumber yields the positions by number of lines between two bounds, with the
// line; a rule that has two, since somebody has added one, comes once.
func (s *Store) byNumber(ctx context.Context, direction, start, end string) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		last := ""
		for lines, err := range s.linesOf(ctx, direction, start, end) {
			if err != nil {
				yield(position{}, err)
				return
			}
			for _, line := range lines {
				rule, _, _ := strings.Cut(line, "\t")
				if rule != last && !yield(position{rule: rule, line: line}, nil) {
					return
				}
				last = rule
			}
		}
	}
}

// positions yields the positions of all lines in an order, from the one on that
// follows after, nil standing for the beginning.
func (s *Store) positions(ctx context.Context, order blacklist.Sort, after *position) iter.Seq2[position, error] {
	switch order {
	case blacklist.ByNumber:
		start := "-"
		if after != nil {
			start = "[" + after.rule + "\n"
		}
		return s.byNumber(ctx, upwards, start, "+")
	case blacklist.ByExpiry:
		return s.byExpiry(ctx, after)
	case blacklist.ByHits:
		return s.byScore(ctx, s.keys.hits(), after)
	case blacklist.ByLastHit:
		return s.byScore(ctx, s.keys.lastHit(), after)
	case blacklist.ByCreated:
	}
	return s.ranked(ctx, s.keys.created(), downwards, after)
}

// byExpiry yields those that end, and then, by number, those that never do.
func (s *Store) byExpiry(ctx context.Context, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		if after == nil || after.at != never {
			for at, err := range s.ranked(ctx, s.keys.expires(), upwards, after) {
				if !yield(at, err) || err != nil {
					return
				}
			}
			after = nil
		}
		for at, err := range s.positions(ctx, blacklist.ByNumber, after) {
			if err == nil && part(at.line, partExpires) != "" {
				continue
			}
			at.at = never
			if !yield(at, err) || err != nil {
				return
			}
		}
	}
}

// byScore yields those that have a score, and then, the highest number first,
// those that have none.
func (s *Store) byScore(ctx context.Context, key string, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		start := "+"
		switch {
		case after != nil && after.at == 0:
			start = "(" + after.rule + "\t"
		default:
			for at, err := range s.ranked(ctx, key, downwards, after) {
				if !yield(at, err) || err != nil {
					return
				}
			}
		}
		for some, err := range chunks(s.byNumber(ctx, downwards, start, "-"), pageSize) {
			if err == nil {
				some, err = s.scored(ctx, key, some)
			}
			if err != nil {
				yield(position{}, err)
				return
			}
			for _, at := range some {
				if at.at == 0 && !yield(at, nil) {
					return
				}
			}
		}
	}
}

// ranked yields the positions of a sorted set in one direction.
func (s *Store) ranked(ctx context.Context, key, direction string, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for n := firstSize; ; n = min(4*n, pageSize) {
			args := []any{direction, n}
			if after != nil {
				args = append(args, after.at, after.rule)
			}
			answer, err := s.run(ctx, rankedScript, []string{key}, args...)
			var members []any
			if err == nil {
				members, err = list(answer)
			}
			if err != nil {
				yield(position{}, err)
				return
			}
			for i := 0; i+1 < len(members); i += 2 {
				rule, _ := members[i].(string)
				text, _ := members[i+1].(string)
				score, err := strconv.ParseFloat(text, 64)
				if err != nil {
					yield(position{}, errReply)
					return
				}
				after = &position{at: int64(score), rule: rule}
				if !yield(*after, nil) {
					return
				}
			}
			if len(members) < 2*n {
				return
			}
		}
	}
}

// scored returns the positions with their scores, 0 for those without.
func (s *Store) scored(ctx context.Context, key string, at []position) ([]position, error) {
	if len(at) == 0 {
		return nil, nil
	}
	rules := make([]string, len(at))
	for i := range at {
		rules[i] = at[i].rule
	}
	scores, err := s.client.ZMScore(ctx, key, rules...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	for i := range at {
		if at[i].at = 0; i < len(scores) {
			at[i].at = int64(scores[i])
		}
	}
	return at, nil
}

// part returns one part of a line.
func part(line string, n int) string {
	for range n {
		_, line, _ = strings.Cut(line, "\t")
	}
	line, _, _ = strings.Cut(line, "\t")
	return line
}

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
