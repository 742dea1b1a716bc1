package cli

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) auditUndoCommand() *cli.Command {
	return &cli.Command{
		Name:      "undo",
		Usage:     "undo a change of the audit log",
		ArgsUsage: "ID",
		Description: `
Restores what an event changed: entries, with their creation time and hits,
settings, working time and feeds. What was changed again since then stays as it
is, and is shown as left. The event of an import or of a run of a feed undoes
the whole batch, like "ringfence import undo".

An undo is also an event: undo it to redo the change. "ringfence audit" shows
the IDs.

Examples:
   ringfence audit undo 1795543514000-0` + exits("0 everything was undone, 3 something was left or there was nothing to undo,"),
		Flags:  append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.NeedsStore)...),
		Action: p.auditUndo,
	}
}

func (p *program) auditUndo(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("name one event by its ID; `ringfence audit` shows the IDs")
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	return p.withProgress(c, conf, &input{size: -1}, func(ctx context.Context, s *store.Store, bar *progress) error {
		batches := app.Batches{Store: s, Now: p.now, Watch: p.watch(bar)}
		result, err := batches.UndoEvent(ctx, s, strings.TrimSpace(c.Args().First()))
		bar.end()
		if kind := app.KindOf(err); kind == app.No || kind == app.NotFound {
			p.say("%s", errorText(err))
			return errNo
		}
		if err != nil {
			return err
		}
		if err := p.writeUndone(format, result); err != nil {
			return err
		}
		if !result.Complete() {
			return errNo
		}
		return nil
	})
}

// undoLine is one change that was undone, or left as it is.
type undoLine struct {
	app.AuditLine
	outcome string
}

func (p *program) writeUndone(format string, result app.UndoResult) error {
	return writeOne(p, format, result, func() error { return p.writeUndoneTable(result) })
}

func (p *program) writeUndoneTable(result app.UndoResult) error {
	if result.Batch != nil {
		return p.writeReport(outputTable, result.Batch)
	}
	var lines []undoLine
	add := func(outcome string, event audit.Event) {
		for _, line := range app.EventLines([]audit.Event{event}, audit.Filter{}) {
			if line.What() != "" {
				lines = append(lines, undoLine{line, outcome})
			}
		}
	}
	undone := result.Undone
	add("undone", audit.Event{Edits: undone.Edits, Settings: undone.Settings})
	add("left", audit.Event{Edits: undone.LeftEdits, Settings: undone.LeftSettings})
	if err := writeTable(p, []column[undoLine]{
		{"outcome", func(l undoLine) any { return shaded(map[string]shade{"left": warn}[l.outcome], l.outcome) }},
		{"what", func(l undoLine) any { return l.What() }},
		{"change", func(l undoLine) any { return long(auditChange(l.AuditLine)) }},
	}, lines); err != nil {
		return err
	}
	if left := len(undone.LeftEdits) + len(undone.LeftSettings); left > 0 {
		p.say("left, because changed again after the event: %d", left)
	}
	return nil
}
