package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// Facts returns what is known about a caller: the entries for exactly this
// number, general or for the dialled one, and the policy's version. It is one
// round trip of plain commands. The entries are those that stand at the moment
// of the answer and do not tell when they expire, which spares a caller who
// waits a question for each; FactsWithExpiry asks it.
func (s *Store) Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error) {
	return s.facts(ctx, caller, dialled, false)
}

// FactsWithExpiry returns what Facts does, and when the entries expire.
func (s *Store) FactsWithExpiry(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error) {
	return s.facts(ctx, caller, dialled, true)
}

func (s *Store) facts(ctx context.Context, caller, dialled phone.Number, expiry bool) (facts screen.Facts, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	rules := exactRules(caller, dialled)
	pipe := s.client.Pipeline()
	version := pipe.Get(ctx, s.keys.version())
	asked := s.askEntries(ctx, pipe, rules, expiry)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return screen.Facts{}, err
	}
	facts.PolicyVersion = version.Val()
	facts.Entries, err = s.readEntries(ctx, asked)
	for _, answer := range asked {
		if answer.hash.Val()[fieldUntold] != "" {
			facts.Untold = answer.rule
		}
	}
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

// asked is an entry that a pipeline asks for.
type asked struct {
	rule blacklist.Rule
	hash *redis.MapStringStringCmd
	left *redis.DurationCmd // nil if it was not asked for
}

func (s *Store) askEntries(ctx context.Context, pipe redis.Pipeliner, rules []blacklist.Rule, expiry bool) []asked {
	commands := make([]asked, len(rules))
	for i, rule := range rules {
		key := s.keys.entry(rule)
		commands[i] = asked{rule: rule, hash: pipe.HGetAll(ctx, key)}
		if expiry {
			commands[i].left = pipe.PTTL(ctx, key)
		}
	}
	return commands
}

// readEntries returns the entries that there are.
func (s *Store) readEntries(ctx context.Context, answers []asked) ([]blacklist.Entry, error) {
	found, err := s.readEach(ctx, answers)
	return present(found), err
}

// readEach returns the entries in the order in which they were asked for, nil
// where there is none.
func (s *Store) readEach(ctx context.Context, answers []asked) ([]*blacklist.Entry, error) {
	found := make([]*blacklist.Entry, len(answers))
	for i, answer := range answers {
		hash, err := answer.hash.Result()
		if err != nil {
			return nil, err
		}
		left := endless
		if answer.left != nil {
			if left, err = answer.left.Result(); err != nil {
				return nil, err
			}
		}
		if left == expired {
			// It ended between the two commands.
			continue
		}
		if entry, there := s.readEntry(ctx, answer.rule, hash, left); there {
			found[i] = &entry
		}
	}
	return found, nil
}

// How go-redis tells PTTL's -1, a key that never ends, and -2, no such key.
const (
	endless = -1 * time.Nanosecond
	expired = -2 * time.Nanosecond
)
