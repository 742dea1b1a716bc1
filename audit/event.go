package audit

import (
	"errors"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

var (
	// ErrNoEvent means that the audit trail has no event with this ID.
	ErrNoEvent = errors.New("no such event in the audit trail")
	// ErrNotUndoable means that an event tells of nothing that Undo takes back.
	ErrNotUndoable = errors.New("the event cannot be undone")
)

// Action says what was done.
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
)

// Actions returns every action.
func Actions() []Action {
	return []Action{Block, Allow, Remove, Import, Undo, Settings, Hours, FeedAdd, FeedChange, FeedRemove, FeedRun}
}

// Event is one line of the trail.
type Event struct {
	// ID is the place in the trail; the store gives it.
	ID string `json:"id"`
	// Time is when the change was recorded, right after it was made.
	Time   time.Time `json:"time"`
	By     By        `json:"by"`
	Action Action    `json:"action"`
	// Edits are the changes of the list, in their order. Those of an import, an
	// undo or a feed's run are not here: they are many, and kept with the batch.
	Edits []blacklist.Edit `json:"edits,omitempty"`
	// Settings are the changes of what Of says.
	Settings []Setting `json:"settings,omitempty"`
	// Of is "settings", "hours", which is working time by dialled number, or
	// "feed:NAME".
	Of string `json:"of,omitempty"`
	// Batch is the id of the import, the undo or the feed's run.
	Batch string `json:"batch,omitempty"`
	// Counts are what a batch did: how many entries were "added", "removed" …
	Counts map[string]int64 `json:"counts,omitempty"`
	// Undoes is the ID of the event that an undo has taken back.
	Undoes string `json:"undoes,omitempty"`
	// Note is what else there is to know: the name and the address of a feed,
	// the file of an import, the batch that was undone.
	Note string `json:"note,omitempty"`
}

// Undone is what an undo has done, and what it has left because somebody has
// changed it since: edits and settings in the direction of the undo.
type Undone struct {
	Edits        []blacklist.Edit `json:"edits,omitempty"`
	Settings     []Setting        `json:"settings,omitempty"`
	LeftEdits    []blacklist.Edit `json:"left_edits,omitempty"`
	LeftSettings []Setting        `json:"left_settings,omitempty"`
}

// Setting is the change of one setting, of one number's working time, or of one
// part of a feed.
type Setting struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}
