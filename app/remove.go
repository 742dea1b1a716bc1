package app

import (
	"context"
	"errors"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// Removal is the result of removing rules.
type Removal struct {
	// Entries that were on the list.
	Removed []blacklist.Entry
	// Rules that were not.
	Missing []Missing
	// Entries on the list for the same numbers and prefixes, but for other dialled
	// numbers.
	Remaining []blacklist.Entry
	// Removed numbers that another entry or a rule still blocks.
	Blocked []StillBlocked
}

// Missing is a rule that was not on the list.
type Missing struct {
	// Rule that was to be removed.
	Rule blacklist.Rule
	// Rules on the list for the same number, the one for every dialled number first.
	Others []blacklist.Rule
}

// StillBlocked is a removed number that is still blocked.
type StillBlocked struct {
	// Number of the caller.
	Number phone.Number
	// What blocks it.
	Reason string
}

// maxHints is the maximum number of missing rules with hints, and of hints for
// each of them.
const maxHints = 20

// Remove removes rules from the list. After an error of the store it returns the
// entries removed before the error.
func (l List) Remove(ctx context.Context, rules []blacklist.Rule) (Removal, error) {
	var removal Removal
	var err error
	if removal.Removed, err = l.Store.Remove(ctx, rules); err != nil {
		return removal, err
	}
	var missing, remaining, blocked error
	removal.Missing, missing = l.missing(ctx, rules, removal.Removed)
	removal.Remaining, remaining = l.remaining(ctx, removal.Removed)
	removal.Blocked, blocked = l.stillBlocked(ctx, removal.Removed)
	return removal, errors.Join(missing, remaining, blocked)
}

// Everywhere returns the rules, and those on the list for the same numbers and
// prefixes and any dialled number.
func (l List) Everywhere(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Rule, error) {
	var patterns []phone.Pattern
	for _, rule := range rules {
		patterns = append(patterns, rule.Pattern)
	}
	entries, err := l.Store.EntriesFor(ctx, patterns)
	if err != nil {
		return nil, err
	}
	listed := make(map[phone.Pattern][]blacklist.Rule, len(rules))
	for _, entry := range entries {
		listed[entry.Rule.Pattern] = append(listed[entry.Rule.Pattern], entry.Rule)
	}
	var all []blacklist.Rule
	for _, rule := range rules {
		if found := listed[rule.Pattern]; len(found) > 0 {
			all = append(all, found...)
		} else {
			all = append(all, rule)
		}
	}
	return all, nil
}

// SourceRemoval is what a removal did with the entries of a source.
type SourceRemoval struct {
	// Source of the entries.
	Source string `json:"source"`
	// Number of entries that were removed.
	Removed int `json:"removed"`
}

// RemoveSource removes the entries of a source, and returns how many. After an error
// it returns how many were removed before it.
func (l List) RemoveSource(ctx context.Context, source string) (removal SourceRemoval, err error) {
	const step = 1000
	removal.Source = source
	for {
		entries, err := l.Store.Entries(ctx, blacklist.Query{Source: source, Sort: blacklist.ByNumber, Limit: step})
		if err != nil || len(entries) == 0 {
			return removal, err
		}
		rules := make([]blacklist.Rule, len(entries))
		for i, entry := range entries {
			rules[i] = entry.Rule
		}
		gone, err := l.Store.Remove(ctx, rules)
		if removal.Removed += len(gone); err != nil || len(gone) == 0 {
			return removal, err
		}
	}
}

func (l List) missing(ctx context.Context, rules []blacklist.Rule, removed []blacklist.Entry) ([]Missing, error) {
	there := make(map[blacklist.Rule]bool, len(removed))
	for _, entry := range removed {
		there[entry.Rule] = true
	}
	var missing []Missing
	for _, rule := range rules {
		if there[rule] {
			continue
		}
		m := Missing{Rule: rule}
		if len(missing) < maxHints {
			entries, err := l.Store.EntriesFor(ctx, []phone.Pattern{rule.Pattern})
			if err != nil {
				return missing, err
			}
			for _, entry := range entries[:min(len(entries), maxHints)] {
				m.Others = append(m.Others, entry.Rule)
			}
		}
		missing = append(missing, m)
	}
	return missing, nil
}

// remaining returns the entries that are on the list for the patterns of removed ones.
func (l List) remaining(ctx context.Context, removed []blacklist.Entry) ([]blacklist.Entry, error) {
	seen := make(map[phone.Pattern]bool, len(removed))
	var patterns []phone.Pattern
	for _, entry := range removed {
		if !seen[entry.Rule.Pattern] {
			seen[entry.Rule.Pattern] = true
			patterns = append(patterns, entry.Rule.Pattern)
		}
	}
	return l.Store.EntriesFor(ctx, patterns)
}

func (l List) stillBlocked(ctx context.Context, removed []blacklist.Entry) ([]StillBlocked, error) {
	var policy *policy.Policy
	var blocked []StillBlocked
	for _, entry := range removed {
		if entry.Rule.Pattern.IsPrefix() {
			continue
		}
		if policy == nil {
			read, err := l.Store.Policy(ctx)
			if err != nil {
				return nil, err
			}
			policy = &read
		}
		number, dialled := entry.Rule.Pattern.Number(), entry.Rule.To.Sample()
		// This avoids a request to Redis for each number of a long list.
		if !entry.Rule.Scoped() && len(policy.Rules.Match(number, dialled, l.Now())) == 0 {
			continue
		}
		facts, err := l.Store.Facts(ctx, number, dialled)
		if err != nil {
			return nil, err
		}
		call := screen.Call{Caller: screen.Caller{Number: number}, Dialled: dialled, At: l.Now()}
		if verdict := screen.Decide(call, facts, *policy); verdict.Outcome == screen.Refuse {
			blocked = append(blocked, StillBlocked{number, verdict.Decided().Reason})
		}
	}
	return blocked, nil
}
