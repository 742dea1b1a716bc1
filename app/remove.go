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
	Removed []blacklist.Entry `json:"removed"`
	// Rules that were not.
	Missing []Missing `json:"missing,omitempty"`
	// Removed numbers that another entry or a rule still blocks.
	Blocked []StillBlocked `json:"blocked,omitempty"`
}

// Missing is a rule that was not on the list.
type Missing struct {
	// Rule that was to be removed.
	Rule blacklist.Rule `json:"rule"`
	// Rules on the list for the same number, the one for every dialled number first.
	Others []blacklist.Rule `json:"others,omitempty"`
}

// StillBlocked is a removed number that is still blocked.
type StillBlocked struct {
	// Number of the caller.
	Number phone.Number `json:"number"`
	// What blocks it.
	Reason string `json:"reason"`
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
	var missing, blocked error
	removal.Missing, missing = l.missing(ctx, rules, removal.Removed)
	removal.Blocked, blocked = l.stillBlocked(ctx, removal.Removed)
	return removal, errors.Join(missing, blocked)
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
			var err error
			if m.Others, err = l.others(ctx, rule); err != nil {
				return missing, err
			}
		}
		missing = append(missing, m)
	}
	return missing, nil
}

func (l List) others(ctx context.Context, rule blacklist.Rule) ([]blacklist.Rule, error) {
	general := blacklist.Rule{Pattern: rule.Pattern}
	found, err := l.Store.Lookup(ctx, []blacklist.Rule{general})
	if err != nil {
		return nil, err
	}
	var rules []blacklist.Rule
	if found[0] != nil {
		rules = append(rules, general)
	}
	scoped, err := l.Store.Entries(ctx, blacklist.Query{Start: general.String() + ":", Sort: blacklist.ByNumber, Limit: maxHints})
	for _, entry := range scoped {
		rules = append(rules, entry.Rule)
	}
	return rules, err
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
