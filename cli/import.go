package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/span"
)

func (p *program) importCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "bring a file of numbers into the list",
		Category:  categoryList,
		ArgsUsage: "FILE|-",
		Description: `
Reads a file of any size, plain or packed with gzip, and finds out its format
by the names of its columns; --format names it where that fails. What the file
doesn't tell is taken from the flags. The list is changed from the next call
on, entry by entry; a summary tells what became of the rows.

Every entry has a source: --source, else the file's name without its endings,
or "import" for stdin; rows of Ringfence's own formats keep the one that they
name. When a source is imported again, only its own entries change: those that the file
doesn't name any more go, unless --keep is given or the file has marks to
remove numbers. Entries of other sources stand, and are reported, and so do
allowed numbers, own numbers (see "ringfence settings show own") and prefixes that
are too short, unless --risky is given. If more than half of a source's
entries would go, nothing is changed without --force.

What an import has changed is a batch, and can be taken back for 30 days:
"ringfence import undo ID". One that was broken off is completed by running it
again. --rejects writes each row that was refused, with its line and cause; a
number that the list refuses is told once, with its last row. The file is
written even if nothing was refused, so that it is never an old one.

Arguments:
   FILE   the file; one that is named "list" or "undo" is written ./list
   -      stdin

Formats:
` + formatHelp() + `

Examples:
   ringfence import blacklist.csv
   zcat ftc-*.csv.gz | ringfence import - --format ftc --source ftc --min-reports 3 --for 30d
   ringfence import customers.txt --allow --region DE --reason customer
   ringfence import list.csv --dry-run --rejects bad.csv` + exits("0 imported, even if some rows were refused,"),
		Flags: append([]cli.Flag{
			choose(&cli.StringFlag{Name: "format", Usage: "read this `FORMAT`", DefaultText: "found out"}, listfile.Formats()...),
			&cli.StringFlag{Name: "source", Usage: "the `NAME` of where the rows come from", DefaultText: "the file's name"},
			&cli.StringFlag{Name: "reason", Usage: "why, in your own `WORDS`, for rows that say nothing"},
			&cli.StringFlag{Name: "for", Usage: "how long, a `TIME`: 90m, 24h, 7d, 2w, for rows that have no end", DefaultText: "for ever"},
			actionFlag(),
			toFlag(),
			&cli.BoolFlag{Name: "allow", Usage: "allow these callers", DisableDefaultText: true},
			&cli.Int64Flag{Name: "min-reports", Usage: "take numbers that the file reports `N` times or more, by rows or votes", DefaultText: "1"},
			&cli.BoolFlag{Name: "impossible", Usage: "take numbers of a length that their country doesn't have, too", DisableDefaultText: true},
			&cli.BoolFlag{Name: "keep", Usage: "keep entries of the source that the file doesn't name", DisableDefaultText: true},
			&cli.BoolFlag{Name: "force", Usage: "import even if more than half of the source's entries go", DisableDefaultText: true},
			&cli.BoolFlag{Name: "risky", Usage: "take what is very short or covers an own number, too", DisableDefaultText: true},
			&cli.BoolFlag{Name: "dry-run", Usage: "change nothing, and tell what would change", DisableDefaultText: true},
			&cli.StringFlag{Name: "rejects", Usage: "write the rows that were refused to this `FILE`, as CSV", TakesFile: true},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Subcommands: []*cli.Command{p.importListCommand(), p.importUndoCommand()},
		Action:      p.importFile,
	}
}

// formatHelp describes the formats in a table.
func formatHelp() string {
	var lines []string
	for _, format := range listfile.Formats() {
		lines = append(lines, fmt.Sprintf("   %-14s %s", string(format), format))
	}
	return strings.Join(lines, "\n")
}

func (p *program) importFile(c *cli.Context) (err error) {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	in, err := p.openInput(c)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // It was only read.
	options := listfile.Options{Region: conf.Region, Impossible: c.Bool("impossible")}
	job, err := p.readJob(c, &options)
	if err != nil {
		return err
	}
	bad, err := newRejectsFile(c.String("rejects"), in.name)
	if err != nil {
		return err
	}
	defer bad.discard()
	job.Rejected = bad.row
	reader, err := listfile.Open(in, options)
	if errors.Is(err, context.Canceled) {
		return p.brokenOff(importReport{}, err)
	}
	if _, unknown := errors.AsType[*listfile.UnknownFormatError](err); unknown {
		return usagef("%s: %w", in.name, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was changed", in.name, err)
	}
	job.Rows, job.Changes = reader.Rows(), reader.Changes
	job.File, job.Format = in.name, string(reader.Format())
	switch {
	case c.IsSet("source"):
	case reader.Format().Own():
		job.Defaults.Source = in.source()
	default:
		job.Source = in.source()
	}
	return p.withEngine(c, conf, func(ctx context.Context, engine *batch.Engine) error {
		bar := p.newProgress(in)
		defer bar.end()
		job.Progress = bar.show
		engine.OnRetry = bar.waiting
		summary, err := engine.Import(ctx, job)
		bar.end()
		if saved := bad.save(); err == nil {
			err = saved
		}
		return p.tellImport(format, importReport{Summary: summary, DryRun: job.DryRun, rejects: bad.name}, err)
	})
}

// readJob reads what is said of the rows.
func (p *program) readJob(c *cli.Context, options *listfile.Options) (batch.Job, error) {
	job := batch.Job{
		Source: c.String("source"), By: app.Author(p.getenv), MinReports: c.Int64("min-reports"),
		Defaults: batch.Defaults{Reason: c.String("reason")},
		Keep:     c.Bool("keep"), Shrink: c.Bool("force"), Risky: c.Bool("risky"), DryRun: c.Bool("dry-run"),
	}
	if err := errors.Join(app.CheckText("reason", c.String("reason")), app.CheckText("source", c.String("source"))); err != nil {
		return job, err
	}
	if c.IsSet("source") && slices.Contains([]string{"", manualSource}, job.Source) {
		return job, usagef("--source: a file can't be %q: entries by hand stand whatever a file says, so name the file's maker", job.Source)
	}
	if job.MinReports < 0 {
		return job, usagef("--min-reports: write a number, 1 or more")
	}
	var err error
	if c.IsSet("format") {
		if options.Format, err = listfile.ParseFormat(c.String("format")); err != nil {
			return job, usagef("--format: %w", err)
		}
	}
	if c.Bool("allow") {
		options.Kind = blacklist.Allow
	}
	if c.IsSet("action") {
		if job.Defaults.Action, err = blacklist.ParseAction(c.String("action")); err != nil {
			return job, usagef("--action: %w", err)
		}
	}
	if c.IsSet("for") {
		life, err := span.Parse(c.String("for"))
		if err != nil {
			return job, usagef("--for: %w", err)
		}
		job.Defaults.Expires = p.now().Truncate(time.Second).Add(life)
	}
	job.Defaults.To, err = app.ReadDialled(c.String("to"), options.Region)
	return job, err
}

// manualSource is the source of entries that were listed by hand.
const manualSource = "manual"
