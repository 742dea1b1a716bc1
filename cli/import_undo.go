package cli

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) importUndoCommand() *cli.Command {
	return &cli.Command{
		Name:      "undo",
		Usage:     "take back what an import has changed",
		ArgsUsage: "ID",
		Description: `
Restores what a batch has changed: what it added is taken off, what it changed
or took off is as it was, with its creation and its hits. What somebody has
changed since stays as it is, and is counted. An import that was broken off can
be undone as far as it came.

An undo is a batch itself: undoing it does the import again. "ringfence import
list" shows the batches and their ids; they are kept for 30 days, the newest
20 of each source.

Examples:
   ringfence import undo 20261124-kfqx` + exits("0 undone,"),
		Flags:  append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(config.NeedsStore)...),
		Action: p.importUndo,
	}
}

func (p *program) importUndo(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("name one batch; `ringfence import list` shows them")
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	return p.withBatches(c, conf, &input{size: -1}, func(ctx context.Context, batches app.Batches, bar *progress) error {
		report, err := batches.Undo(ctx, c.Args().First(), app.Author(p.getenv))
		bar.end()
		if report == nil {
			return err
		}
		if err := errors.Join(p.writeReport(format, report), err); err != nil {
			return err
		}
		if report.Batch != "" {
			p.say("`ringfence import undo %s` does it again", report.Batch)
		}
		return nil
	})
}

func (p *program) importListCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "show what was imported and undone",
		Description: `
Shows imports, also those of feeds, and undos, the newest first: what each of
them changed, and whether it was undone. One that changed nothing isn't kept.
State is done, stopped (broken off), undone, or running, which is also what
stays of a program that was killed.

Examples:
   ringfence import list --output json` + exits("0 shown, even if there are none,"),
		Flags:  append([]cli.Flag{newOutputFlag(outputTable, outputJSON, outputCSV)}, configFlags(config.NeedsStore)...),
		Action: p.importList,
	}
}

func (p *program) importList(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON, outputCSV)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		batches, err := app.Batches{Store: s}.List(ctx)
		if err != nil {
			return err
		}
		return writeRows(p.out, format, batchColumns(), batches)
	})
}

func batchColumns() []column[app.Batch] {
	return []column[app.Batch]{
		{"id", func(b app.Batch) any { return b.ID }},
		{"started", func(b app.Batch) any { return b.Started }},
		{"kind", func(b app.Batch) any { return string(b.Kind) }},
		{"state", func(b app.Batch) any { return string(b.State) }},
		{"source", func(b app.Batch) any { return b.Source }},
		{"added", func(b app.Batch) any { return b.Counts.Added }},
		{"changed", func(b app.Batch) any { return b.Counts.Changed }},
		{"removed", func(b app.Batch) any { return b.Counts.Removed + b.Counts.Gone }},
		{"by", func(b app.Batch) any { return b.By }},
		{"of", func(b app.Batch) any {
			if b.Undoes != "" {
				return "undo of " + b.Undoes
			}
			return b.File
		}},
	}
}
