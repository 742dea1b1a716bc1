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
		Usage:     "add the numbers of a file to the list",
		Category:  categoryList,
		ArgsUsage: "FILE|-",
		Description: `
Reads a file of any size, plain or compressed with gzip. The format is detected
by the names of the columns; --format sets it, and --column names the column
with the numbers of another table. Fields that the file does not have are taken
from the flags. Changes take effect with the next call. A summary counts the rows
by their result.

Every entry has a source: --source, else the file's name without its extension,
or "import" for stdin. Rows of a file with a column "source", or of JSON lines,
keep their own source.

When you import a source again, only entries of this source change. Its entries
missing from the file are deleted, except with --keep or if the file marks
numbers to remove. If more than half of them would be deleted, nothing is
changed without --force.

Rows are refused if another source lists the number or an entry allows it, and,
without --risky, for own numbers (see "ringfence settings show own"), emergency
numbers and short prefixes. --rejects writes each refused row with its line and
cause. A number that the list refuses is in this file once, with its last row.
The file is also written if no row was refused.

The changes of an import are a batch. Undo it within 30 days with "ringfence
import undo ID". If an import is interrupted, run it again to complete it.

Arguments:
   FILE   the file; write ./list or ./undo for a file with this name
   -      stdin

Formats:
` + formatHelp() + `

Examples:
   ringfence import blacklist.csv
   zcat ftc-*.csv.gz | ringfence import - --format ftc --source ftc --min-reports 3 --for 30d
   ringfence import contacts.vcf --allow --region DE
   ringfence import crm.csv --allow --column "Direct line" --reason customer
   asterisk -rx "database show blacklist" | ringfence import - --source astdb
   ringfence import list.csv --dry-run --rejects bad.csv` + exits("0 imported, even if some rows were refused,"),
		Flags: append([]cli.Flag{
			choose(&cli.StringFlag{Name: "format", Usage: "the format of the file, a `FORMAT`", DefaultText: "detected"}, listfile.Formats()...),
			&cli.StringSliceFlag{Name: "column", Usage: "the `NAME` of the column with the numbers, if it is not detected; may be repeated"},
			&cli.StringFlag{Name: "source", Usage: "where the rows come from, a `NAME`", DefaultText: "the file's name"},
			&cli.StringFlag{Name: reasonFlag, Usage: "the reason for rows without one, in your own `WORDS`"},
			&cli.StringFlag{Name: "for", Usage: "for rows without an end: delete the entry after this `TIME`: 90m, 24h, 7d, 2w", DefaultText: "never expires"},
			actionFlag(),
			toFlag(),
			&cli.BoolFlag{Name: "allow", Usage: "allow the callers instead of blocking them", DisableDefaultText: true},
			&cli.Int64Flag{Name: "min-reports", Usage: "list only numbers with at least `N` reports: rows or votes", DefaultText: "1"},
			&cli.BoolFlag{Name: "impossible", Usage: "also list numbers with a length that does not exist in their country", DisableDefaultText: true},
			&cli.BoolFlag{Name: "keep", Usage: "do not delete entries of the source missing from the file", DisableDefaultText: true},
			&cli.BoolFlag{Name: "force", Usage: "import even if more than half of the source's entries would be deleted", DisableDefaultText: true},
			&cli.BoolFlag{Name: "risky", Usage: "also list own numbers and prefixes that cover them, emergency numbers, and prefixes of fewer than five digits", DisableDefaultText: true},
			&cli.BoolFlag{Name: "dry-run", Usage: "show what would change, without changing anything", DisableDefaultText: true},
			&cli.StringFlag{Name: "rejects", Usage: "write refused rows to this `FILE`, as CSV", TakesFile: true},
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Subcommands: []*cli.Command{p.importListCommand(), p.importUndoCommand()},
		Action:      p.importFile,
	}
}

// formatHelp returns a table of the formats.
func formatHelp() string {
	var lines []string
	for _, format := range listfile.Formats() {
		lines = append(lines, fmt.Sprintf("   %-14s %s", string(format), format))
	}
	return strings.Join(lines, "\n")
}

func (p *program) importFile(c *cli.Context) (err error) {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	in, err := p.openInput(c)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // It was only read.
	bad := &rejectsFile{}
	file, err := app.Batches{Region: conf.Region, Now: p.now}.ReadImport(app.ImportInput{
		File: in.name, Source: c.String("source"), DefaultSource: app.SourceOf(printable(in.name)), Format: c.String("format"), Columns: c.StringSlice("column"),
		Reason: c.String("reason"), Action: c.String("action"), To: c.String("to"), For: c.String("for"),
		MinReports: c.Int64("min-reports"),
		Allow:      c.Bool("allow"), Impossible: c.Bool("impossible"), Risky: c.Bool("risky"),
		Keep: c.Bool("keep"), Force: c.Bool("force"), DryRun: c.Bool("dry-run"), Rejected: bad.row,
	})
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
		return p.reportImport(format, report, bad, err)
	})
}
