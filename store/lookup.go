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

// Facts returns what is known about a caller: the policy's version, and the entries for
// exactly this number, without their hits: those for all dialled numbers, for this one,
// and for ranges that have it. It is one round trip of plain commands. If the list is
// damaged, or what is known of ranges, Missing says so: all else is known.
func (s *Store) Facts(ctx context.Context, caller, dialled phone.Number) (facts screen.Facts, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	return s.facts(ctx, caller, dialled)
}

func (s *Store) facts(ctx context.Context, caller, dialled phone.Number) (facts screen.Facts, err error) {
	var state *redis.SliceCmd
	var lines []*redis.StringSliceCmd
	var ranged *redis.SliceCmd
	var clock timeQuestion
	_, err = s.client.Pipelined(ownCheck(ctx), func(pipe redis.Pipeliner) error {
		state = s.askState(ctx, pipe)
		for _, rule := range exactRules(caller, dialled) {
			lines = append(lines, s.askLines(ctx, pipe, rule.String()))
		}
		if rules := rangedRules(caller, dialled); len(rules) > 0 {
			ranged = pipe.HMGet(ctx, s.keys.ranged(), rules...)
		}
		if s.clock.Load() == nil { // This is the first question.
			clock = s.askTime(ctx, pipe)
		}
		return nil
	})
	asked := clock.answer != nil
	if err != nil && !wrongType(err) && (!asked || clock.answer.Err() == nil) {
		return screen.Facts{}, err
	}
	if asked {
		_ = s.sawTime(ctx, clock) // Without it, this machine's clock counts.
	}
	if facts.PolicyVersion, err = s.readState(ctx, state); err != nil {
		return screen.Facts{}, err
	}
	for _, answer := range lines {
		if err := answer.Err(); wrongType(err) {
			facts.Missing = s.keys.list() + " in Redis is damaged: it is not a sorted set"
			return facts, nil
		} else if err != nil {
			return screen.Facts{}, err
		}
		if entry := s.live(ctx, answer.Val()); entry != nil {
			facts.Entries = append(facts.Entries, *entry)
		}
	}
	if ranged == nil {
		return facts, nil
	}
	if err := ranged.Err(); wrongType(err) {
		facts.Missing = s.keys.ranged() + " in Redis is damaged: it is not a hash"
		return facts, nil
	} else if err != nil {
		return screen.Facts{}, err
	}
	for _, answer := range ranged.Val() {
		if line, listed := answer.(string); listed {
			facts.Entries = append(facts.Entries, s.liveOf(ctx, []string{line})...)
		}
	}
	return facts, nil
}

// exactRules returns the rules for exactly this caller, without the dialled number
// and with it.
func exactRules(caller, dialled phone.Number) []blacklist.Rule {
	if !caller.Known() {
		return nil
	}
	rules := []blacklist.Rule{{Pattern: caller.Pattern()}}
	if dialled.Known() {
		rules = append(rules, blacklist.Rule{Pattern: caller.Pattern(), To: dialled.Pattern()})
	}
	return rules
}

// rangedRules returns the texts of the rules for exactly this caller and a range that has
// the dialled number: one for each of its digits, however many ranges there are.
func rangedRules(caller, dialled phone.Number) (rules []string) {
	if !caller.Known() {
		return nil
	}
	for to := range dialled.Patterns() {
		if to.IsPrefix() {
			rules = append(rules, blacklist.Rule{Pattern: caller.Pattern(), To: to}.String())
		}
	}
	return rules
}

// Lookup returns the entries of the rules as they are now, in the order of the
// rules, with nil where there is none. It changes nothing.
func (s *Store) Lookup(ctx context.Context, rules []blacklist.Rule) (found []*blacklist.Entry, err error) {
	defer s.finish(ctx, opLookup, s.now(), &err)
	found = make([]*blacklist.Entry, 0, len(rules))
	for page := range slices.Chunk(rules, pageSize) {
		at := make([]position, len(page))
		for i, rule := range page {
			at[i].rule = rule.String()
		}
		entries, err := s.read(ctx, at)
		if err != nil {
			return nil, err
		}
		found = append(found, entries...)
	}
	return found, nil
}

// EntriesFor returns the entries for exactly these patterns, without their hits: those for
// all dialled numbers and those for some, in the order of the patterns. It is one round
// trip for each 500 of them.
func (s *Store) EntriesFor(ctx context.Context, patterns []phone.Pattern) (entries []blacklist.Entry, err error) {
	defer s.finish(ctx, opLookup, s.now(), &err)
	for page := range slices.Chunk(patterns, pageSize) {
		var lines []*redis.StringSliceCmd
		if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, pattern := range page {
				text := pattern.String()
				lines = append(lines, s.askLines(ctx, pipe, text), pipe.ZRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: "[" + text + ":", Max: "(" + text + ";"}))
			}
			return nil
		}); err != nil {
			return nil, err
		}
		for _, answer := range lines {
			entries = append(entries, s.liveOf(ctx, answer.Val())...)
		}
	}
	return entries, nil
}

// read returns the entries at some positions with their hits, nil where there is
// none any more, in one round trip.
func (s *Store) read(ctx context.Context, some []position) ([]*blacklist.Entry, error) {
	lines := make([]*redis.StringSliceCmd, len(some))
	var hits, last *redis.FloatSliceCmd
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		rules := make([]string, len(some))
		for i, at := range some {
			if rules[i] = at.rule; at.line == "" {
				lines[i] = s.askLines(ctx, pipe, at.rule)
			}
		}
		hits, last = pipe.ZMScore(ctx, s.keys.hits(), rules...), pipe.ZMScore(ctx, s.keys.lastHit(), rules...)
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) && !wrongType(err) {
		return nil, err
	}
	for _, answer := range lines {
		if answer != nil && answer.Err() != nil {
			return nil, answer.Err()
		}
	}
	counted := s.counted(ctx, hits, last)
	found := make([]*blacklist.Entry, len(some))
	for i, at := range some {
		texts := []string{at.line}
		if lines[i] != nil {
			texts = lines[i].Val()
		}
		if found[i] = s.live(ctx, texts); found[i] == nil {
			continue
		}
		if !counted {
			continue
		}
		if found[i].Hits = int64(hits.Val()[i]); found[i].Hits > 0 && last.Val()[i] > 0 {
			found[i].LastHit = time.Unix(int64(last.Val()[i]), 0).UTC()
		}
	}
	return found, nil
}

// counted reports whether the hits are known: entries are read without them if
// their keys are damaged.
func (s *Store) counted(ctx context.Context, hits, last *redis.FloatSliceCmd) bool {
	_ = s.without(ctx, s.keys.hits(), hits.Err())
	_ = s.without(ctx, s.keys.lastHit(), last.Err())
	return hits.Err() == nil && last.Err() == nil
}

// askLines asks for the lines of a rule: one, unless another program has added
// another.
func (s *Store) askLines(ctx context.Context, pipe redis.Pipeliner, rule string) *redis.StringSliceCmd {
	return pipe.ZRangeByLex(ctx, s.keys.list(), &redis.ZRangeBy{Min: "[" + rule + "\t", Max: "(" + rule + "\n"})
}
