package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
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
)

// never is the end of an entry that never expires.
const never = math.MaxInt64

// position is a place in an order. Where there is no entry any more, it still
// lies between the same ones.
type position struct {
	// at is the time in Unix seconds, or the number of hits; in the order by
	// number it is 0.
	at   int64
	rule string
	// line is that of the rule, "" if it has not been read yet.
	line string
}

// An order of the list is a ranking: a sorted set with the scores of rules, read
// in one direction. Rules of the same score are in the order of their texts, and
// rules without a score come after all others.
type ranking struct {
	// key is "" for the order by number, where no rule has a score.
	key, direction string
	// rest is the score of rules that the set lacks, -1 if it has all.
	rest int64
}

func (s *Store) ranking(order blacklist.Sort) ranking {
	switch order {
	case blacklist.ByNumber:
		return ranking{"", upwards, 0}
	case blacklist.ByExpiry:
		return ranking{s.keys.expires(), upwards, never}
	case blacklist.ByHits:
		return ranking{s.keys.hits(), downwards, 0}
	case blacklist.ByLastHit:
		return ranking{s.keys.lastHit(), downwards, 0}
	case blacklist.ByCreated:
	}
	return ranking{s.keys.created(), downwards, -1}
}

// compare says which of two positions comes first.
func (r ranking) compare(a, b position) int {
	if r.direction == downwards {
		a, b = b, a
	}
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.rule, b.rule))
}

// positions yields the positions of all rules, those that follow after; nil means
// from the beginning.
func (s *Store) positions(ctx context.Context, ranks ranking, after *position) iter.Seq2[position, error] {
	if ranks.key == "" {
		return s.byNumber(ctx, ranks.direction, after)
	}
	return func(yield func(position, error) bool) {
		if after == nil || after.at != ranks.rest {
			for at, err := range s.ranked(ctx, ranks, after) {
				if !yield(at, err) || err != nil {
					return
				}
			}
			after = nil
		}
		if ranks.rest < 0 {
			return
		}
		for some, err := range chunks(s.byNumber(ctx, ranks.direction, after), pageSize) {
			if err == nil {
				err = s.score(ctx, ranks, some)
			}
			if err != nil {
				yield(position{}, err)
				return
			}
			for _, at := range some {
				if at.at == ranks.rest && !yield(at, nil) {
					return
				}
			}
		}
	}
}

// ranked yields the positions of the rules that have a score.
func (s *Store) ranked(ctx context.Context, ranks ranking, after *position) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		for n := firstSize; ; n = min(4*n, pageSize) {
			args := []any{ranks.direction, n}
			if after != nil {
				args = append(args, after.at, after.rule)
			}
			members, err := s.run(ctx, rankedScript, []string{ranks.key}, args...).StringSlice()
			for i := 0; i+1 < len(members) && err == nil; i += 2 {
				var score float64
				if score, err = strconv.ParseFloat(members[i+1], 64); err != nil {
					break
				}
				after = &position{at: int64(score), rule: members[i]}
				if !yield(*after, nil) {
					return
				}
			}
			if err != nil {
				yield(position{}, err)
				return
			}
			if len(members) < 2*n {
				return
			}
		}
	}
}

// score gives positions their scores.
func (s *Store) score(ctx context.Context, ranks ranking, at []position) error {
	rules := make([]string, len(at))
	for i := range at {
		rules[i] = at[i].rule
	}
	scores, err := s.client.ZMScore(ctx, ranks.key, rules...).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for i := range at {
		if at[i].at = max(0, ranks.rest); i < len(scores) && scores[i] != 0 {
			at[i].at = int64(scores[i])
		}
	}
	return nil
}

// byNumber yields the positions in the order of the rules' texts, with the lines.
func (s *Store) byNumber(ctx context.Context, direction string, after *position) iter.Seq2[position, error] {
	start, end := "-", "+"
	switch {
	case direction == downwards && after != nil:
		start, end = "("+after.rule+"\t", "-"
	case direction == downwards:
		start, end = end, start
	case after != nil:
		start = "[" + after.rule + "\n"
	}
	return places(flat(s.linesOf(ctx, direction, start, end)), func(string) bool { return true })
}

// places yields the positions of lines that match; a rule with two lines, since
// another program has added one, comes once.
func places(lines iter.Seq2[string, error], matches func(line string) bool) iter.Seq2[position, error] {
	return func(yield func(position, error) bool) {
		last := ""
		for line, err := range lines {
			if err != nil {
				yield(position{}, err)
				return
			}
			if !matches(line) {
				continue
			}
			rule, _, _ := strings.Cut(line, "\t")
			if rule != last && !yield(position{rule: rule, line: line}, nil) {
				return
			}
			last = rule
		}
	}
}

// linesOf yields the lines of the list in one direction, some at a time, between
// two bounds of ZRANGEBYLEX, of which the one from which it goes comes first. A
// line that stays is yielded, whatever comes and goes.
func (s *Store) linesOf(ctx context.Context, direction, start, end string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for n := firstSize; ; n = min(4*n, lastSize) {
			var read *redis.StringSliceCmd
			if direction == upwards {
				read = s.client.ZRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: start, Max: end, Count: int64(n)})
			} else {
				read = s.client.ZRevRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: end, Max: start, Count: int64(n)})
			}
			lines, err := read.Result()
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

// linesAhead yields lines one by one, upwards, and reads some ahead.
func (s *Store) linesAhead(ctx context.Context, start, end string) iter.Seq2[string, error] {
	return flat(ahead(ctx, func(ctx context.Context) iter.Seq2[[]string, error] { return s.linesOf(ctx, upwards, start, end) }))
}

// cursor writes a position, readCursor reads it.
func cursor(order blacklist.Sort, at position) string {
	return string(order) + ":" + strconv.FormatInt(at.at, 10) + ":" + at.rule
}

func readCursor(order blacklist.Sort, text string) (position, error) {
	name, rest, _ := strings.Cut(text, ":")
	number, rule, _ := strings.Cut(rest, ":")
	at, err := strconv.ParseInt(number, 10, 64)
	if err == nil {
		_, err = blacklist.ParseRule(rule)
	}
	if err != nil || blacklist.Sort(name) != order {
		return position{}, fmt.Errorf("%w, %s: %q", blacklist.ErrCursor, order, text)
	}
	return position{at: at, rule: rule}, nil
}
