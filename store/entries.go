package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

// Put writes entries and returns what was done in their order; up to 1,000 of one
// kind are one step and one event of the audit log, and after an error those are
// returned that came before. The next call goes by them.
//
// Created (zero: now), Hits and LastHit are taken of an entry that is new or
// replaces one of the other kind; one that is only changed keeps its own. An
// entry without Expires never ends, even if the one before did, unless keep has
// blacklist.FieldExpires: an entry that is only changed keeps these fields too.
// Times are whole seconds: an entry ends at the end of its last one.
func (s *Store) Put(ctx context.Context, entries []blacklist.Entry, keep ...blacklist.Field) (changes []blacklist.Change, err error) {
	defer s.finish(ctx, opPut, s.now(), &err)
	now := s.Now()
	entries = slices.Clone(entries)
	for i := range entries {
		if err := valid(entries[i], now); err != nil {
			return nil, err
		}
		if entries[i].Created.IsZero() {
			entries[i].Created = now
		}
		entries[i] = inSeconds(entries[i])
	}
	together := func(a, b blacklist.Entry) bool { return a.Kind == b.Kind }
	for page := range pages(entries, changeSize, func(entry blacklist.Entry) blacklist.Rule { return entry.Rule }, together) {
		what := alteration{mode: "put", keeps: positions(keep), event: &audit.Event{Action: actions[page[0].Kind]}}
		for _, entry := range page {
			what.rules = append(what.rules, entry.Rule)
			what.lines = append(what.lines, countedLine(entry))
		}
		made, err := s.change(ctx, what)
		if err != nil {
			return changes, err
		}
		for i, entry := range page {
			changes = append(changes, changeOf(entry, made.done[i] == carriedOut, readBefore(made.before[i]), keep))
		}
	}
	return changes, nil
}

// actions are those that the audit log has for entries that are written.
var actions = map[blacklist.Kind]audit.Action{blacklist.Block: audit.Block, blacklist.Allow: audit.Allow}

func valid(entry blacklist.Entry, now time.Time) error {
	if entry.Rule.Pattern.String() == "" {
		return errors.New("an entry without a number")
	}
	if _, err := blacklist.ParseKind(string(entry.Kind)); err != nil {
		return fmt.Errorf("%s: %w", entry.Rule, err)
	}
	if entry.Expired(now) {
		return fmt.Errorf("%s: it would have expired already, at %s", entry, entry.Expires.Format(time.RFC3339))
	}
	return nil
}

// inSeconds returns the entry as its line has it.
func inSeconds(entry blacklist.Entry) blacklist.Entry {
	entry.Created, entry.LastHit = wholeSeconds(entry.Created), wholeSeconds(entry.LastHit)
	entry.Expires = blacklist.End(entry.Expires)
	return entry
}

func wholeSeconds(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Truncate(time.Second).UTC()
}

// readBefore reads a line that a rule had, "" for none.
func readBefore(line string) *blacklist.Entry {
	if line == "" {
		return nil
	}
	// Change.lua has read it.
	entry, _ := blacklist.ParseLine(line)
	return &entry
}

// positions returns where a line has its creation, which is always kept, and the
// given fields.
func positions(keep []blacklist.Field) string {
	places := []byte{'3'}
	for _, field := range keep {
		places = append(places, map[blacklist.Field]byte{blacklist.FieldExpires: '4', blacklist.FieldAction: '5', blacklist.FieldReason: '8'}[field])
	}
	return string(places)
}

func changeOf(entry blacklist.Entry, changed bool, before *blacklist.Entry, keep []blacklist.Field) blacklist.Change {
	switch {
	case before == nil:
		return blacklist.Change{Entry: entry, Effect: blacklist.Added}
	case !changed:
		return blacklist.Change{Entry: *before, Effect: blacklist.Unchanged, Before: before}
	case before.Kind == entry.Kind:
		entry = entry.Keeping(*before, keep)
		entry.Created, entry.Hits, entry.LastHit = before.Created, before.Hits, before.LastHit
	}
	return blacklist.Change{Entry: entry, Effect: blacklist.Changed, Before: before}
}

// Remove takes entries off the list and returns those that were on it; up to
// 1,000 are one step and one event of the audit log. The next call goes by what
// is left, and the callers begin anew for rate rules.
func (s *Store) Remove(ctx context.Context, rules []blacklist.Rule) (removed []blacklist.Entry, err error) {
	defer s.finish(ctx, opRemove, s.now(), &err)
	for page := range pages(rules, changeSize, func(rule blacklist.Rule) blacklist.Rule { return rule }, nil) {
		what := alteration{mode: "put", rules: page, event: &audit.Event{Action: audit.Remove}, forget: true}
		for _, rule := range page {
			what.lines = append(what.lines, rule.String())
		}
		made, err := s.change(ctx, what)
		if err != nil {
			return removed, err
		}
		for _, answer := range made.before {
			if entry := readBefore(answer); entry != nil {
				removed = append(removed, *entry)
			}
		}
	}
	return removed, nil
}
