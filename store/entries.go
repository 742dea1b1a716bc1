package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// attempts bounds how often a change starts anew because another was faster.
const attempts = 50

var errOvertaken = errors.New("others keep changing the same entries: try again")

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
		entries[i].Expires = blacklist.End(entries[i].Expires)
	}
	if err := s.claim(ctx); err != nil {
		return nil, err
	}
	for page := range pages(entries, func(entry blacklist.Entry) blacklist.Rule { return entry.Rule }) {
		part, err := s.putPage(ctx, page)
		changes = append(changes, part...)
		if err := s.recordPut(ctx, part, err); err != nil {
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

// putPage writes entries of different rules. What another wrote just alike is
// looked at once more: who changed it is the other.
func (s *Store) putPage(ctx context.Context, entries []blacklist.Entry) ([]Change, error) {
	changes := make([]*Change, len(entries))
	open := all(len(entries))
	for range attempts {
		rules := make([]blacklist.Rule, len(open))
		for k, i := range open {
			rules[k] = entries[i].Rule
		}
		found, err := s.lookup(ctx, rules)
		if err != nil {
			return present(changes), err
		}
		edits := make([]blacklist.Edit, 0, len(open))
		var due []int
		var planned []Change
		for k, i := range open {
			change := s.change(entries[i], found[k])
			if change.Effect == Same {
				changes[i] = &change
				continue
			}
			due = append(due, i)
			planned = append(planned, change)
			edits = append(edits, blacklist.Edit{Rule: rules[k], Before: found[k], After: &change.Entry})
		}
		outcomes, err := s.swap(ctx, edits)
		open = nil
		for k, outcome := range outcomes {
			if outcome == carriedOut {
				changes[due[k]] = &planned[k]
			} else {
				open = append(open, due[k])
			}
		}
		if err != nil || len(open) == 0 {
			return present(changes), err
		}
	}
	return present(changes), errOvertaken
}

// all returns the numbers from 0 up to n.
func all(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// change returns what becomes of an entry if another takes its place.
func (s *Store) change(entry blacklist.Entry, before *blacklist.Entry) Change {
	// One that has ended on its way here must not become one that never ends.
	if now := s.now(); entry.Expires.After(now) {
		entry.Expires = expiry(now, entry.Expires.Sub(now))
	}
	if before == nil {
		return Change{Entry: entry, Effect: Added}
	}
	if before.Kind == entry.Kind {
		entry.Created, entry.Hits, entry.LastHit = before.Created, before.Hits, before.LastHit
	}
	if blacklist.Same(before, &entry) {
		return Change{Entry: *before, Effect: Same, Before: before}
	}
	return Change{Entry: entry, Effect: Changed, Before: before}
}

// Remove takes entries off the list and returns those that were on it. The
// next call goes by what is left.
func (s *Store) Remove(ctx context.Context, rules []blacklist.Rule) (removed []blacklist.Entry, err error) {
	defer s.finish(ctx, opRemove, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return nil, err
	}
	for page := range pages(rules, func(rule blacklist.Rule) blacklist.Rule { return rule }) {
		part, err := s.removePage(ctx, page)
		removed = append(removed, part...)
		if err == nil {
			err = s.forgetCounts(ctx, page)
		}
		if err := s.recordRemoved(ctx, part, err); err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// removePage removes the entries of different rules. One that isn't there is
// removed all the same: its place in the index may be left over. What another
// removed at the same time is looked at once more: it is the other's.
func (s *Store) removePage(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Entry, error) {
	removed := make([]*blacklist.Entry, len(rules))
	open := all(len(rules))
	for range attempts {
		asked := make([]blacklist.Rule, len(open))
		for k, i := range open {
			asked[k] = rules[i]
		}
		found, err := s.lookup(ctx, asked)
		if err != nil {
			return present(removed), err
		}
		edits := make([]blacklist.Edit, len(open))
		for k, entry := range found {
			edits[k] = blacklist.Edit{Rule: asked[k], Before: entry}
		}
		outcomes, err := s.swap(ctx, edits)
		var left []int
		for k, outcome := range outcomes {
			if outcome == carriedOut {
				removed[open[k]] = found[k]
			} else {
				left = append(left, open[k])
			}
		}
		if open = left; err != nil || len(open) == 0 {
			return present(removed), err
		}
	}
	return present(removed), errOvertaken
}
