package batch

import (
	"iter"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// Job is a file to import.
type Job struct {
	// Rows are the rows of the file. If they end with an error, nothing is written.
	Rows iter.Seq2[listfile.Row, error]
	// File and Format are stored with the batch.
	File, Format string
	// Source is the source of all rows. Its entries missing from the file are
	// deleted. If it is "", each row has its own source or the default one, and
	// nothing is deleted.
	Source string
	// By is who runs the import. It is stored with the batch, not with the entries.
	By       string
	Defaults Defaults
	// MinReports is the minimum number of reports of a number.
	MinReports int64
	// Keep keeps entries of the source missing from the file. A file that marks
	// numbers to remove is a list of changes: it also keeps them.
	Keep bool
	// Changes, if not nil, reports after all rows were read whether the file is a
	// list of changes although it has no such marks.
	Changes func() bool
	// AllowShrink allows to delete more than half of the source's entries.
	AllowShrink bool
	// Risky accepts rows that blacklist.Risk warns about.
	Risky bool
	// DryRun changes nothing, but counts what would change.
	DryRun bool

	// Rejected, if not nil, is called for each refused row in the order of lines, at
	// the end of the import.
	Rejected func(Reject) error
	// Progress, if not nil, is called from time to time.
	Progress func(Progress)
	// Folder is for temporary files; "" means the system's.
	Folder string
}

// Defaults are the fields of rows without them.
type Defaults struct {
	To      phone.Pattern
	Action  blacklist.Action
	Reason  string
	Expires time.Time
	// Source is used for rows without a source if the job has none.
	Source string
}

// Phase is a part of an import or undo.
type Phase string

// The phases.
const (
	Reading Phase = "reading"
	Writing Phase = "writing"
)

// Progress is the progress of a phase: rows done, of all rows. All is 0 while it is
// unknown.
type Progress struct {
	Phase     Phase
	Done, All int64
}

// Reject is a refused row. A number refused because of the list or other rows is
// reported once, with its last row.
type Reject struct {
	Line   int64
	Cause  listfile.Cause
	Detail string
	// Text is the row as it is in the file, or its number.
	Text string
}

// row is a row of a file while rows are sorted.
type row struct {
	line    int64
	reports int64
	// remove says that the row removes its number from the list.
	remove bool
	entry  blacklist.Entry
}

// row converts a row of the file; fields that it lacks come from the job.
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
