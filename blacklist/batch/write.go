package batch

import (
	"context"
	"iter"

	"github.com/ringfence/ringfence/blacklist"
)

// pageSize is how many candidates are decided and written together. It is small, so
// that calls do not wait.
const pageSize = 500

// maxConflicts is how often a candidate is decided again because other processes
// changed its entry.
const maxConflicts = 8

// pass reads file and list once and writes the differences.
func (r *importing) pass(ctx context.Context, first bool) error {
	r.first, r.seen = first, 0
	for page, err := range readAhead(ctx, pageSize, r.affected) {
		if err != nil {
			return err
		}
		if err := r.page(ctx, page); err != nil {
			return err
		}
	}
	// After a cancellation the pages end without an error.
	if err := context.Cause(ctx); err != nil {
		return err
	}
	r.batch.Counts = r.counts
	return nil
}

// affected yields the candidates that are in the file or may be deleted.
func (r *importing) affected(ctx context.Context) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		for c, err := range r.candidates(ctx) {
			if err == nil && c.group == nil && !r.plan.stale(c) {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// page decides about some candidates and writes the changes. If another process
// changes an entry at the same time, it decides again.
func (r *importing) page(ctx context.Context, page []candidate) error {
	for try := 1; len(page) > 0; try++ {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		decisions, err := r.decide(ctx, page, try > 1)
		if err != nil {
			return err
		}
		if try > maxConflicts {
			return r.refuseConflicts(page, decisions)
		}
		conflicts, err := r.write(ctx, decisions)
		if err != nil {
			return err
		}
		var again []candidate
		for i, c := range page {
			if conflicts[i] {
				again = append(again, c)
				continue
			}
			if err := r.tally(c, decisions[i]); err != nil {
				return err
			}
			if c.group != nil {
				r.seen += c.group.rows
			}
		}
		page = again
		r.progress(Writing, r.seen, r.in.total)
	}
	return nil
}

// decide decides about candidates by the entries that were read. An entry that will
// change is read again, with its hits; after a conflict, all entries are.
func (r *importing) decide(ctx context.Context, page []candidate, conflict bool) ([]decision, error) {
	decisions := make([]decision, len(page))
	var rules []blacklist.Rule
	var places []int
	for i, c := range page {
		before := c.listed
		if before != nil && before.Expired(r.plan.now) {
			before = nil
		}
		decisions[i] = r.plan.decide(c, before)
		if conflict || decisions[i].edit.Before != nil {
			rules = append(rules, c.rule)
			places = append(places, i)
		}
	}
	if len(rules) == 0 {
		return decisions, nil
	}
	err := r.do(ctx, func(ctx context.Context) error {
		found, err := r.engine.List.Lookup(ctx, rules)
		if err != nil {
			return err
		}
		for i, place := range places {
			decisions[place] = r.plan.decide(page[place], found[i])
		}
		return nil
	})
	return decisions, err
}

// write applies decisions, and returns which of them had a conflict.
func (r *importing) write(ctx context.Context, decisions []decision) ([]bool, error) {
	conflicts := make([]bool, len(decisions))
	var edits []blacklist.Edit
	var places []int
	for i, d := range decisions {
		if d.edit.Before != nil || d.edit.After != nil {
			edits = append(edits, d.edit)
			places = append(places, i)
		}
	}
	if r.job.DryRun || len(edits) == 0 {
		return conflicts, nil
	}
	r.batch.Counts = r.counts
	done, err := r.swap(ctx, edits)
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		conflicts[place] = !done[i]
	}
	return conflicts, nil
}

// refuseConflicts refuses candidates that other processes keep changing.
func (r *importing) refuseConflicts(page []candidate, decisions []decision) error {
	for i, c := range page {
		if c.group != nil && decisions[i].edit != (blacklist.Edit{}) {
			decisions[i] = decision{outcome: refused, cause: Conflict, detail: "other processes keep changing it"}
		}
		if decisions[i].outcome == gone {
			continue
		}
		if err := r.tally(c, decisions[i]); err != nil {
			return err
		}
	}
	return nil
}
