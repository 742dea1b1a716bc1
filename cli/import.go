package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/config"
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
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
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
	if err := filled(c, "source", "format", "action", "for"); err != nil {
		return err
	}
	bad := &rejectsFile{}
	file, err := app.ReadImport(app.NewImport{
		File: in.name, Source: c.String("source"), DefaultSource: app.SourceOf(printable(in.name)), Format: c.String("format"),
		Reason: c.String("reason"), Action: c.String("action"), To: c.String("to"), For: c.String("for"),
		Author: app.Author(p.getenv), MinReports: c.Int64("min-reports"),
		Allow: c.Bool("allow"), Impossible: c.Bool("impossible"), Risky: c.Bool("risky"),
		Keep: c.Bool("keep"), Force: c.Bool("force"), DryRun: c.Bool("dry-run"), Rejected: bad.row,
	}, conf.Region, p.now())
	if err != nil {
		return err
	}
	if err := bad.begin(c.String("rejects"), in.name); err != nil {
		return err
	}
	defer bad.discard()
	if err := file.Open(in); err != nil {
		return err
	}
	return p.withBatches(c, conf, in, func(ctx context.Context, batches app.Batches, bar *progress) error {
		report, err := batches.Import(ctx, file)
		bar.end()
		return p.tellImport(format, report, bad, err)
	})
}
