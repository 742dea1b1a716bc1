package audit

import (
	"errors"

	"github.com/ringfence/ringfence/blacklist"
)

// ErrNoEvent means that the trail has no event with an ID.
var ErrNoEvent = errors.New("no such event")

// Undone is what the undo of an event did.
type Undone struct {
	// ID is that of the event that the undo itself is, "" if it changed nothing.
	ID string `json:"id,omitempty"`
	// Edits and Settings are what was restored.
	Edits    []blacklist.Edit `json:"edits,omitempty"`
	Settings []Setting        `json:"settings,omitempty"`
	// Left is what stays as it is: it has changed since the event.
	Left []Left `json:"left,omitempty"`
}

// Left is a rule or a setting that an undo has not restored.
type Left struct {
	// Name is the rule, the setting or the dialled number.
	Name string `json:"name"`
	// Now is what stands there at present, in words.
	Now string `json:"now"`
}
