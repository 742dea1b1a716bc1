package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) importUndoCommand() *cli.Command {
	return &cli.Command{
		Name:      "undo",
		Usage:     "undo an import",
		ArgsUsage: "ID",
		Description: `
Undoes the changes of a batch: added entries are removed; changed and removed
entries are restored, with their creation time and hits. Entries that were
changed again since then stay as they are, and are counted as left. An
interrupted import can be undone too.

An undo is also a batch: undo it to redo the import. "ringfence import list"
shows the batches and their IDs. The last 20 batches of each source are kept for
30 days.

Examples:
   ringfence import undo 20261124-kfqx` + exits("0 undone, 3 there is no such batch, nothing to undo, or not all of it could be,"),
		Flags:  append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.NeedsStore)...),
		Action: p.importUndo,
	}
}

func (p *program) importUndo(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("name one batch by its ID; `ringfence import list` shows the IDs")
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	return p.withBatches(c, conf, &input{size: -1}, func(ctx context.Context, batches app.Batches, bar *progress) error {
		report, err := batches.Undo(ctx, c.Args().First())
		bar.end()
		if report == nil {
			return err
		}
		if err := join(p.writeReport(format, report), err); err != nil {
			return err
		}
		if report.Batch != "" {
			p.say("redo with: ringfence import undo %s", report.Batch)
		}
		if report.Left > 0 {
			return errNo
		}
		return nil
	})
}

func (p *program) importListCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "show imports and undos",
		Description: `
Shows imports, runs of feeds and undos, the newest first: what each of them
changed, and whether it was undone. Those that changed nothing are not shown.
STATE is:

   done     complete
   stopped  interrupted by an error or a signal
   undone   undone by a later batch
   running  running now, or killed

Examples:
   ringfence import list --output json` + exits("0 shown, even if there are no imports,"),
		Flags:  append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.NeedsStore)...),
		Action: p.importList,
	}
}

func (p *program) importList(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		batches, err := app.Batches{Store: s}.List(ctx)
		if err != nil {
			return err
		}
		return writePage(p, format, batchColumns(), app.Whole(batches))
	})
}

func batchColumns() []column[app.Report] {
	return []column[app.Report]{
		{"id", func(b app.Report) any { return b.Batch }},
		{"started", func(b app.Report) any { return b.Started }},
		{"kind", func(b app.Report) any { return spare(3, string(b.Kind)) }},
		{"state", func(b app.Report) any { return shaded(stateShade(b), string(b.State)) }},
		{"source", func(b app.Report) any { return long(b.Source) }},
		{"added", func(b app.Report) any { return b.Added }},
		{"changed", func(b app.Report) any { return spare(2, b.Changed) }},
		{"removed", func(b app.Report) any { return spare(1, b.Removed+b.Gone) }},
		{"by", func(b app.Report) any { return spare(5, b.By) }},
		{"of", func(b app.Report) any {
			if b.Undoes != "" {
				return cell{value: "undo of " + b.Undoes, long: true, spare: 4}
			}
			return cell{value: b.File, long: true, spare: 4}
		}},
	}
}

// stateShade marks batches that did not end.
func stateShade(b app.Report) shade {
	if !b.Complete {
		return warn
	}
	return plain
}
