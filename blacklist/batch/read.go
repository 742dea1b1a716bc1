package batch

import (
	"context"
	"fmt"
	"iter"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// readPage is how many rows are read while the ones before are sorted.
const readPage = 512

// progressEvery is after how many rows progress is told.
const progressEvery = 4096

// maxOwnAllowed bounds how many allowed prefixes of a file are remembered:
// blocks below one that was forgotten are refused.
const maxOwnAllowed = 10_000

// input is what was read of a file.
type input struct {
	rows   *spool
	shared *texts
	total  int64
	// marks says that rows remove numbers: the file is a list of changes.
	marks bool
	// allows are the prefixes that the file allows.
	allows map[blacklist.Rule]bool
	// key and value are used again and again.
	key, value []byte
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
		if err := r.sort(page); err != nil {
			return err
		}
	}
	r.counts.Rows = r.in.total
	// Being cancelled looks like the end of the rows.
	return context.Cause(ctx)
}

// sort puts rows where they belong.
func (r *importing) sort(page []listfile.Row) error {
	for i := range page {
		read := &page[i]
		if r.in.total++; r.in.total%progressEvery == 0 {
			r.progress(Reading, r.in.total, 0)
		}
		if read.Problem != nil {
			r.counts.refuse(read.Problem.Cause, 1)
			if err := r.rejects.add(Reject{read.Line, read.Problem.Cause, read.Problem.Detail, read.Problem.Text}); err != nil {
				return err
			}
			continue
		}
		taken := r.job.row(read)
		rule := taken.entry.Rule
		r.in.marks = r.in.marks || taken.remove
		r.in.allow(rule, taken.entry.Kind)
		r.in.key = append(r.in.key[:0], rule.String()...)
		r.in.value = appendRow(r.in.value[:0], &taken, r.in.shared)
		if err := r.in.rows.add(r.in.key, r.in.value); err != nil {
			return err
		}
	}
	return nil
}
