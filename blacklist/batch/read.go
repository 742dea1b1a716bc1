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

// readPage is how many rows are read while the ones before are sorted.
const readPage = 512

// progressEvery is after how many rows progress is reported.
const progressEvery = 4096

// maxOwnAllowed bounds how many allowed prefixes of a file are remembered:
// blocks below one that was forgotten are refused.
const maxOwnAllowed = 10_000

// input is what was read of a file.
type input struct {
	rows  *sorter
	total int64
	// marks says that rows remove numbers: the file is a list of changes.
	marks bool
	// allows are the prefixes that the file allows.
	allows map[blacklist.Rule]bool
	// line is used again and again.
	line []byte
}

// allow remembers what the file says last of a prefix.
func (in *input) allow(rule blacklist.Rule, kind blacklist.Kind) {
	switch {
	case !rule.Pattern.IsPrefix():
	case kind != blacklist.Allow:
		delete(in.allows, rule)
	case len(in.allows) < maxOwnAllowed:
		in.allows[rule] = true
	}
}

// read sorts the rows of the file and puts bad ones aside.
func (r *importing) read(ctx context.Context) error {
	rows := func(context.Context) iter.Seq2[listfile.Row, error] { return r.job.Rows }
	for page, err := range ahead(ctx, readPage, rows) {
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
	// Being cancelled looks like the end of the rows.
	return context.Cause(ctx)
}

// sort puts a row where it belongs.
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

// removes marks a row that takes its number off the list.
const removes = "-"

// appendRow writes a row: the line of its entry, and then the number of its
// own line, its reports and the mark of one that removes.
func appendRow(to []byte, r *row) []byte {
	if r.remove {
		r.entry.Kind = blacklist.Block // It says nothing, and a line has one.
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

// readRow reads what appendRow wrote.
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

// rejects sorts the rows that were refused by their lines.
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

// reportAll hands all of them over, and gives their memory back.
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
