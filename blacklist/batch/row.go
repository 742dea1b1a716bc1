package batch

import (
	"encoding/binary"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// row is what is kept of a file's row while rows are sorted.
type row struct {
	line    int64
	reports int64
	// remove says that the row takes its number off the list.
	remove bool
	entry  blacklist.Entry
}

// appendRow writes a row without its rule, which is the key that it is sorted by.
func appendRow(to []byte, r *row, shared *texts) []byte {
	mark := uint64(0)
	if r.remove {
		mark = 1
	}
	to = binary.AppendUvarint(to, mark)
	to = binary.AppendVarint(to, r.line)
	to = binary.AppendVarint(to, r.reports)
	return appendEntry(to, &r.entry, shared)
}

func readRow(rule blacklist.Rule, value []byte, shared *texts) (row, error) {
	d := decoder{left: value, shared: shared.list}
	r := row{remove: d.uvarint() == 1, line: d.varint(), reports: d.varint()}
	r.entry = d.entry(rule)
	if d.failed {
		return row{}, errCorrupt
	}
	return r, nil
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
