package store

import (
	"context"
	_ "embed"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed ranked.lua
var rankedText string

var rankedScript = newReader(rankedText)

// positions yields the positions of all lines in an order, from the one on that
// follows after, nil standing for the beginning.
func (s *Store) positions(ctx context.Context, order Sort, after *position) iter.Seq2[position, error] {
	switch order {
	case ByNumber:
		return s.byNumber(ctx, upwards, after)
	case ByExpiry:
		return s.byExpiry(ctx, after)
	case ByHits:
		return s.byScore(ctx, s.keys.hits(), after)
	case ByLastHit:
		return s.byScore(ctx, s.keys.lastHit(), after)
	case ByCreated:
	}
	from := ""
	if after != nil {
		from = after.treeKey()
	}
	return s.byTime(ctx, s.keys.byCreated(), downwards, from)
}

// byTime yields the positions of a tree by time that follow the given line.
func (s *Store) byTime(ctx context.Context, tree string, direction int, from string) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for line, err := range s.linesOfTree(ctx, tree, direction, from) {
			if err == nil && from != "" && strings.Compare(line, from)*direction <= 0 {
				continue
			}
			if !yield(readTreeKey(line), err) || err != nil {
				return
			}
		}
	}
}

// byNumber yields the positions by number.
func (s *Store) byNumber(ctx context.Context, direction int, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for line, err := range s.numbersAfter(ctx, direction, after) {
			rule, _, _ := strings.Cut(line, "\t")
			if !yield(position{rule: rule}, err) || err != nil {
				return
			}
		}
	}
}

// numbersAfter yields the lines by number that follow a position.
func (s *Store) numbersAfter(ctx context.Context, direction int, after *position) iter.Seq2[string, error] {
	from := ""
	if after != nil {
		from = after.rule
	}
	return func(yield func(string, error) bool) {
		for line, err := range s.linesOfTree(ctx, s.keys.byNumber(), direction, from) {
			rule, _, _ := strings.Cut(line, "\t")
			if err == nil && from != "" && strings.Compare(rule, from)*direction <= 0 {
				continue
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// byExpiry yields those that end, and then, by number, those that never do.
func (s *Store) byExpiry(ctx context.Context, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		if after == nil || after.at != never {
			from := ""
			if after != nil {
				from = after.treeKey()
			}
			for at, err := range s.byTime(ctx, s.keys.byExpiry(), upwards, from) {
				if !yield(at, err) || err != nil {
					return
				}
			}
			after = nil
		}
		for line, err := range s.numbersAfter(ctx, upwards, after) {
			parts := strings.SplitN(line, "\t", 4)
			if err == nil && len(parts) == 4 && parts[2] != "" {
				continue
			}
			if !yield(position{never, parts[0]}, err) || err != nil {
				return
			}
		}
	}
}

// byScore yields those that have a score, and then, the highest number first,
// those that have none.
func (s *Store) byScore(ctx context.Context, key string, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		if after == nil || after.at > 0 {
			for at, err := range s.ranked(ctx, key, after) {
				if !yield(at, err) || err != nil {
					return
				}
			}
			after = nil
		}
		for some, err := range chunks(s.byNumber(ctx, downwards, after), pageSize) {
			var scored []position
			if err == nil {
				scored, err = s.scored(ctx, key, some)
			}
			if err != nil {
				yield(position{}, err)
				return
			}
			for _, at := range scored {
				if at.at == 0 && !yield(at, nil) {
					return
				}
			}
		}
	}
}

// ranked yields the positions of a sorted set, the highest first.
func (s *Store) ranked(ctx context.Context, key string, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for {
			args := []any{pageSize}
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
				after = &position{int64(score), rule}
				if after.at > 0 && !yield(*after, nil) {
					return
				}
			}
			if len(members) < 2*pageSize {
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
	scored := make([]position, len(at))
	for i, rule := range rules {
		scored[i] = position{rule: rule}
		if i < len(scores) {
			scored[i].at = int64(scores[i])
		}
	}
	return scored, nil
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
