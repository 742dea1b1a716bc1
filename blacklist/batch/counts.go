package batch

import (
	"maps"
	"slices"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// The causes for which rows are refused that could be read.
const (
	OwnNumber  listfile.Cause = "own number"
	TooBroad   listfile.Cause = "too broad"
	TooShort   listfile.Cause = "too short"
	Allowed    listfile.Cause = "allowed"
	Kept       listfile.Cause = "listed by another source"
	FewReports listfile.Cause = "too few reports"
	Expired    listfile.Cause = "expired already"
	// Conflict is a number that others changed again and again meanwhile.
	Conflict listfile.Cause = "changed by others meanwhile"
)

// Counts say what was done with rows and entries. Every row is in one of Added,
// Changed, Same, Repeated, Removed, Absent, or was refused for one cause.
type Counts struct {
	// Rows are the rows of the file; for an undo, the changes to take back.
	Rows int64 `json:"rows"`
	// Added are entries that are new on the list.
	Added int64 `json:"added"`
	// Changed are entries of which something is new.
	Changed int64 `json:"changed"`
	// Same are rows that the list had already.
	Same int64 `json:"same"`
	// Repeated are rows whose number another row of the file has.
	Repeated int64 `json:"repeated"`
	// Removed are entries that a row took off the list.
	Removed int64 `json:"removed"`
	// Absent are rows that should remove what wasn't there.
	Absent  int64                    `json:"absent"`
	Refused map[listfile.Cause]int64 `json:"refused,omitempty"`
	// Gone are entries of the source that no row named any more.
	Gone int64 `json:"gone"`
	// Left are changes that were not taken back, because the entry has been
	// changed since; only an undo has any.
	Left int64 `json:"left,omitempty"`
}

// RefusedRows returns how many rows were refused.
func (c Counts) RefusedRows() int64 {
	total := int64(0)
	for n := range maps.Values(c.Refused) {
		total += n
	}
	return total
}

// Taken returns how many rows were taken, whether they changed something or not.
func (c Counts) Taken() int64 {
	return c.Added + c.Changed + c.Same + c.Repeated + c.Removed + c.Absent
}

// Changes returns how many entries of the list changed.
func (c Counts) Changes() int64 { return c.Added + c.Changed + c.Removed + c.Gone }

// Unsettled reports whether rows were refused for what else was on the list, or
// for the own numbers: the same file may bring more another time.
func (c Counts) Unsettled() bool {
	return slices.ContainsFunc([]listfile.Cause{Kept, Allowed, OwnNumber, Conflict}, func(cause listfile.Cause) bool {
		return c.Refused[cause] > 0
	})
}

func (c *Counts) refuse(cause listfile.Cause, rows int64) {
	if c.Refused == nil {
		c.Refused = map[listfile.Cause]int64{}
	}
	c.Refused[cause] += rows
}
