package blacklist

import "time"

// Edit replaces the entry of one rule. If the list has another entry than Before, the
// edit is superseded and not applied.
type Edit struct {
	Rule
	// Entry before the change; missing if there was none.
	Before *Entry `json:"before,omitempty"`
	// Entry after the change; missing if it was removed.
	After *Entry `json:"after,omitempty"`
}

// Reverse returns the edit that reverts this one.
func (e Edit) Reverse() Edit { return Edit{Rule: e.Rule, Before: e.After, After: e.Before} }

// Same reports whether two entries have the same rule, kind, action, reason, source,
// author and, to the second, expiry. It ignores creation time and hits. Two nil
// entries are the same.
func Same(a, b *Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Rule == b.Rule && a.Kind == b.Kind && a.Action == b.Action &&
		a.Reason == b.Reason && a.Source == b.Source && a.Author == b.Author &&
		sameEnd(a.Expires, b.Expires)
}

// sameEnd ignores differences below a second, which come from storing an entry.
func sameEnd(a, b time.Time) bool {
	if a.IsZero() || b.IsZero() {
		return a.IsZero() == b.IsZero()
	}
	return a.Sub(b).Abs() < time.Second
}
