package blacklist

import "time"

// Edit replaces what the list has for one rule. An edit that finds something
// else than Before has been overtaken, and is not carried out; its Reverse
// takes back what it did.
type Edit struct {
	Rule Rule `json:"rule"`
	// Before is what the list has for the rule, nil for nothing.
	Before *Entry `json:"before,omitempty"`
	// After is what it shall have, nil for nothing.
	After *Entry `json:"after,omitempty"`
}

// Reverse returns the edit that restores what was there before.
func (e Edit) Reverse() Edit { return Edit{Rule: e.Rule, Before: e.After, After: e.Before} }

// Same reports whether two entries say the same: kind, action, reason, source,
// author and, to the second, expiry of the same rule. When they were made and
// which calls they decided is left out, and so is what is nil on both sides.
func Same(a, b *Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Rule == b.Rule && a.Kind == b.Kind && a.Action == b.Action &&
		a.Reason == b.Reason && a.Source == b.Source && a.Author == b.Author &&
		sameEnd(a.Expires, b.Expires)
}

// sameEnd allows for the way to a store and back, which takes milliseconds of
// what is left of an entry's life.
func sameEnd(a, b time.Time) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() == b.IsZero()
	}
	return a.Sub(b).Abs() < time.Second
}
