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

// line is a line of a summary; lines of nothing are left out.
type line struct {
	what string
	n    int64
	note string
}

func importLines(c *app.Report) []line {
	lines := []line{
		{"added", c.Added, ""},
		{"changed", c.Changed, ""},
		{"unchanged", c.Same, ""},
		{"repeated", c.Repeated, "another row has the number"},
		{"removed", c.Removed, "as the file says"},
		{"not listed", c.Absent, "the file removes what is not there"},
		{"refused", c.Refused, ""},
	}
	for _, cause := range slices.SortedFunc(maps.Keys(c.Causes), func(a, b listfile.Cause) int {
		return cmp.Or(cmp.Compare(c.Causes[b], c.Causes[a]), cmp.Compare(a, b))
	}) {
		lines = append(lines, line{"  " + string(cause), c.Causes[cause], ""})
	}
	return append(lines, line{"gone", c.Gone, "the file doesn't name them any more"})
}

func undoLines(c *app.Report) []line {
	return []line{
		{"brought back", c.Added, ""},
		{"changed back", c.Changed, ""},
		{"taken off", c.Removed, ""},
		{"as before", c.Same, "nothing to take back"},
		{"left", c.Left, "changed since, and not touched"},
	}
}

// writeReport writes the summary.
func (p *program) writeReport(format string, r *app.Report) error {
	if format == outputJSON {
		return writeJSON(p.out, r)
	}
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	tell := func(what string, value any, note string) {
		if note != "" {
			note = "  (" + note + ")"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s%s\n", what, printable(fmt.Sprint(value)), note) // Flush returns the error.
	}
	lines := importLines(r)
	if r.Undoes != "" {
		tell("undone", r.Undoes, "")
		tell("changes", r.Rows, "")
		lines = undoLines(r)
	} else {
		tell("file", r.File, listfile.Format(r.Format).String())
		if r.Source != "" {
			tell("source", r.Source, "")
		}
		tell("rows", r.Rows, "")
	}
	for _, l := range lines {
		if l.n > 0 {
			tell(l.what, l.n, l.note)
		}
	}
	if r.Batch != "" {
		tell("batch", r.Batch, "")
	}
	if r.Seconds >= 1 {
		tell("took", time.Duration(r.Seconds*float64(time.Second)).Round(100*time.Millisecond), "")
	}
	return table.Flush()
}

// tellImport shows what an import did, or would do, and how it ended.
func (p *program) tellImport(format string, r *app.Report, bad *rejectsFile, err error) error {
	if saved := bad.save(); err == nil {
		err = saved
	}
	if r == nil {
		return err
	}
	if err := errors.Join(p.writeReport(format, r), err); err != nil {
		return err
	}
	if r.Refused > 0 && bad.name == "" {
		p.say("%d of %d rows were refused; --rejects FILE tells which and why", r.Refused, r.Rows)
	} else if r.Refused > 0 {
		p.say("%d of %d rows were refused: %s tells which and why", r.Refused, r.Rows, bad.name)
	}
	switch {
	case r.Batch != "":
		p.say("`ringfence import undo %s` takes it back", r.Batch)
	case r.NoneTaken():
	case r.DryRun:
		p.say("nothing was changed: this was a trial")
	default:
		p.say("nothing had to be changed")
	}
	if r.NoneTaken() {
		return errors.New("nothing could be taken")
	}
	return nil
}
