package batch

import (
	"context"
	"fmt"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// Rows are read by one goroutine and sorted by another: so many at a time.
const (
	readAhead = 4
	readPage  = 256
)

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

// readPages hands the job's rows over in pages. The error is the context's or
// that of the file.
func readPages(ctx context.Context, job *Job, pages chan<- []listfile.Row) error {
	page := make([]listfile.Row, 0, readPage)
	send := func() error {
		select {
		case pages <- page:
			page = make([]listfile.Row, 0, readPage)
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for read, err := range job.Rows {
		if err != nil {
			return err
		}
		if page = append(page, read); len(page) == readPage {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// read sorts the rows of the file and puts bad ones aside.
func (r *importing) read(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan []listfile.Row, readAhead)
	finished := make(chan error, 1)
	go func() {
		defer close(pages)
		finished <- readPages(ctx, r.job, pages)
	}()
	err := r.sortPages(pages)
	cancel()
	// What is left is passed over, until the reader sees that it is over.
	for range pages {
	}
	if readErr := <-finished; err == nil && readErr != nil {
		return fmt.Errorf("read %s: %w", r.job.File, readErr)
	}
	return err
}

func (r *importing) sortPages(pages <-chan []listfile.Row) error {
	var key, value []byte
	for page := range pages {
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
			key = append(key[:0], rule.String()...)
			value = appendRow(value[:0], &taken, r.in.shared)
			if err := r.in.rows.add(key, value); err != nil {
				return err
			}
		}
	}
	r.counts.Rows = r.in.total
	return nil
}
