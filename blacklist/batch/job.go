package batch

import (
	"iter"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// Job is a file to be imported.
type Job struct {
	// Rows are the rows of the file; an error of theirs ends the import before
	// anything is written.
	Rows iter.Seq2[listfile.Row, error]
	// File and Format are for the record.
	File, Format string
	// Source is where all rows come from: entries of this source that the
	// file doesn't name any more go. "" leaves each row its own source, or the
	// default one, and nothing goes.
	Source string
	// By is who imports. Entries have an author only if the file names one: the
	// batch says who brought them.
	By       string
	Defaults Defaults
	// MinReports is how often a number has to be reported to be taken.
	MinReports int64
	// Keep leaves entries of the source that the file doesn't name. A file
	// that has marks to remove numbers is a list of changes: it keeps them, too.
	Keep bool
	// Changes, if not nil, says when all rows have been read whether the file
	// is a list of changes although it has no such marks.
	Changes func() bool
	// Shrink lets more than half of the source's entries go.
	Shrink bool
	// Risky takes rows that blacklist.Risk warns of.
	Risky bool
	// DryRun changes nothing and shows what would change.
	DryRun bool

	// Rejected, if not nil, hears of each row that was refused, in the order
	// of their lines, after all else is done.
	Rejected func(Reject) error
	// Progress, if not nil, hears now and then how far the import is.
	Progress func(Progress)
	// Folder takes the temporary file of a big import; "" is the system's.
	Folder string
}

// Defaults are what rows get that say nothing of it.
type Defaults struct {
	To      phone.Number
	Action  blacklist.Action
	Reason  string
	Expires time.Time
	// Source is that of rows that have none while the job has none either.
	Source string
}

// Phase is a part of an import or undo.
type Phase string

// The phases.
const (
	Reading Phase = "reading"
	Writing Phase = "writing"
)

// Progress is how far a phase is: rows done, of all rows; all is 0 while it
// isn't known.
type Progress struct {
	Phase     Phase
	Done, All int64
}

// Reject is a row that was refused. A number that is refused for what the list
// or the other rows say is reported once, with its last row.
type Reject struct {
	Line   int64
	Cause  listfile.Cause
	Detail string
	// Text is the row as it was read, or its number.
	Text string
}

// row is what is kept of a file's row while rows are sorted.
type row struct {
	line    int64
	reports int64
	// remove says that the row takes its number off the list.
	remove bool
	entry  blacklist.Entry
}

// row makes of a file's row what it means for the list: what it leaves open
// says the job.
func (j *Job) row(read *listfile.Row) row {
	r := row{line: read.Line, reports: max(1, int64(read.Reports)), remove: read.Remove, entry: read.Entry}
	e, d := &r.entry, &j.Defaults
	if !e.Rule.Scoped() {
		e.Rule.To = d.To
	}
	if e.Action == "" && e.Kind == blacklist.Block {
		e.Action = d.Action
	}
	if e.Reason == "" {
		e.Reason = d.Reason
	}
	if e.Expires.IsZero() {
		e.Expires = d.Expires
	}
	e.Expires = blacklist.End(e.Expires)
	if j.Source != "" {
		e.Source = j.Source
	} else if e.Source == "" {
		e.Source = d.Source
	}
	return r
}
