package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// Facts returns what is known about a caller: the entries for exactly this
// number, general or for the dialled one, without their hits, and the policy's
// version. It is one round trip of plain commands.
func (s *Store) Facts(ctx context.Context, caller, dialled phone.Number) (facts screen.Facts, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	return s.facts(ctx, caller, dialled)
}

func (s *Store) facts(ctx context.Context, caller, dialled phone.Number) (facts screen.Facts, err error) {
	var state *redis.SliceCmd
	var lines []*redis.StringSliceCmd
	if _, err := s.client.Pipelined(ownCheck(ctx), func(pipe redis.Pipeliner) error {
		state = s.askState(ctx, pipe)
		lines = s.askLines(ctx, pipe, exactRules(caller, dialled))
		return nil
	}); err != nil {
		return screen.Facts{}, err
	}
	if facts.PolicyVersion, err = s.readState(ctx, state); err != nil {
		return screen.Facts{}, err
	}
	for _, answer := range lines {
		if entry := s.standing(ctx, answer.Val()); entry != nil {
			facts.Entries = append(facts.Entries, *entry)
		}
	}
	return facts, nil
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

func (s *Store) askLines(ctx context.Context, pipe redis.Pipeliner, rules []blacklist.Rule) []*redis.StringSliceCmd {
	asked := make([]*redis.StringSliceCmd, len(rules))
	for i, rule := range rules {
		asked[i] = pipe.ZRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: from(rule.String()), Max: to(rule.String())})
	}
	return asked
}

// Lookup returns the entries of the rules as they are now, in the order of the
// rules; nil stands for none. It changes nothing.
func (s *Store) Lookup(ctx context.Context, rules []blacklist.Rule) (found []*blacklist.Entry, err error) {
	defer s.finish(ctx, opLookup, s.now(), &err)
	found = make([]*blacklist.Entry, 0, len(rules))
	for page := range slices.Chunk(rules, pageSize) {
		part, err := s.lookup(ctx, page)
		if err != nil {
			return nil, err
		}
		found = append(found, part...)
	}
	return found, nil
}

// lookup is Lookup of one page, in one round trip.
func (s *Store) lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error) {
	if len(rules) == 0 {
		return nil, nil
	}
	texts := make([]string, len(rules))
	for i, rule := range rules {
		texts[i] = rule.String()
	}
	var lines []*redis.StringSliceCmd
	var hits, last *redis.FloatSliceCmd
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		lines = s.askLines(ctx, pipe, rules)
		hits, last = pipe.ZMScore(ctx, s.keys.hits(), texts...), pipe.ZMScore(ctx, s.keys.lastHit(), texts...)
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	found := make([]*blacklist.Entry, len(rules))
	for i, answer := range lines {
		if found[i] = s.standing(ctx, answer.Val()); found[i] != nil {
			withHits(found[i], hits.Val()[i], last.Val()[i])
		}
	}
	return found, nil
}

func withHits(entry *blacklist.Entry, hits, last float64) {
	if entry.Hits = int64(hits); entry.Hits > 0 && last > 0 {
		entry.LastHit = time.Unix(int64(last), 0).UTC()
	}
}
