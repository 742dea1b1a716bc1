package audit

import (
	"errors"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

var (
	// ErrNoEvent means that the audit log has no event with this ID.
	ErrNoEvent = errors.New("no such event in the audit log")
	// ErrNotUndoable means that an event has no changes that can be undone.
	ErrNotUndoable = errors.New("the event cannot be undone")
)

// Action is what was done.
type Action string

// The actions.
const (
	Block      Action = "block"
	Allow      Action = "allow"
	Remove     Action = "remove"
	Import     Action = "import"
	Undo       Action = "undo"
	Settings   Action = "settings"
	Hours      Action = "hours"
	FeedAdd    Action = "feed-add"
	FeedChange Action = "feed-change"
	FeedRemove Action = "feed-remove"
	FeedRun    Action = "feed-run"
	// CalendarRun is the fetch of a calendar of working time that closes something else
	// than before, or of which other parts cannot be read.
	CalendarRun Action = "calendar-run"
)

// Actions returns every action.
func Actions() []Action {
	return []Action{Block, Allow, Remove, Import, Undo, Settings, Hours, FeedAdd, FeedChange, FeedRemove, FeedRun, CalendarRun}
}

// Event is one event of the audit log.
type Event struct {
	// ID in the audit log.
	ID string `json:"id"`
	// When the change was recorded, by the clock of Redis.
	Time time.Time `json:"time"`
	// Who made the change.
	By By `json:"by"`
	// What was done, such as "block" or "import".
	Action Action `json:"action"`
	// Changes of the list; missing for a batch.
	Edits []blacklist.Edit `json:"edits,omitempty"`
	// Changes of settings, working time or a feed.
	Settings []Setting `json:"settings,omitempty"`
	// What the settings belong to: "settings", "hours" or "feed:NAME".
	Of string `json:"of,omitempty"`
	// ID of the batch.
	Batch string `json:"batch,omitempty"`
	// Number of entries of a batch by effect: "added", "removed", …; for a calendar, what
	// it "closes", and its "problems".
	Counts map[string]int64 `json:"counts,omitempty"`
	// ID of the event that an undo has undone.
	Undoes string `json:"undoes,omitempty"`
	// Further information: name and address of a feed, file of an import, batch that
	// was undone, problems of a calendar.
	Note string `json:"note,omitempty"`
}

// Undone is the result of an undo. Before and after are those of the undo.
type Undone struct {
	// Undone changes of the list.
	Edits []blacklist.Edit `json:"edits,omitempty"`
	// Undone changes of settings, working time or a feed.
	Settings []Setting `json:"settings,omitempty"`
	// Changes of the list that were left, because changed since.
	LeftEdits []blacklist.Edit `json:"left_edits,omitempty"`
	// Changes of settings that were left, because changed since.
	LeftSettings []Setting `json:"left_settings,omitempty"`
}

// Setting is the change of a setting, of a number's working time, or of a part of a
// feed.
type Setting struct {
	// Name of the setting, dialled number, or part of the feed.
	Name string `json:"name"`
	// Value before; "" for none.
	Before string `json:"before"`
	// Value after; "" for none.
	After string `json:"after"`
}
