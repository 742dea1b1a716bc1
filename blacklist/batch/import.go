package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// Summary is what an import or an undo did, or would do.
type Summary struct {
	// Batch is the stored batch; its ID is "" if nothing was changed.
	Batch
	// Listed is the number of entries of the source before, Going how many of them
	// are missing from the file. Both are 0 if no entry may be deleted.
	Listed, Going int64
	// Keeps says that entries of the source missing from the file are kept.
	Keeps bool
	// Partial says that the batch is not complete.
	Partial bool
	// Took is the duration.
	Took time.Duration
}

// ShrinkError means that more than half of a source's entries would be deleted.
type ShrinkError struct {
	Source        string
	Listed, Going int64
}

func (e *ShrinkError) Error() string {
	return fmt.Sprintf("%d of the %d entries of %s would be deleted, more than half", e.Going, e.Listed, e.Source)
}

// importing is a running import.
type importing struct {
	*running
	job     *Job
	in      input
	plan    plan
	rejects *rejects
	counts  Counts
	// first says that this is the first pass. Only its decisions are counted.
	first bool
	seen  int64
}

// Import runs a job. After an error the summary says what was done before it. The
// error is a ShrinkError if too many entries would be deleted. A cancelled import
// stops between two entries; run it again to complete it.
func (e *Engine) Import(ctx context.Context, job Job) (Summary, error) {
	began, now := time.Now(), e.now()
	batch := Batch{
		ID: newID(now), Kind: Import, Source: job.Source, File: job.File, Format: job.Format, By: job.By, Started: now, State: Running,
	}
	if job.Source == "" {
		batch.DefaultSource = job.Defaults.Source
	}
	engine := *e
	if job.DryRun {
		engine.Lease = nil
	}
	r := &importing{
		running: engine.start(ctx, batch), job: &job, rejects: newRejects(&job),
		in: input{rows: newSorter(job.Folder), allows: map[blacklist.Rule]bool{}},
	}
	defer r.in.rows.close()
	summary := Summary{}
	err := recoverPanic(func() error { return r.run(ctx, &summary) })
	r.batch.Counts = r.counts
	err = errors.Join(r.end(ctx, err), r.rejects.reportAll())
	summary.Batch, summary.Took = r.result(), time.Since(began)
	return summary, err
}

func (r *importing) run(ctx context.Context, summary *Summary) error {
	summary.Partial = true
	// Take the lease before the file is read.
	if err := r.do(ctx, func(context.Context) error { return nil }); err != nil {
		return err
	}
	if err := r.read(ctx); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	summary.Keeps = r.plan.keep
	shrinks := r.guard(ctx, summary)
	if _, refused := shrinks.(*ShrinkError); shrinks != nil && (!refused || !r.job.DryRun) { //nolint:errorlint // guard wraps none.
		return shrinks
	}
	if err := r.runPasses(ctx, r.pass); err != nil {
		return err
	}
	summary.Partial = false
	return shrinks
}

// prepare loads what decides about rows.
func (r *importing) prepare(ctx context.Context) error {
	p := plan{
		source: r.job.Source, keep: r.job.Keep || r.in.marks || r.job.Changes != nil && r.job.Changes(), risky: r.job.Risky,
		minReports: r.job.MinReports, now: r.batch.Started.Truncate(time.Second),
		allowed: map[string][]blacklist.Entry{},
	}
	err := r.do(ctx, func(ctx context.Context) error {
		policy, err := r.engine.List.Policy(ctx)
		if err != nil {
			return err
		}
		p.own = policy.Settings.Own
		for _, entry := range policy.Rules.Entries() {
			if p.protects(entry) && !r.in.allows[entry.Rule] {
				text := entry.Rule.Pattern.String()
				text = text[:len(text)-len("*")]
				p.allowed[text] = append(p.allowed[text], entry)
			}
		}
		return nil
	})
	r.plan = p
	return err
}

// candidates yields the rules of file and list.
func (r *importing) candidates(ctx context.Context) func(yield func(candidate, error) bool) {
	return walk(groups(r.in.rows), r.listings(ctx), r.job.Source)
}

// guard returns a ShrinkError if more than half of the source's entries would be
// deleted.
func (r *importing) guard(ctx context.Context, summary *Summary) error {
	if r.plan.source == "" || r.plan.keep {
		return nil
	}
	for c, err := range r.candidates(ctx) {
		if err != nil {
			return err
		}
		if c.listed != nil && c.listed.Source == r.plan.source && !ended(c.listed.Expires, r.plan.now) {
			summary.Listed++
			if r.plan.stale(c) {
				summary.Going++
			}
		}
	}
	if summary.Going > summary.Listed/2 && !r.job.AllowShrink {
		return &ShrinkError{r.plan.source, summary.Listed, summary.Going}
	}
	return nil
}

// ended reports whether an entry with this end has expired; its line may still be
// on the list.
func ended(end, now time.Time) bool { return !end.IsZero() && !end.After(now) }

func (r *importing) progress(phase Phase, done, all int64) {
	if r.job.Progress != nil {
		r.job.Progress(Progress{phase, done, all})
	}
}

// tally adds a decision to the counts.
func (r *importing) tally(c candidate, d decision) error {
	if !r.first {
		return nil
	}
	if d.outcome == gone {
		r.counts.Gone++
		return nil
	}
	if c.group == nil {
		return nil
	}
	rows := c.group.rows
	if d.outcome == refused {
		r.counts.refuse(d.cause, rows)
		if d.edit.Before != nil {
			r.counts.Gone++
		}
		detail := d.detail
		if rows > 1 {
			detail += fmt.Sprintf(" (the last of %d rows)", rows)
		}
		return r.rejects.add(Reject{c.group.line, d.cause, detail, c.rule.String()})
	}
	r.counts.Repeated += rows - 1
	switch d.outcome {
	case added:
		r.counts.Added++
	case changed:
		r.counts.Changed++
	case same:
		r.counts.Unchanged++
	case removed:
		r.counts.Removed++
	case absent:
		r.counts.Absent++
	case refused, gone, nothing:
	}
	return nil
}
