package audit

import (
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// Filter chooses events; its zero value chooses all.
type Filter struct {
	// Since and Until limit the time of the event; Until is exclusive.
	Since, Until time.Time
	// By is the name of who made the change.
	By     string
	Via    Via
	Action Action
	// Pattern chooses events that changed an entry for exactly this number or prefix,
	// for any dialled number.
	Pattern phone.Pattern
	// Batch is the ID of a batch.
	Batch string
	// Before is the ID of an event: only events before it are chosen. The store looks
	// at it, Matches does not.
	Before string
}

// Matches reports whether the filter chooses the event.
func (f Filter) Matches(e Event) bool {
	return (f.Since.IsZero() || !e.Time.Before(f.Since)) &&
		(f.Until.IsZero() || e.Time.Before(f.Until)) &&
		(f.By == "" || f.By == e.By.Name) &&
		(f.Via == "" || f.Via == e.By.Via) &&
		(f.Action == "" || f.Action == e.Action) &&
		(f.Batch == "" || f.Batch == e.Batch) &&
		(f.Pattern == phone.Pattern{} || slices.ContainsFunc(e.Edits, f.MatchesEdit))
}

// MatchesEdit reports whether the filter chooses an edit of an event that it
// chooses.
func (f Filter) MatchesEdit(edit blacklist.Edit) bool {
	return f.Pattern == phone.Pattern{} || f.Pattern == edit.Rule.Pattern
}
