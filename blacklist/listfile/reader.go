package listfile

import (
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// Options are what a file does not say itself.
type Options struct {
	// Format is the format to read; Any means to detect it.
	Format Format
	// Region is the region of national spellings. Lists of FTC and FCC are always
	// read in the US. Without a region, only files that Ringfence wrote itself have
	// digits with a country code, but without +.
	Region phone.Region
	// Impossible also accepts numbers with a length that does not exist in their
	// country: forged ones. Files that Ringfence wrote itself always may have them.
	Impossible bool
	// Kind is the kind of rows without one; "" means Block.
	Kind blacklist.Kind
	// Columns are the names of the columns that have the numbers of a table. Without
	// them, its header has to have a known name.
	Columns []string
	// Zone is the zone of times without one; nil means UTC.
	Zone *time.Location
}

// Reader reads the rows of one file.
type Reader struct {
	format  Format
	rows    func(yield func(Row) bool) error
	changes bool
	sourced bool
}

// Open reads the beginning of a file, plain or compressed with gzip, and detects its
// format. The error is an UnknownFormatError if no format matches, else the error of
// r. A Reader needs about 300 KiB for a file of any size.
func Open(r io.Reader, options Options) (*Reader, error) {
	if options.Kind == "" {
		options.Kind = blacklist.Block
	}
	lines, head, err := openText(r)
	if err != nil {
		return nil, err
	}
	layout, err := recognise(lines, head, options)
	if err != nil {
		return nil, err
	}
	reader := &Reader{format: layout.format, sourced: layout.sourced}
	numbers := numbers{region: options.Region, impossible: options.Impossible}
	reader.rows = layout.open(lines, numbers, options)
	reader.changes = layout.format == Plum
	return reader, nil
}

// Format returns the format of the file.
func (r *Reader) Format() Format { return r.format }

// Sourced reports whether rows of the file may have their own source.
func (r *Reader) Sourced() bool { return r.sourced }

// Changes reports, after all rows were read, whether the file is a list of changes:
// rows to add and rows to remove. Entries missing from such a file are kept.
func (r *Reader) Changes() bool { return r.changes }

// Rows yields the rows in their order, once. An invalid row has a Problem. An error
// means that the file was not read to its end; it is yielded last.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		stopped := false
		err := r.rows(func(row Row) bool {
			r.changes = r.changes || row.Remove
			stopped = !yield(row, nil)
			return !stopped
		})
		if err != nil && !stopped {
			yield(Row{}, fmt.Errorf("read the list: %w", err))
		}
	}
}

// source yields the records of a file.
type source interface {
	next() (rec record, ok bool)
	// failed returns why the file was not read to its end, or nil.
	failed() error
}

// parser yields the rows of a record, and reports whether to continue.
type parser func(rec record, yield func(Row) bool) bool

// parsed runs a parser on all records of a file.
func parsed(from source, parse parser) func(yield func(Row) bool) error {
	return func(yield func(Row) bool) error {
		for {
			rec, ok := from.next()
			if !ok {
				return from.failed()
			}
			decode(&rec)
			if rec.broken != "" {
				ok = yield(rec.refused(&Problem{Cause: BrokenRow, Detail: rec.broken}))
			} else {
				ok = parse(rec, yield)
			}
			if !ok {
				return nil
			}
		}
	}
}

// refused returns the row of an invalid record.
func (rec record) refused(problem *Problem) Row {
	problem.Text = shown(rec.text)
	return Row{Line: rec.line, Problem: problem}
}

// Row is one number of a file. A line with several numbers makes several Rows.
type Row struct {
	// Line is the number of the line where the row begins, from 1.
	Line int64
	// Entry has the fields that the row has. Its Kind is never "". Only the own
	// formats set Source, Author, Created, Hits and the like.
	Entry blacklist.Entry
	// Remove says to remove the number from the list: only Entry.Rule counts.
	Remove bool
	// Reports is the number of reports: the votes of a PhoneBlock row, else 1.
	Reports int
	// Problem is why the row is refused, or nil. If it is set, only Line is set too.
	Problem *Problem
}

// Problem is what is wrong with a row.
type Problem struct {
	Cause Cause
	// Detail describes it, and what to do.
	Detail string
	// Text is the row in the file, printable and shortened.
	Text string
}

// Error returns cause and detail.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return string(p.Cause)
	}
	return fmt.Sprintf("%s: %s", p.Cause, p.Detail)
}

// Cause is the kind of a Problem: short and constant, so that rows are counted by it.
type Cause string

// The causes.
const (
	NoNumber       Cause = "no number"
	NotANumber     Cause = "not a number"
	TooLong        Cause = "too long"
	Withheld       Cause = "withheld caller"
	NoCountry      Cause = "country not known"
	OtherCountry   Cause = "not of this country"
	Impossible     Cause = "impossible number"
	Incomplete     Cause = "incomplete number"
	BadPattern     Cause = "pattern not supported"
	SeveralNumbers Cause = "several numbers"
	OtherFamily    Cause = "of another family"
	Spreadsheet    Cause = "changed by a spreadsheet"
	Outbound       Cause = "outbound only"
	MessagesOnly   Cause = "text messages only"
	Legitimate     Cause = "rated legitimate"
	BrokenRow      Cause = "broken row"
	BadKind        Cause = "unknown kind"
	OtherKind      Cause = "of the other kind"
	BadAction      Cause = "unknown action"
	BadTime        Cause = "unreadable time"
	BadValue       Cause = "unreadable value"
)

// Causes returns every cause.
func Causes() []Cause {
	return []Cause{
		NoNumber, NotANumber, TooLong, Withheld, NoCountry, OtherCountry, Impossible, Incomplete, BadPattern, SeveralNumbers, OtherFamily, Spreadsheet,
		Outbound, MessagesOnly, Legitimate, BrokenRow, BadKind, OtherKind, BadAction, BadTime, BadValue,
	}
}
