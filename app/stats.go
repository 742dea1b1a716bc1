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

// Figures counts the calls that match the filter; days and hours are in the zone.
func (s Stats) Figures(ctx context.Context, by calllog.By, filter calllog.Filter, zone *time.Location) (*calllog.Figures, error) {
	figures := calllog.NewFigures(by, zone)
	for record, err := range s.Store.Summaries(ctx, filter) {
		if err != nil {
			return nil, err
		}
		figures.Add(record)
	}
	return figures, nil
}

// Usage counts all entries and unused ones.
func (s Stats) Usage(ctx context.Context) (blacklist.Usage, error) {
	return s.Store.Usage(ctx, s.Now().Add(-unusedAfter))
}

// Unused returns unused entries, the oldest first, at most limit; 0 means all.
func (s Stats) Unused(ctx context.Context, limit int) ([]blacklist.Entry, error) {
	return s.Store.Unused(ctx, s.Now().Add(-unusedAfter), limit)
}

// ReadBy reads what calls are counted by; "" means by day.
func ReadBy(text string) (calllog.By, error) {
	by, err := choose("by", text, calllog.AllBy())
	return cmp.Or(by, calllog.ByDay), err
}
