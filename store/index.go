package store

import (
	"context"
	_ "embed"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

//go:embed allowed.lua
var allowedText string

//go:embed forget.lua
var forgetText string

var (
	allowedScript = newScript(allowedText)
	forgetScript  = newScript(forgetText)
)

// The lists beside the entries lie in slots of their own, so an entry and its
// places in them cannot change in one step. Two rules keep them right all the
// same while one process puts an entry and another removes it. Who writes
// compares the number of removals before and after, and lists the entry once
// more if it has grown. Who removes looks afterwards whether an entry has come
// back, and lists it if so. A place without an entry does no harm: readers pass
// over it, and Entries clears it away.

// indexMark is what index saw.
type indexMark struct {
	removals string
	// complete says that every entry was new to the index.
	complete bool
}

// index gives entries their places in the index, where they have none.
func (s *Store) index(ctx context.Context, entries []blacklist.Entry) (indexMark, error) {
	if len(entries) == 0 {
		return indexMark{}, nil
	}
	members := make([]redis.Z, len(entries))
	for i, entry := range entries {
		members[i] = place(entry)
	}
	var removals *redis.StringCmd
	var added *redis.IntCmd
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		removals = pipe.Get(ctx, s.keys.removals())
		added = pipe.ZAddNX(ctx, s.keys.created(), members...)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return indexMark{}, err
	}
	if err := added.Err(); err != nil {
		return indexMark{}, err
	}
	return indexMark{removals.Val(), added.Val() == int64(len(entries))}, nil
}

func place(entry blacklist.Entry) redis.Z {
	return redis.Z{Score: float64(entry.Created.Unix()), Member: entry.Rule.String()}
}

// settle makes the lists agree with edits, of which some are done and others
// were overtaken.
func (s *Store) settle(ctx context.Context, edits []blacklist.Edit, outcomes []outcome, mark indexMark) error {
	var allowed, other, removed, left []blacklist.Rule
	var places []redis.Z
	for i, edit := range edits {
		exact := !edit.Rule.Pattern.IsPrefix()
		switch {
		case outcomes[i] == overtaken:
			left = append(left, edit.Rule)
		case edit.After == nil:
			removed = append(removed, edit.Rule)
		case exact && edit.After.Kind == blacklist.Allow:
			allowed = append(allowed, edit.Rule)
		case exact && edit.Before != nil && edit.Before.Kind == blacklist.Allow:
			other = append(other, edit.Rule)
		}
		if outcomes[i] != overtaken && edit.After != nil {
			places = append(places, place(*edit.After))
		}
	}
	if err := s.setAllowed(ctx, allowed, other); err != nil {
		return err
	}
	if err := s.unlist(ctx, removed); err != nil {
		return err
	}
	if err := s.relist(ctx, slices.Concat(other, left)); err != nil || len(places) == 0 {
		return err
	}
	removals, err := s.client.Get(ctx, s.keys.removals()).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	if mark.complete && removals == mark.removals {
		return nil
	}
	return s.client.ZAdd(ctx, s.keys.created(), places...).Err()
}

// setAllowed keeps the rules of allowed numbers, which the policy takes along.
// Its version grows once for all of them.
func (s *Store) setAllowed(ctx context.Context, allowed, other []blacklist.Rule) error {
	if len(allowed)+len(other) == 0 {
		return nil
	}
	args := make([]any, 1, 1+len(allowed)+len(other))
	args[0] = len(allowed)
	for _, rule := range slices.Concat(allowed, other) {
		args = append(args, rule.String())
	}
	_, err := s.run(ctx, allowedScript, []string{s.keys.allowed(), s.keys.version()}, args...)
	return err
}

// unlist takes the places of entries that have gone.
func (s *Store) unlist(ctx context.Context, rules []blacklist.Rule) error {
	if len(rules) == 0 {
		return nil
	}
	var exact []blacklist.Rule
	var prefixes []invocation
	members := make([]any, len(rules))
	for i, rule := range rules {
		members[i] = rule.String()
		if rule.Pattern.IsPrefix() {
			prefixes = append(prefixes, invocation{[]string{s.keys.entry(rule), s.keys.prefixes()}, []any{rule.String()}})
		} else {
			exact = append(exact, rule)
		}
	}
	if err := s.setAllowed(ctx, nil, exact); err != nil {
		return err
	}
	if len(prefixes) > 0 {
		if _, err := s.runAll(ctx, forgetScript, prefixes); err != nil {
			return err
		}
	}
	if _, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Incr(ctx, s.keys.removals())
		pipe.ZRem(ctx, s.keys.created(), members...)
		return nil
	}); err != nil {
		return err
	}
	return s.relist(ctx, rules)
}

// relist gives entries that have come back meanwhile their places again.
func (s *Store) relist(ctx context.Context, rules []blacklist.Rule) error {
	if len(rules) == 0 {
		return nil
	}
	kinds, err := s.kinds(ctx, rules)
	if err != nil {
		return err
	}
	var back, allowed []blacklist.Rule
	for i, rule := range rules {
		if kinds[i] != "" {
			back = append(back, rule)
		}
		if kinds[i] == blacklist.Allow && !rule.Pattern.IsPrefix() {
			allowed = append(allowed, rule)
		}
	}
	if len(back) == 0 {
		return nil
	}
	entries, err := s.fetch(ctx, back)
	if err != nil || len(entries) == 0 {
		return err
	}
	if _, err := s.index(ctx, entries); err != nil {
		return err
	}
	return s.setAllowed(ctx, allowed, nil)
}
