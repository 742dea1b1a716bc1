package batch

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// readPage is how many rows are read while the rows before are sorted.
const readPage = 512

// progressEvery is after how many rows progress is reported.
const progressEvery = 4096

// maxOwnAllowed is the maximum number of allowed prefixes of a file that are kept in
// memory. Blocked numbers below further ones are refused.
const maxOwnAllowed = 10_000

// input is the content of a file.
type input struct {
	rows  *sorter
	total int64
	// marks says that rows remove numbers: the file is a list of changes.
	marks bool
	// allows are the prefixes that the file allows.
	allows map[blacklist.Rule]bool
	// line is a reused buffer.
	line []byte
}

// allow stores the last kind that the file has for a prefix.
func (in *input) allow(rule blacklist.Rule, kind blacklist.Kind) {
	switch {
	case !rule.Pattern.IsPrefix():
	case kind != blacklist.Allow:
		delete(in.allows, rule)
	case len(in.allows) < maxOwnAllowed:
		in.allows[rule] = true
	}
}

// read reads and sorts the rows of the file; unreadable rows are rejected.
func (r *importing) read(ctx context.Context) error {
	rows := func(context.Context) iter.Seq2[listfile.Row, error] { return r.job.Rows }
	for page, err := range readAhead(ctx, readPage, rows) {
		if err != nil {
			return fmt.Errorf("read %s: %w", r.job.File, err)
		}
		for i := range page {
			if err := r.sort(&page[i]); err != nil {
				return err
			}
		}
	}
	r.counts.Rows = r.in.total
	// After a cancellation the rows end without an error.
	return context.Cause(ctx)
}

// sort adds a row to the sorter, or to the rejects.
func (r *importing) sort(read *listfile.Row) error {
	if r.in.total++; r.in.total%progressEvery == 0 {
		r.progress(Reading, r.in.total, 0)
	}
	if read.Problem != nil {
		r.counts.refuse(read.Problem.Cause, 1)
		return r.rejects.add(Reject{read.Line, read.Problem.Cause, read.Problem.Detail, read.Problem.Text})
	}
	taken := r.job.row(read)
	r.in.marks = r.in.marks || taken.remove
	r.in.allow(taken.entry.Rule, taken.entry.Kind)
	r.in.line = appendRow(r.in.line[:0], &taken)
	return r.in.rows.add(r.in.line)
}

// removes marks a row that removes its number from the list.
const removes = "-"

// appendRow writes a row: the line of its entry, its line number, its reports, and
// the mark of a removal.
func appendRow(to []byte, r *row) []byte {
	if r.remove {
		r.entry.Kind = blacklist.Block // A line needs a kind.
	}
	to = blacklist.AppendFullLine(to, &r.entry)
	to = strconv.AppendInt(append(to, '\t'), r.line, 10)
	to = strconv.AppendInt(append(to, '\t'), r.reports, 10)
	to = append(to, '\t')
	if r.remove {
		to = append(to, removes...)
	}
	return to
}

// readRow parses the result of appendRow.
func readRow(line string) (r row, err error) {
	var parts [3]string
	for i := range parts {
		tab := strings.LastIndexByte(line, '\t')
		if tab < 0 {
			return row{}, errCorrupt
		}
		line, parts[i] = line[:tab], line[tab+1:]
	}
	r.remove = parts[0] == removes
	if r.reports, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
		return row{}, errCorrupt
	}
	if r.line, err = strconv.ParseInt(parts[2], 10, 64); err != nil {
		return row{}, errCorrupt
	}
	r.entry, err = blacklist.ParseLine(line)
	return r, err
}

// rejects sorts the refused rows by line number.
type rejects struct {
	report func(Reject) error
	sorted *sorter
}

func newRejects(job *Job) *rejects {
	return &rejects{report: job.Rejected, sorted: newSorter(job.Folder)}
}

func (r *rejects) add(one Reject) error {
	if r.report == nil {
		return nil
	}
	return r.sorted.add(fmt.Appendf(nil, "%016d\t%s\t%s\t%s",
		one.Line, blacklist.Escape(string(one.Cause)), blacklist.Escape(one.Detail), blacklist.Escape(one.Text)))
}

// reportAll reports all refused rows and frees their memory.
func (r *rejects) reportAll() error {
	defer r.sorted.close()
	if r.report == nil {
		return nil
	}
	for line, err := range r.sorted.all() {
		if err != nil {
			return err
		}
		parts := strings.Split(string(line), "\t")
		number, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil || len(parts) != 4 {
			return errCorrupt
		}
		one := Reject{number, listfile.Cause(blacklist.Unescape(parts[1])), blacklist.Unescape(parts[2]), blacklist.Unescape(parts[3])}
		if err := r.report(one); err != nil {
			return err
		}
	}
	return nil
}
