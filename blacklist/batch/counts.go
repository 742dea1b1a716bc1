package batch

import (
	"maps"
	"slices"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// The causes for which readable rows are refused.
const (
	OwnNumber  listfile.Cause = "own number"
	TooBroad   listfile.Cause = "too broad"
	TooShort   listfile.Cause = "too short"
	Allowed    listfile.Cause = "allowed"
	Kept       listfile.Cause = "listed by another source"
	FewReports listfile.Cause = "too few reports"
	Expired    listfile.Cause = "expired already"
	// Conflict is a number that other processes keep changing.
	Conflict listfile.Cause = "changed by others meanwhile"
)

// Counts are the numbers of rows and entries of a batch. Each row is counted once: in
// Added, Changed, Unchanged, Repeated, Removed, Absent or Refused.
type Counts struct {
	// Rows of the file; for an undo, the changes to undo.
	Rows int64 `json:"rows"`
	// New entries.
	Added int64 `json:"added"`
	// Changed entries.
	Changed int64 `json:"changed"`
	// Rows that the list had already.
	Unchanged int64 `json:"unchanged"`
	// Rows with the number of another row.
	Repeated int64 `json:"repeated"`
	// Entries that rows marked for removal.
	Removed int64 `json:"removed"`
	// Rows marked for removal that were not on the list.
	Absent int64 `json:"absent"`
	// Refused rows by cause.
	Refused map[listfile.Cause]int64 `json:"refused,omitempty"`
	// Deleted entries of the source: missing from the file.
	Gone int64 `json:"gone"`
	// Changes that were not undone, because the entry was changed since.
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

// Taken returns how many rows were accepted, whether they changed something or not.
func (c Counts) Taken() int64 {
	return c.Added + c.Changed + c.Unchanged + c.Repeated + c.Removed + c.Absent
}

// Changes returns how many entries of the list were changed.
func (c Counts) Changes() int64 { return c.Added + c.Changed + c.Removed + c.Gone }

// Recheck reports whether rows were refused because of other entries or own
// numbers. If these change, the same file may add more entries.
func (c Counts) Recheck() bool {
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
