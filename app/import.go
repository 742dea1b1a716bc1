package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/span"
)

// ImportInput describes a file to import, as it was typed. An empty field means
// the default.
type ImportInput struct {
	// File is the name of the file, for reports.
	File string
	// Source is the source of all rows. If it is empty, DefaultSource is: of all
	// rows, or, in files whose rows may have their own source, of rows without one.
	Source, DefaultSource string
	Format                string
	// Columns are the names of the columns that have the numbers of a table.
	Columns []string
	// Reason, Action, To and For, such as 7d, are for rows without them.
	Reason, Action, To, For string
	MinReports              int64
	// Allow allows the callers. Impossible accepts numbers with a length that does
	// not exist in their country, Risky entries that blacklist.Risk warns about.
	Allow, Impossible, Risky bool
	// Keep keeps entries of the source missing from the file. Force allows to
	// delete more than half of them.
	Keep, Force bool
	// DryRun changes nothing.
	DryRun bool
	// Rejected, if not nil, is called for each refused row.
	Rejected func(Reject) error
}

// Import is a file to import.
type Import struct {
	job     batch.Job
	options listfile.Options
	// defaultSource is "" if a source was given.
	defaultSource string
}

// ReadImport validates an import.
func (b Batches) ReadImport(in ImportInput) (*Import, error) {
	i := &Import{
		job: batch.Job{
			Source: in.Source, File: in.File, MinReports: in.MinReports,
			Defaults: batch.Defaults{Reason: in.Reason},
			Keep:     in.Keep, AllowShrink: in.Force, Risky: in.Risky, DryRun: in.DryRun, Rejected: in.Rejected,
		},
		options: listfile.Options{Region: b.Region, Impossible: in.Impossible, Columns: in.Columns, Zone: time.Local},
	}
	if in.Source == "" {
		i.defaultSource = in.DefaultSource
	}
	var errs Errors
	errs.add("reason", CheckText("reason", in.Reason))
	errs.add("source", CheckText("source", in.Source))
	if reservedForOthers(in.Source) {
		errs.add("source", reservedError(in.Source))
	}
	if in.MinReports < 0 {
		errs.add("min-reports", errors.New("must be 1 or more"))
	}
	var err error
	if in.Format != "" {
		i.options.Format, err = listfile.ParseFormat(in.Format)
		errs.add("format", err)
	}
	errs.add("column", listfile.CheckColumns(i.options.Columns, i.options.Format))
	if in.Allow {
		i.options.Kind = blacklist.Allow
	}
	if in.Action != "" {
		i.job.Defaults.Action, err = blacklist.ParseAction(in.Action)
		errs.add("action", err)
	}
	if in.For != "" {
		life, err := span.Parse(in.For)
		errs.add("for", err)
		i.job.Defaults.Expires = b.Now().Truncate(time.Second).Add(life)
	}
	i.job.Defaults.To, err = ReadDialled(in.To, b.Region)
	errs.add("to", err)
	return i, errs.err()
}

// Open reads the beginning of the file and detects its format.
func (i *Import) Open(file io.Reader) error {
	reader, err := listfile.Open(file, i.options)
	if errors.Is(err, context.Canceled) {
		return interrupted(batch.Summary{}, err)
	}
	if _, unknown := errors.AsType[*listfile.UnknownFormatError](err); unknown {
		return Errorf(Invalid, "", "%s: %w", i.job.File, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was changed", i.job.File, err)
	}
	i.job.Rows, i.job.Changes, i.job.Format = reader.Rows(), reader.Changes, string(reader.Format())
	reserved := reservedForOthers(i.defaultSource)
	switch sourced := reader.Sourced(); {
	case sourced && reserved:
		// The file of an export has the name of its source: the rows have it.
		i.job.Defaults.Source = blacklist.SourceImport
	case sourced:
		i.job.Defaults.Source = i.defaultSource
	case reserved:
		return reservedError(i.defaultSource)
	case i.defaultSource != "":
		i.job.Source = i.defaultSource
	}
	return nil
}

// reservedForOthers reports whether a source is for entries that no import makes.
func reservedForOthers(source string) bool {
	return blacklist.ReservedSource(source) && !strings.EqualFold(source, blacklist.SourceImport)
}

func reservedError(source string) error {
	return Errorf(Invalid, "source", "invalid source %q: it is reserved for entries that are not from files; choose another source", source)
}

// endings are removed from a file name to make the name of a source.
var endings = []string{".gz", ".csv", ".txt", ".json", ".jsonl", ".ndjson", ".list", ".lst", ".tsv", ".dat", ".vcf", ".vcard"}

// SourceOf returns the source for a file name; "-" is stdin.
func SourceOf(file string) string {
	name := filepath.Base(file)
	for slices.Contains(endings, strings.ToLower(filepath.Ext(name))) {
		name = strings.TrimSuffix(name, filepath.Ext(name))
	}
	if name == "-" || name == "" {
		return blacklist.SourceImport
	}
	return name
}
