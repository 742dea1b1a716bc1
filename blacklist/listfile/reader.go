package listfile

import (
	"fmt"
	"io"
	"iter"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// Options say what a file doesn't.
type Options struct {
	// Format is the layout to read, Any to find out.
	Format Format
	// Region is whose national spellings are read. Lists of a country's own
	// authority, FTC and FCC, are read in that country. Without a region only
	// the own formats take bare digits for a number with its country code.
	Region phone.Region
	// Impossible takes numbers of a length that their country doesn't have,
	// too; callers forge such. The own formats always may have them.
	Impossible bool
	// Kind is what rows without a kind become; Block if it is "".
	Kind blacklist.Kind
}

// Reader reads the rows of one file.
type Reader struct {
	format  Format
	rows    func(yield func(Row) bool) error
	changes bool
}

// Open reads the beginning of a file, plain or packed with gzip, and finds
// out its format. The error is an UnknownFormatError if there is none that
// fits, else what r failed with. A Reader needs about 300 KiB, however long
// the file is.
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
	reader := &Reader{format: layout.format}
	numbers := numbers{region: options.Region, impossible: options.Impossible}
	reader.rows = layout.open(lines, numbers, options)
	reader.changes = layout.format == Plum
	return reader, nil
}

// Format returns the format that was taken.
func (r *Reader) Format() Format { return r.format }

// Changes reports, when all rows have been read, whether the file lists
// changes only: rows to be taken and rows to be removed. What such a file
// doesn't name is to stay on the list.
func (r *Reader) Changes() bool { return r.changes }

// Rows yields the rows in their order, once. A row that can't be taken has a
// Problem; an error means that the file could not be read to its end, and is
// the last thing yielded.
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

// source gives the records of a file, one by one.
type source interface {
	next() (rec record, ok bool)
	// failed returns why the file could not be read to its end, nil if it could.
	failed() error
}

// parser makes rows of a record, and reports whether the reader wants more.
type parser func(rec record, yield func(Row) bool) bool

// parsed runs a parser over all records of a file.
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

// refused makes the row of a record that can't be taken.
func (rec record) refused(problem *Problem) Row {
	problem.Text = shown(rec.text)
	return Row{Line: rec.line, Problem: problem}
}

// Row is what a file says of one number. A line that holds several numbers
// makes as many Rows.
type Row struct {
	// Line is the line on which the row begins, the first being 1.
	Line int64
	// Entry is as much of an entry as the row has. Its Kind is never "";
	// Source, Author, Created, Hits and the like are set by the own formats
	// only.
	Entry blacklist.Entry
	// Remove says that the number shall leave the list: only Entry.Rule counts.
	Remove bool
	// Reports is how many complaints the row stands for: the votes of a
	// PhoneBlock row, 1 for any other.
	Reports int
	// Problem is why the row can't be taken, nil if it can. Nothing else but
	// Line is set then.
	Problem *Problem
}

// Problem is what is wrong with a row.
type Problem struct {
	Cause Cause
	// Detail says it in words, and what to do about it.
	Detail string
	// Text is the row as it stands in the file, printable and cut to a decent
	// length.
	Text string
}

// Error makes a Problem an error.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return string(p.Cause)
	}
	return fmt.Sprintf("%s: %s", p.Cause, p.Detail)
}

// Cause is the kind of a Problem, short and constant so that rows can be
// counted by it.
type Cause string

// The causes.
const (
	NoNumber      Cause = "no number"
	NotANumber    Cause = "not a number"
	TooLong       Cause = "too long"
	WithheldCause Cause = "withheld caller"
	NoCountry     Cause = "country not known"
	OtherCountry  Cause = "not of this country"
	Impossible    Cause = "impossible number"
	Incomplete    Cause = "incomplete number"
	BadPattern    Cause = "pattern not supported"
	Outbound      Cause = "outbound only"
	MessagesOnly  Cause = "text messages only"
	Legitimate    Cause = "rated legitimate"
	BrokenRow     Cause = "broken row"
	BadKind       Cause = "unknown kind"
	BadAction     Cause = "unknown action"
	BadTime       Cause = "unreadable time"
	BadValue      Cause = "unreadable value"
)

// Causes returns every cause.
func Causes() []Cause {
	return []Cause{
		NoNumber, NotANumber, TooLong, WithheldCause, NoCountry, OtherCountry, Impossible, Incomplete, BadPattern,
		Outbound, MessagesOnly, Legitimate, BrokenRow, BadKind, BadAction, BadTime, BadValue,
	}
}
