package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// Facts returns what is known about a caller: the entries for exactly this
// number, general or for the dialled one, and the policy's version. It is one
// round trip of plain commands.
func (s *Store) Facts(ctx context.Context, caller, dialled phone.Number) (facts screen.Facts, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	rules := exactRules(caller, dialled)
	pipe := s.client.Pipeline()
	version := pipe.Get(ctx, s.keys.version())
	asked := s.askEntries(ctx, pipe, rules)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return screen.Facts{}, err
	}
	if facts.PolicyVersion, err = readVersion(version.Val()); err != nil {
		return screen.Facts{}, err
	}
	facts.Entries, err = s.readEntries(ctx, asked)
	return facts, err
}

// exactRules returns the rules that may stand for exactly this caller.
func exactRules(caller, dialled phone.Number) []blacklist.Rule {
	if !caller.Known() {
		return nil
	}
	for pattern := range caller.Patterns() {
		rules := []blacklist.Rule{{Pattern: pattern}}
		if dialled.Known() {
			rules = append(rules, blacklist.Rule{Pattern: pattern, To: dialled})
		}
		return rules
	}
	return nil
}

// readVersion reads the policy's version; before the first change it has none.
func readVersion(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errors.New("the policy's version in Redis is no number")
	}
	return version, nil
}

// asked is an entry that a pipeline asks for.
type asked struct {
	rule blacklist.Rule
	hash *redis.MapStringStringCmd
	left *redis.DurationCmd
}

func (s *Store) askEntries(ctx context.Context, pipe redis.Pipeliner, rules []blacklist.Rule) []asked {
	commands := make([]asked, len(rules))
	for i, rule := range rules {
		key := s.keys.entry(rule)
		commands[i] = asked{rule, pipe.HGetAll(ctx, key), pipe.PTTL(ctx, key)}
	}
	return commands
}

// readEntries returns the entries that there are.
func (s *Store) readEntries(ctx context.Context, answers []asked) ([]blacklist.Entry, error) {
	var entries []blacklist.Entry
	for _, answer := range answers {
		hash, err := answer.hash.Result()
		if err != nil {
			return nil, err
		}
		left, err := answer.left.Result()
		if err != nil {
			return nil, err
		}
		if left == expired {
			// It ended between the two commands.
			continue
		}
		if entry, found := s.readEntry(ctx, answer.rule, hash, left); found {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

// expired is how go-redis tells PTTL's -2: no such key.
const expired = -2 * time.Nanosecond
