package store

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
)

// maxCallPages is how many pages of the log are read by one command: about
// 1 MB, which Redis hands out in less than a millisecond.
const maxCallPages = 16

// callPage is one page of the log: what its records are found and counted by, as
// text of up to 64 KB. The pages of a million records are searched in 0.15 s, the
// records themselves in 5 s, of which Redis is busy for 1.6 s.
type callPage struct {
	// name is the ID that the page began with; what it holds follows that, and
	// comes before what the next one holds.
	name  string
	first streamID
	// earliest is the time of the first of its calls, in Unix milliseconds.
	earliest int64
}

// Summaries yields of the records that the filter chooses what the pages of the
// log hold, the last written first: ID, Time to the millisecond, Caller,
// Dialled, Verdict, Check, Hours and Rule. It holds a few pages at a time.
// The texts are parts of a page: clone one that is used for long. After an error
// it ends.
func (s *Store) Summaries(ctx context.Context, filter calllog.Filter) iter.Seq2[calllog.Record, error] {
	return s.explained(ctx, s.summaries(ctx, filter, true))
}

// History yields what Summaries does, the first written first.
func (s *Store) History(ctx context.Context, filter calllog.Filter) iter.Seq2[calllog.Record, error] {
	return s.explained(ctx, s.summaries(ctx, filter, false))
}

func (s *Store) explained(ctx context.Context, records iter.Seq2[calllog.Record, error]) iter.Seq2[calllog.Record, error] {
	return func(yield func(calllog.Record, error) bool) {
		for record, err := range records {
			if err != nil {
				err = s.explain(ctx, opCalls.doing, err)
			}
			if !yield(record, err) {
				return
			}
		}
	}
}

// summaries yields what Summaries or History does.
func (s *Store) summaries(ctx context.Context, filter calllog.Filter, newestFirst bool) iter.Seq2[calllog.Record, error] {
	return func(yield func(calllog.Record, error) bool) {
		pages, oldest, err := s.callPages(ctx)
		if err != nil {
			yield(calllog.Record{}, err)
			return
		}
		pages = chosenPages(pages, oldest, filter)
		before, bounded := readStreamID(filter.Before)
		if !newestFirst {
			slices.Reverse(pages)
		}
		texts := ahead(ctx, func(ctx context.Context) iter.Seq2[string, error] { return s.callTexts(ctx, pages) })
		matcher := newLineMatcher(filter)
		for text, err := range texts {
			if err != nil {
				yield(calllog.Record{}, err)
				return
			}
			lines := matcher.lines(text)
			if newestFirst {
				slices.Reverse(lines)
			}
			for _, line := range lines {
				record, valid := readCallLine(line)
				if !valid || !filter.Matches(record) {
					continue
				}
				// Lines outlive their records a little.
				if id, _ := readStreamID(record.ID); id.before(oldest) || bounded && !id.before(before) {
					continue
				}
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// callPages returns the pages, the newest first, and the oldest record that
// there is; without any, that is one that has not been written yet.
func (s *Store) callPages(ctx context.Context) (pages []callPage, oldest streamID, err error) {
	var members *redis.ZSliceCmd
	var first *redis.XMessageSliceCmd
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		members = pipe.ZRangeWithScores(ctx, s.keys.callPages(), 0, -1)
		first = pipe.XRangeN(ctx, s.keys.calls(), "-", "+", 1)
		return nil
	}); err != nil {
		return nil, oldest, err
	}
	for _, member := range members.Val() {
		name, _ := member.Member.(string)
		if id, valid := readStreamID(name); valid {
			pages = append(pages, callPage{name, id, int64(member.Score)})
		}
	}
	slices.SortFunc(pages, func(a, b callPage) int {
		return cmp.Or(cmp.Compare(b.first.ms, a.first.ms), cmp.Compare(b.first.seq, a.first.seq))
	})
	oldest.ms = math.MaxInt64
	for _, message := range first.Val() {
		oldest, _ = readStreamID(message.ID)
	}
	return pages, oldest, nil
}

// chosenPages returns those pages that may have lines which the filter chooses,
// of records that are not older than the oldest.
func chosenPages(pages []callPage, oldest streamID, filter calllog.Filter) []callPage {
	var chosen []callPage
	before, bounded := readStreamID(filter.Before)
	for i, page := range pages {
		if i > 0 && endsBefore(pages[i-1], oldest, filter.Since) {
			break
		}
		if bounded && !page.first.before(before) {
			continue
		}
		if filter.Until.IsZero() || page.earliest <= filter.Until.UnixMilli() {
			chosen = append(chosen, page)
		}
	}
	return chosen
}

// endsBefore reports whether all that was written before the page is too old. A
// call is never later than its record, but the clocks differ.
func endsBefore(next callPage, oldest streamID, since time.Time) bool {
	return !oldest.before(next.first) ||
		!since.IsZero() && next.first.ms < since.Add(-MaxClockSkew).UnixMilli()
}

// callTexts yields the texts of pages, one at first and more each time. A
// page that no longer exists is skipped.
func (s *Store) callTexts(ctx context.Context, pages []callPage) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for n := 1; len(pages) > 0; n = min(4*n, maxCallPages) {
			some := pages[:min(n, len(pages))]
			pages = pages[len(some):]
			names := make([]string, len(some))
			for i, page := range some {
				names[i] = s.keys.callPage(page.name)
			}
			texts, err := s.client.MGet(ctx, names...).Result()
			if err != nil {
				yield("", err)
				return
			}
			for _, value := range texts {
				if text, isText := value.(string); isText && !yield(text, nil) {
					return
				}
			}
		}
	}
}
