package batch

import (
	"context"
	"iter"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// List is what is needed of the list of callers.
type List interface {
	// Lookup returns the entries of the rules as they are now, nil for none.
	Lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error)
	// Swap carries out edits, each whole or not at all, and tells which are
	// done: those whose Before, or whose After, was on the list. The chunk of a
	// batch's journal that tells of them is written in the same step as the
	// first of them, unless it is nil.
	Swap(ctx context.Context, edits []blacklist.Edit, chunk *Chunk) ([]bool, error)
	// Listings yields the lines of all entries in the order of their rules' texts.
	Listings(ctx context.Context) iter.Seq2[blacklist.Listing, error]
	// Policy tells the own numbers and the prefixes.
	Policy(ctx context.Context) (screen.Policy, error)
}

// Journal remembers what batches have changed. Every write may be repeated.
type Journal interface {
	// SaveBatch writes all of a batch but its chunks.
	SaveBatch(ctx context.Context, b Batch) error
	// SaveChunk writes the chunk with a number, counted from 0.
	SaveChunk(ctx context.Context, id string, number int, chunk []byte) error
	// Chunks tells which chunks there are, in ascending order.
	Chunks(ctx context.Context, id string) ([]int, error)
	Chunk(ctx context.Context, id string, number int) ([]byte, error)
	// Batch returns a batch, or an error that wraps ErrNoBatch.
	Batch(ctx context.Context, id string) (Batch, error)
}

// Chunk is a part of a batch's journal.
type Chunk struct {
	Batch string
	// Number counts the chunks from 0.
	Number int
	Data   []byte
}

// Trail records what was done; the context says by whom.
type Trail interface {
	Record(ctx context.Context, events ...audit.Event) error
}

// LeaseFunc makes sure that only one holder at a time does what has this name.
// Held ends when the lease is lost or ctx ends.
type LeaseFunc func(ctx context.Context, name string) (held context.Context, release func(), err error)

// Job is a file to be imported.
type Job struct {
	// Rows are the rows of the file; an error of theirs ends the import before
	// anything is written.
	Rows iter.Seq2[listfile.Row, error]
	// File and Format are for the record.
	File, Format string
	// Source is where all rows come from: entries of this source that the
	// file doesn't name any more go. "" leaves each row its own source, or the
	// default one, and nothing goes.
	Source string
	// By is who imports. Entries have an author only if the file names one: the
	// batch tells who brought them.
	By       string
	Defaults Defaults
	// MinReports is how often a number has to be reported to be taken.
	MinReports int64
	// Keep leaves entries of the source that the file doesn't name. A file
	// that has marks to remove numbers is a list of changes: it keeps them, too.
	Keep bool
	// Changes, if not nil, tells when all rows have been read whether the file
	// is a list of changes although it has no such marks.
	Changes func() bool
	// Shrink lets more than half of the source's entries go.
	Shrink bool
	// Doubtful takes rows that blacklist.Doubt warns of.
	Doubtful bool
	// DryRun changes nothing and tells what would change.
	DryRun bool

	// Rejected, if not nil, hears of each row that was refused, in the order
	// of their lines, after all else is done.
	Rejected func(Reject) error
	// Progress, if not nil, hears now and then how far the import is.
	Progress func(Progress)
	// Folder takes the temporary file of a big import; "" is the system's.
	Folder string
}

// Defaults are what rows get that say nothing of it.
type Defaults struct {
	To      phone.Number
	Action  blacklist.Action
	Reason  string
	Expires time.Time
	// Source is that of rows that have none while the job has none either.
	Source string
}

// Phase is a part of an import or undo.
type Phase string

// The phases.
const (
	Reading Phase = "reading"
	Writing Phase = "writing"
)

// Progress is how far a phase is: rows done, of all rows; all is 0 while it
// isn't known.
type Progress struct {
	Phase     Phase
	Done, All int64
}

// Reject is a row that was refused. A number that is refused for what the list
// or the other rows say is told once, with its last row.
type Reject struct {
	Line   int64
	Cause  listfile.Cause
	Detail string
	// Text is the row as it was read, or its number.
	Text string
}
