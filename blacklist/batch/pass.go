package batch

import (
	"context"
	"iter"

	"github.com/ringfence/ringfence/blacklist"
)

// pageSize is how many candidates are decided and written together.
const pageSize = 2000

// maxOvertaken bounds how often a candidate is decided anew because others
// change its entry meanwhile.
const maxOvertaken = 8

// pass goes through file and list once, and makes them agree. A pass over what
// agrees already only reads.
func (r *importing) pass(ctx context.Context, first bool) error {
	r.first, r.seen = first, 0
	for page, err := range ahead(ctx, pageSize, r.concerned) {
		if err != nil {
			return err
		}
		if err := r.page(ctx, page); err != nil {
			return err
		}
	}
	// Being cancelled looks like the end of the pages.
	if err := context.Cause(ctx); err != nil {
		return err
	}
	r.ledger.batch.Counts = r.counts
	return nil
}

// concerned yields the candidates that the file names, or that may go.
func (r *importing) concerned(ctx context.Context) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		for c, err := range r.candidates(ctx) {
			if err == nil && c.group == nil && !r.judge.stale(c) {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// page decides about some candidates and carries it out; whoever was overtaken
// by others is decided anew.
func (r *importing) page(ctx context.Context, page []candidate) error {
	for try := 1; len(page) > 0; try++ {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		before, err := r.lookup(ctx, page)
		if err != nil {
			return err
		}
		verdicts := make([]verdict, len(page))
		for i, c := range page {
			verdicts[i] = r.judge.verdict(c, before[i])
		}
		if try > maxOvertaken {
			return r.giveUp(page, verdicts)
		}
		overtaken, err := r.write(ctx, verdicts)
		if err != nil {
			return err
		}
		var again []candidate
		for i, c := range page {
			if overtaken[i] {
				// The list's line may have changed, too.
				c.listed = &blacklist.Listing{Rule: c.rule}
				again = append(again, c)
				continue
			}
			if err := r.tally(c, verdicts[i]); err != nil {
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

// lookup returns what the list has for the candidates. What has no line has no
// entry.
func (r *importing) lookup(ctx context.Context, page []candidate) ([]*blacklist.Entry, error) {
	before := make([]*blacklist.Entry, len(page))
	var rules []blacklist.Rule
	var places []int
	for i, c := range page {
		if c.listed != nil {
			rules = append(rules, c.rule)
			places = append(places, i)
		}
	}
	if len(rules) == 0 {
		return before, nil
	}
	err := r.do(ctx, func(ctx context.Context) error {
		found, err := r.List.Lookup(ctx, rules)
		if err != nil {
			return err
		}
		for i, place := range places {
			before[place] = found[i]
		}
		return nil
	})
	return before, err
}

// write carries out what the verdicts say, after the journal has it, and tells
// which of them were overtaken.
func (r *importing) write(ctx context.Context, verdicts []verdict) ([]bool, error) {
	overtaken := make([]bool, len(verdicts))
	var edits []blacklist.Edit
	var places []int
	for i, v := range verdicts {
		if v.edit.Before != nil || v.edit.After != nil {
			edits = append(edits, v.edit)
			places = append(places, i)
		}
	}
	if r.job.DryRun || len(edits) == 0 {
		return overtaken, nil
	}
	r.ledger.batch.Counts = r.counts
	done, err := r.swap(ctx, r.ledger, edits)
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		overtaken[place] = !done[i]
	}
	return overtaken, nil
}

// swap writes edits to the journal and carries them out. Being cancelled
// doesn't break it off: it takes a moment, and afterwards it is known what
// was done.
func (p *patient) swap(ctx context.Context, l *ledger, edits []blacklist.Edit) (done []bool, err error) {
	if err := l.write(ctx, edits); err != nil {
		return nil, err
	}
	err = p.do(ctx, func(ctx context.Context) (err error) {
		done, err = p.engine.List.Swap(context.WithoutCancel(ctx), edits, nil)
		return err
	})
	return done, err
}

// giveUp refuses what others change again and again.
func (r *importing) giveUp(page []candidate, verdicts []verdict) error {
	for i, c := range page {
		if c.group != nil && verdicts[i].edit != (blacklist.Edit{}) {
			verdicts[i] = verdict{outcome: refused, cause: Overtaken, detail: "it is changed all the time"}
		}
		if verdicts[i].outcome == gone {
			continue
		}
		if err := r.tally(c, verdicts[i]); err != nil {
			return err
		}
	}
	return nil
}
