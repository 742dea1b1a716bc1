package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// Summary says what an import or an undo did, or would do.
type Summary struct {
	// Batch is as it is remembered; its ID is "" if nothing was changed.
	Batch
	// Listed is how many entries of the source there were, and Going how many
	// of them the file doesn't name; both are 0 if none of them may go.
	Listed, Going int64
	// Kept says that entries of the source that the file doesn't name stay.
	Kept bool
	// Partial says that not all of the file was carried out.
	Partial bool
	// Took is how long it took.
	Took time.Duration
}

// ShrinkError means that too many of a source's entries would go.
type ShrinkError struct {
	Source        string
	Listed, Going int64
}

func (e *ShrinkError) Error() string {
	return fmt.Sprintf("%d of the %d entries of %s would go, more than half", e.Going, e.Listed, e.Source)
}

// importing is one import at work.
type importing struct {
	*running
	job     *Job
	in      input
	plan    plan
	rejects *rejects
	counts  Counts
	// first says that this is the first pass: later ones only repair.
	first bool
	seen  int64
}

// Import carries out a job. After an error the summary says what was done
// until then; what was refused is a ShrinkError. An import that is cancelled
// ends between two entries, and is completed by running it once more.
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
	err := guarded(func() error { return r.run(ctx, &summary) })
	r.batch.Counts = r.counts
	err = errors.Join(r.end(ctx, err), r.rejects.reportAll())
	summary.Batch, summary.Took = r.remembered(), time.Since(began)
	return summary, err
}

func (r *importing) run(ctx context.Context, summary *Summary) error {
	summary.Partial = true
	// Who else imports the same is known before the file is read.
	if err := r.do(ctx, func(context.Context) error { return nil }); err != nil {
		return err
	}
	if err := r.read(ctx); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	summary.Kept = r.plan.keep
	shrinks := r.guard(ctx, summary)
	if _, refused := shrinks.(*ShrinkError); shrinks != nil && (!refused || !r.job.DryRun) { //nolint:errorlint // guard wraps none.
		return shrinks
	}
	if err := r.carry(ctx, r.pass); err != nil {
		return err
	}
	summary.Partial = false
	return shrinks
}

// prepare finds out what decides about rows.
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

// candidates walks file and list.
func (r *importing) candidates(ctx context.Context) func(yield func(candidate, error) bool) {
	return walk(groups(r.in.rows), r.listings(ctx), r.job.Source)
}

// guard counts how many entries of the source would go, and refuses if that is
// more than half.
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
	if summary.Going > summary.Listed/2 && !r.job.Shrink {
		return &ShrinkError{r.plan.source, summary.Listed, summary.Going}
	}
	return nil
}

// ended reports whether an entry with this end is none any more; its line may
// still stand.
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
		r.counts.Same++
	case removed:
		r.counts.Removed++
	case absent:
		r.counts.Absent++
	case refused, gone, nothing:
	}
	return nil
}
