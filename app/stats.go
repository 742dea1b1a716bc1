package app

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/span"
)

// StatsStore stores calls and entries.
type StatsStore interface {
	Summaries(ctx context.Context, filter calllog.Filter) iter.Seq2[calllog.Record, error]
	Usage(ctx context.Context, since time.Time) (blacklist.Usage, error)
	Unused(ctx context.Context, since time.Time, limit int) ([]blacklist.Entry, error)
}

// Stats counts calls and unused entries.
type Stats struct {
	Store StatsStore
	Now   func() time.Time
}

// unusedAfter is the time without a decided call after which an entry is unused.
const unusedAfter = 365 * span.Day

// Figures are calls counted by one thing.
type Figures struct {
	// What the calls are counted by: "day", "hour", "dialled", "rule" or "caller".
	By calllog.By `json:"by"`
	// Counts, such as one for each day.
	Counts []calllog.Tally `json:"counts"`
	// Number of counts without the limit.
	Total int64 `json:"total"`
	// Sum of all calls that match; its name is "".
	Sum calllog.Tally `json:"sum"`
}

// Figures counts the calls that match the filter; days and hours are in the
// zone. At most limit counts are returned; 0 means all.
func (s Stats) Figures(ctx context.Context, by calllog.By, filter calllog.Filter, zone *time.Location, limit int) (Figures, error) {
	figures := calllog.NewFigures(by, zone)
	for record, err := range s.Store.Summaries(ctx, filter) {
		if err != nil {
			return Figures{}, err
		}
		figures.Add(record)
	}
	return Figures{By: by, Counts: figures.Rows(limit), Total: int64(figures.Len()), Sum: figures.Total()}, nil
}

// Usage counts all entries and unused ones.
func (s Stats) Usage(ctx context.Context) (blacklist.Usage, error) {
	return s.Store.Usage(ctx, s.Now().Add(-unusedAfter))
}

// Unused returns unused entries, the oldest first, at most limit; 0 means all.
func (s Stats) Unused(ctx context.Context, limit int) (Page[blacklist.Entry], error) {
	entries, err := s.Store.Unused(ctx, s.Now().Add(-unusedAfter), limit)
	if err != nil {
		return Page[blacklist.Entry]{}, err
	}
	page := Whole(entries)
	if len(entries) == limit {
		usage, err := s.Usage(ctx)
		page.Total = max(page.Total, usage.Unused)
		return page, err
	}
	return page, nil
}

// ReadBy reads what calls are counted by; "" means by day.
func ReadBy(text string) (calllog.By, error) {
	by, err := choose("by", text, calllog.AllBy())
	return cmp.Or(by, calllog.ByDay), err
}
