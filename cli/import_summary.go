package cli

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// line is a line of a summary; lines with n = 0 are left out.
type line struct {
	what string
	n    int64
	note string
}

func importLines(c *app.Report) []line {
	lines := []line{
		{"added", c.Added, ""},
		{"changed", c.Changed, ""},
		{"unchanged", c.Unchanged, ""},
		{"repeated", c.Repeated, "other rows with the same number"},
		{"removed", c.Removed, "marked in the file"},
		{"not listed", c.Absent, "marked for removal, but not on the list"},
		{"refused", c.Refused, ""},
	}
	for _, cause := range slices.SortedFunc(maps.Keys(c.Causes), func(a, b listfile.Cause) int {
		return cmp.Or(cmp.Compare(c.Causes[b], c.Causes[a]), cmp.Compare(a, b))
	}) {
		lines = append(lines, line{"  " + string(cause), c.Causes[cause], ""})
	}
	return append(lines, line{"deleted", c.Gone, "missing from the file"})
}

func undoLines(c *app.Report) []line {
	return []line{
		{"restored", c.Added, ""},
		{"changed back", c.Changed, ""},
		{"removed", c.Removed, ""},
		{"unchanged", c.Unchanged, "nothing to undo"},
		{"left", c.Left, "changed since; not undone"},
	}
}

// writeReport writes the summary.
func (p *program) writeReport(format string, r *app.Report) error {
	return writeOne(p, format, *r, func() error { return p.writeSummary(r) })
}

func (p *program) writeSummary(r *app.Report) error {
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	write := func(what string, value any, note string) {
		if note != "" {
			note = "  (" + note + ")"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s%s\n", what, printable(fmt.Sprint(value)), note) // Flush returns the error.
	}
	lines := importLines(r)
	if r.Undoes != "" {
		write("undone", r.Undoes, "")
		write("changes", r.Rows, "")
		lines = undoLines(r)
	} else {
		write("file", r.File, listfile.Format(r.Format).String())
		note := ""
		if r.Sourced {
			note = "for rows without their own source"
		}
		write("source", r.Source, note)
		write("rows", r.Rows, "")
	}
	for _, l := range lines {
		if l.n > 0 {
			write(l.what, l.n, l.note)
		}
	}
	if r.Batch != "" {
		write("batch", r.Batch, "")
	}
	if r.Seconds >= 1 {
		write("took", time.Duration(r.Seconds*float64(time.Second)).Round(100*time.Millisecond), "")
	}
	return table.Flush()
}

// reportImport shows what an import did or would do, and returns its error.
func (p *program) reportImport(format string, r *app.Report, bad *rejectsFile, err error) error {
	if saved := bad.save(); err == nil {
		err = saved
	}
	if r == nil {
		return err
	}
	if err := join(p.writeReport(format, r), err); err != nil {
		return err
	}
	if r.Refused > 0 && bad.name == "" {
		p.say("%d of %d rows were refused; --rejects FILE shows which and why", r.Refused, r.Rows)
	} else if r.Refused > 0 {
		p.say("%d of %d rows were refused: see %s", r.Refused, r.Rows, bad.name)
	}
	switch {
	case r.Batch != "":
		p.say("undo with: ringfence import undo %s", r.Batch)
	case r.NoneTaken():
	case r.DryRun:
		p.say("dry run: nothing was changed")
	default:
		p.say("nothing to change")
	}
	if r.NoneTaken() {
		return errors.New("all rows were refused")
	}
	return nil
}
