package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// importReport is what an import or an undo tells.
type importReport struct {
	batch.Summary
	DryRun bool
	// rejects is the file of refused rows, "" for none.
	rejects string
}

// reportJSON is an importReport in JSON.
type reportJSON struct {
	Batch    string                   `json:"batch,omitempty"`
	Kind     batch.Kind               `json:"kind"`
	Undoes   string                   `json:"undoes,omitempty"`
	File     string                   `json:"file,omitempty"`
	Format   string                   `json:"format,omitempty"`
	Source   string                   `json:"source,omitempty"`
	DryRun   bool                     `json:"dry_run"`
	Complete bool                     `json:"complete"`
	Seconds  float64                  `json:"seconds"`
	Rows     int64                    `json:"rows"`
	Taken    int64                    `json:"taken"`
	Refused  int64                    `json:"refused"`
	Causes   map[listfile.Cause]int64 `json:"causes"`
	Added    int64                    `json:"added"`
	Changed  int64                    `json:"changed"`
	Same     int64                    `json:"same"`
	Repeated int64                    `json:"repeated"`
	Removed  int64                    `json:"removed"`
	Absent   int64                    `json:"absent"`
	Gone     int64                    `json:"gone"`
	Left     int64                    `json:"left,omitempty"`
}

func (r importReport) json() reportJSON {
	c := r.Counts
	causes := c.Refused
	if causes == nil {
		causes = map[listfile.Cause]int64{}
	}
	return reportJSON{
		Batch: r.ID, Kind: r.Kind, Undoes: r.Undoes, File: r.File, Format: r.Format, Source: r.Source,
		DryRun: r.DryRun, Complete: !r.Partial, Seconds: r.Took.Seconds(),
		Rows: c.Rows, Taken: c.Taken(), Refused: c.RefusedRows(), Causes: causes,
		Added: c.Added, Changed: c.Changed, Same: c.Same, Repeated: c.Repeated, Removed: c.Removed,
		Absent: c.Absent, Gone: c.Gone, Left: c.Left,
	}
}

// line is a line of a summary; lines of nothing are left out.
type line struct {
	what string
	n    int64
	note string
}

func (r importReport) lines() []line {
	c := r.Counts
	lines := []line{
		{"added", c.Added, ""},
		{"changed", c.Changed, ""},
		{"unchanged", c.Same, ""},
		{"repeated", c.Repeated, "another row has the number"},
		{"removed", c.Removed, "as the file says"},
		{"not listed", c.Absent, "the file removes what is not there"},
		{"refused", c.RefusedRows(), ""},
	}
	for _, cause := range slices.SortedFunc(maps.Keys(c.Refused), func(a, b listfile.Cause) int {
		return cmp.Or(cmp.Compare(c.Refused[b], c.Refused[a]), cmp.Compare(a, b))
	}) {
		lines = append(lines, line{"  " + string(cause), c.Refused[cause], ""})
	}
	return append(lines, line{"gone", c.Gone, "the file doesn't name them any more"})
}

func undoLines(c batch.Counts) []line {
	return []line{
		{"brought back", c.Added, ""},
		{"changed back", c.Changed, ""},
		{"taken off", c.Removed, ""},
		{"as before", c.Same, "nothing to take back"},
		{"left", c.Left, "changed since, and not touched"},
	}
}

// writeReport writes the summary.
func (p *program) writeReport(format string, r importReport) error {
	if format == outputJSON {
		return writeJSON(p.out, r.json())
	}
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	tell := func(what string, value any, note string) {
		if note != "" {
			note = "  (" + note + ")"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s%s\n", what, printable(fmt.Sprint(value)), note) // Flush tells of the error.
	}
	lines := r.lines()
	if r.Kind == batch.Undo {
		tell("undone", r.Undoes, "")
		tell("changes", r.Counts.Rows, "")
		lines = undoLines(r.Counts)
	} else {
		tell("file", r.File, listfile.Format(r.Format).String())
		if r.Source != "" {
			tell("source", r.Source, "")
		}
		tell("rows", r.Counts.Rows, "")
	}
	for _, l := range lines {
		if l.n > 0 {
			tell(l.what, l.n, l.note)
		}
	}
	if r.ID != "" {
		tell("batch", r.ID, "")
	}
	if r.Took >= time.Second {
		tell("took", r.Took.Round(100*time.Millisecond), "")
	}
	return table.Flush()
}

// tellImport tells what an import did, or would do, and how it ended.
func (p *program) tellImport(format string, r importReport, err error) error {
	c := r.Counts
	if shrink, ok := errors.AsType[*batch.ShrinkError](err); ok {
		if !r.DryRun {
			return fmt.Errorf("%w: nothing was changed; if the file is right, --force takes it, and --keep leaves them", shrink)
		}
		err = fmt.Errorf("%w: it would be refused without --force or --keep", shrink)
		return errors.Join(p.writeReport(format, r), err)
	}
	if err != nil && c.Rows == 0 && r.ID == "" {
		return p.brokenOff(r, err)
	}
	if told := p.writeReport(format, r); told != nil {
		return errors.Join(err, told)
	}
	if err != nil {
		return p.brokenOff(r, err)
	}
	refused := c.RefusedRows()
	if refused > 0 && r.rejects == "" {
		p.say("%d of %d rows were refused; --rejects FILE tells which and why", refused, c.Rows)
	} else if refused > 0 {
		p.say("%d of %d rows were refused: %s tells which and why", refused, c.Rows, r.rejects)
	}
	none := refused > 0 && c.Taken() == 0
	switch {
	case r.ID != "":
		p.say("`ringfence import undo %s` takes it back", r.ID)
	case none:
	case r.DryRun:
		p.say("nothing was changed: this was a trial")
	default:
		p.say("nothing had to be changed")
	}
	if none {
		return errors.New("nothing could be taken")
	}
	return nil
}

// brokenOff says how far a batch came, and how to go on.
func (p *program) brokenOff(r importReport, err error) error {
	if errors.Is(err, context.Canceled) {
		err = errors.New("it was stopped")
	}
	if r.ID == "" {
		return fmt.Errorf("%w; nothing was changed", err)
	}
	if r.Kind == batch.Undo {
		return fmt.Errorf("%w; some changes are taken back: run it again to complete it", err)
	}
	return fmt.Errorf("%w; a part is done: run it again to complete it, or `ringfence import undo %s` to take it back", err, r.ID)
}
