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
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/span"
)

// ManualSource is the source of entries that a person typed.
const ManualSource = "manual"

// NewImport is what a person says of a file of numbers. Empty texts stand for
// nothing said.
type NewImport struct {
	// File is the file's name for the record.
	File string
	// Source is where the rows come from. If nothing is said, it is
	// DefaultSource: of every row, or, in Ringfence's own formats, of rows that
	// have none.
	Source, DefaultSource string
	Format                string
	// Reason, Action, To and For, such as 7d, are for rows that have none.
	Reason, Action, To, For string
	Author                  string
	MinReports              int64
	// Allow allows the callers. Impossible takes numbers of a length that their
	// country doesn't have, Risky what blacklist.Risk warns of.
	Allow, Impossible, Risky bool
	// Keep leaves entries of the source that the file doesn't name, Force lets
	// more than half of them go.
	Keep, Force bool
	// DryRun changes nothing.
	DryRun bool
	// Rejected, if not nil, hears of each row that was refused.
	Rejected func(Reject) error
}

// Import is a file on its way into the list.
type Import struct {
	job     batch.Job
	options listfile.Options
	// defaultSource is "" if a source was said.
	defaultSource string
}

// ReadImport reads what is said of a file.
func ReadImport(said NewImport, region phone.Region, now time.Time) (*Import, error) {
	i := &Import{
		job: batch.Job{
			Source: said.Source, File: said.File, By: said.Author, MinReports: said.MinReports,
			Defaults: batch.Defaults{Reason: said.Reason},
			Keep:     said.Keep, Shrink: said.Force, Risky: said.Risky, DryRun: said.DryRun, Rejected: said.Rejected,
		},
		options: listfile.Options{Region: region, Impossible: said.Impossible},
	}
	if err := errors.Join(CheckText("reason", said.Reason), CheckText("source", said.Source)); err != nil {
		return nil, err
	}
	switch {
	case said.Source == ManualSource:
		return nil, Errorf(Invalid, "source", "a file can't be %q: entries by hand stand whatever a file says, so name the file's maker", said.Source)
	case said.MinReports < 0:
		return nil, Errorf(Invalid, "min-reports", "write a number, 1 or more")
	case said.Source == "":
		i.defaultSource = said.DefaultSource
	}
	var err error
	if said.Format != "" {
		if i.options.Format, err = listfile.ParseFormat(said.Format); err != nil {
			return nil, Errorf(Invalid, "format", "%w", err)
		}
	}
	if said.Allow {
		i.options.Kind = blacklist.Allow
	}
	if said.Action != "" {
		if i.job.Defaults.Action, err = blacklist.ParseAction(said.Action); err != nil {
			return nil, Errorf(Invalid, "action", "%w", err)
		}
	}
	if said.For != "" {
		life, err := span.Parse(said.For)
		if err != nil {
			return nil, Errorf(Invalid, "for", "%w", err)
		}
		i.job.Defaults.Expires = now.Truncate(time.Second).Add(life)
	}
	i.job.Defaults.To, err = ReadDialled(said.To, region)
	return i, err
}

// Open begins to read the file, and finds out its format.
func (i *Import) Open(file io.Reader) error {
	reader, err := listfile.Open(file, i.options)
	if errors.Is(err, context.Canceled) {
		return brokenOff(batch.Summary{}, err)
	}
	if _, unknown := errors.AsType[*listfile.UnknownFormatError](err); unknown {
		return Errorf(Invalid, "", "%s: %w", i.job.File, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; nothing was changed", i.job.File, err)
	}
	i.job.Rows, i.job.Changes, i.job.Format = reader.Rows(), reader.Changes, string(reader.Format())
	if reader.Format().Own() {
		i.job.Defaults.Source = i.defaultSource
	} else if i.defaultSource != "" {
		i.job.Source = i.defaultSource
	}
	return nil
}

// endings are what is taken off a file's name to make the name of its source.
var endings = []string{".gz", ".csv", ".txt", ".json", ".jsonl", ".ndjson", ".list", ".lst", ".tsv", ".dat"}

// SourceOf returns the name of the source that a file's name stands for; "-" is
// a file without a name.
func SourceOf(file string) string {
	name := filepath.Base(file)
	for slices.Contains(endings, strings.ToLower(filepath.Ext(name))) {
		name = strings.TrimSuffix(name, filepath.Ext(name))
	}
	if name == "-" || name == "" || name == ManualSource {
		return "import"
	}
	return name
}
