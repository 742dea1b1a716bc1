package app

import "github.com/ringfence/ringfence/blacklist"

// Effect is what happened to an entry.
type Effect = blacklist.Effect

// The effects of a removal.
const (
	Removed Effect = "removed"
	NoEntry Effect = "missing"
)

// Change is what block, allow or remove did with one number or prefix.
type Change struct {
	blacklist.Rule
	// "added", "changed", "unchanged", "removed", or "missing": it was not on the list.
	Effect Effect `json:"effect"`
	// Entry before the change; missing if there was none.
	Before *blacklist.Entry `json:"before,omitempty"`
	// Entry after the change; missing if there is none.
	After *blacklist.Entry `json:"after,omitempty"`
	// For a missing number: the same number for other dialled numbers.
	Others []blacklist.Rule `json:"others,omitempty"`
	// What still blocks a removed number; missing if nothing does.
	BlockedBy string `json:"blocked_by,omitempty"`
}

// NewChanges returns what Put did.
func NewChanges(done []blacklist.Change) []Change {
	changes := make([]Change, len(done))
	for i := range done {
		changes[i] = Change{Rule: done[i].Entry.Rule, Effect: done[i].Effect, Before: done[i].Before, After: &done[i].Entry}
		if done[i].Effect == blacklist.Unchanged {
			changes[i].Before = &done[i].Entry
		}
	}
	return changes
}

// Changes returns what Remove did.
func (r Removal) Changes() []Change {
	var changes []Change
	for i := range r.Removed {
		change := Change{Rule: r.Removed[i].Rule, Effect: Removed, Before: &r.Removed[i]}
		for _, blocked := range r.Blocked {
			if !change.Pattern.IsPrefix() && change.Pattern.Number() == blocked.Number {
				change.BlockedBy = blocked.Reason
			}
		}
		changes = append(changes, change)
	}
	for _, missing := range r.Missing {
		changes = append(changes, Change{Rule: missing.Rule, Effect: NoEntry, Others: missing.Others})
	}
	return changes
}
