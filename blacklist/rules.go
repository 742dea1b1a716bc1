package blacklist

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/ringfence/ringfence/phone"
)

// Compare orders entries that match the same call by precedence: exact before prefix,
// longer prefix before shorter; then likewise by the dialled number: a rule for exactly
// this one, the longer range, the shorter range, a rule for all; then allow before block.
func Compare(a, b Entry) int {
	return cmp.Or(
		cmp.Compare(rank(a.Rule.Pattern.IsPrefix()), rank(b.Rule.Pattern.IsPrefix())),
		cmp.Compare(b.Rule.Pattern.Digits(), a.Rule.Pattern.Digits()),
		cmp.Compare(rank(b.Rule.Scoped()), rank(a.Rule.Scoped())),
		cmp.Compare(rank(a.Rule.To.IsPrefix()), rank(b.Rule.To.IsPrefix())),
		cmp.Compare(b.Rule.To.Digits(), a.Rule.To.Digits()),
		cmp.Compare(rank(a.Kind == Block), rank(b.Kind == Block)),
	)
}

func rank(later bool) int {
	if later {
		return 1
	}
	return 0
}

// Rules is an immutable set of entries in memory. The time of a search does not depend
// on the number of entries. The zero value is empty.
type Rules struct {
	byPattern map[phone.Pattern][]Entry
}

// NewRules returns a set. Of several entries with the same rule the last one counts.
func NewRules(entries []Entry) Rules {
	rules := Rules{byPattern: make(map[phone.Pattern][]Entry, len(entries))}
	for _, entry := range entries {
		same := rules.byPattern[entry.Rule.Pattern]
		same = slices.DeleteFunc(same, func(e Entry) bool { return e.Rule == entry.Rule })
		rules.byPattern[entry.Rule.Pattern] = append(same, entry)
	}
	return rules
}

// Match returns the entries that match a call from caller to dialled at the given
// time, in the order of Compare.
func (r Rules) Match(caller, dialled phone.Number, at time.Time) []Entry {
	return r.matching(caller, at, func(rule Rule) bool { return !rule.Scoped() || rule.To.Matches(dialled) })
}

// About returns the entries that match calls from caller to any dialled number at the
// given time, in the order of Compare.
func (r Rules) About(caller phone.Number, at time.Time) []Entry {
	return r.matching(caller, at, func(Rule) bool { return true })
}

func (r Rules) matching(caller phone.Number, at time.Time, matches func(Rule) bool) []Entry {
	if !caller.Known() {
		return nil
	}
	var matching []Entry
	for pattern := range caller.Patterns() {
		for _, entry := range r.byPattern[pattern] {
			if matches(entry.Rule) && !entry.Expired(at) {
				matching = append(matching, entry)
			}
		}
	}
	slices.SortStableFunc(matching, Compare)
	return matching
}

// Len returns how many entries the set holds.
func (r Rules) Len() int {
	n := 0
	for _, entries := range r.byPattern {
		n += len(entries)
	}
	return n
}

// Entries returns the entries in the order of their rules' texts.
func (r Rules) Entries() []Entry {
	return slices.SortedFunc(flatten(maps.Values(r.byPattern)), func(a, b Entry) int {
		return cmp.Compare(a.Rule.String(), b.Rule.String())
	})
}

func flatten(groups iter.Seq[[]Entry]) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for group := range groups {
			for _, entry := range group {
				if !yield(entry) {
					return
				}
			}
		}
	}
}
