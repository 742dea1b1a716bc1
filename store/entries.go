package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

//go:embed put.lua
var putText string

//go:embed remove.lua
var removeText string

var (
	putScript    = newScript(putText)
	removeScript = newScript(removeText)
)

// Effect says what Put did to the list.
type Effect string

// The effects.
const (
	Added   Effect = "added"
	Changed Effect = "changed"
	Same    Effect = "same"
)

// Change is what Put made of one entry.
type Change struct {
	// Entry is as the list has it now.
	Entry  blacklist.Entry
	Effect Effect
	// Before is the entry of the same rule that was on the list, nil if none was.
	Before *blacklist.Entry
}

// Put writes entries, each whole or not at all, and returns what became of
// them in their order; after an error, of those that are written for sure. The
// next call goes by them.
//
// Created (zero: now), Hits and LastHit are taken of an entry that is new or
// replaces one of the other kind; one that is only changed keeps its own. An
// entry without Expires never ends, even if the one before did.
func (s *Store) Put(ctx context.Context, entries []blacklist.Entry) (changes []Change, err error) {
	defer s.finish(ctx, opPut, s.now(), &err)
	now := s.now()
	entries = slices.Clone(entries)
	for i := range entries {
		if err := valid(entries[i], now); err != nil {
			return nil, err
		}
		if entries[i].Created.IsZero() {
			entries[i].Created = now
		}
		entries[i].Created = wholeSeconds(entries[i].Created)
		entries[i].LastHit = wholeSeconds(entries[i].LastHit)
	}
	if err := s.claim(ctx); err != nil {
		return nil, err
	}
	for page := range slices.Chunk(entries, pageSize) {
		part, err := s.putPage(ctx, page)
		changes = append(changes, part...)
		if err != nil {
			return changes, err
		}
	}
	return changes, nil
}

func valid(entry blacklist.Entry, now time.Time) error {
	if entry.Rule.Pattern.String() == "" {
		return errors.New("an entry stands for no number")
	}
	if _, err := blacklist.ParseKind(string(entry.Kind)); err != nil {
		return fmt.Errorf("%s: %w", entry.Rule, err)
	}
	if entry.Expired(now) {
		return fmt.Errorf("%s: it would have expired already, at %s", entry, entry.Expires.Format(time.RFC3339))
	}
	return nil
}

func wholeSeconds(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Truncate(time.Second).UTC()
}

// putPage writes some entries: the index first, so that none is ever on the
// list that `list` doesn't show.
func (s *Store) putPage(ctx context.Context, entries []blacklist.Entry) ([]Change, error) {
	mark, err := s.index(ctx, entries)
	if err != nil {
		return nil, err
	}
	now := s.now()
	invocations := make([]invocation, len(entries))
	for i, entry := range entries {
		invocations[i] = invocation{s.keys.put(entry.Rule), entryArgs(entry, now)}
	}
	answers, err := s.runAll(ctx, putScript, invocations)
	if err != nil {
		return nil, err
	}
	changes := make([]Change, len(entries))
	for i, answer := range answers {
		if changes[i], err = s.readChange(ctx, entries[i], answer); err != nil {
			return changes[:i], err
		}
	}
	return changes, s.settle(ctx, changes, mark)
}

func (s *Store) readChange(ctx context.Context, entry blacklist.Entry, answer any) (Change, error) {
	parts, err := list(answer)
	if err != nil || len(parts) != 3 {
		return Change{}, errReply
	}
	before, found, err := s.readAnswer(ctx, entry.Rule, parts[1], parts[2])
	if err != nil {
		return Change{}, err
	}
	if !entry.Expires.IsZero() {
		now := s.now()
		entry.Expires = expiry(now, entry.Expires.Sub(now))
	}
	change := Change{Entry: entry, Effect: Added}
	if !found {
		return change, nil
	}
	change.Before, change.Effect = &before, Changed
	if before.Kind == entry.Kind {
		change.Entry.Created, change.Entry.Hits, change.Entry.LastHit = before.Created, before.Hits, before.LastHit
	}
	if changed, _ := parts[0].(int64); changed == 0 {
		change.Entry, change.Effect = before, Same
	}
	return change, nil
}

// Remove takes entries off the list and returns those that were on it. The
// next call goes by what is left.
func (s *Store) Remove(ctx context.Context, rules []blacklist.Rule) (removed []blacklist.Entry, err error) {
	defer s.finish(ctx, opRemove, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return nil, err
	}
	for page := range slices.Chunk(rules, pageSize) {
		part, err := s.removePage(ctx, page)
		removed = append(removed, part...)
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// removePage removes some entries: the index last.
func (s *Store) removePage(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Entry, error) {
	invocations := make([]invocation, len(rules))
	for i, rule := range rules {
		invocations[i] = invocation{s.keys.put(rule), []any{rule.String()}}
	}
	answers, err := s.runAll(ctx, removeScript, invocations)
	if err != nil {
		return nil, err
	}
	var removed []blacklist.Entry
	for i, answer := range answers {
		parts, err := list(answer)
		if err != nil || len(parts) != 2 {
			return removed, errReply
		}
		entry, found, err := s.readAnswer(ctx, rules[i], parts[0], parts[1])
		if err != nil {
			return removed, err
		}
		if found {
			removed = append(removed, entry)
		}
	}
	return removed, s.unlist(ctx, rules)
}

// kinds asks for the kinds of entries; "" stands for none.
func (s *Store) kinds(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Kind, error) {
	commands := make([]*redis.StringCmd, len(rules))
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, rule := range rules {
			commands[i] = pipe.HGet(ctx, s.keys.entry(rule), fieldKind)
		}
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	kinds := make([]blacklist.Kind, len(rules))
	for i, command := range commands {
		kind, err := command.Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, err
		}
		kinds[i] = blacklist.Kind(kind)
	}
	return kinds, nil
}
