package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/phone"
)

// feedMemory is what the garbage collector aims at while a feed is imported, in
// bytes: serve lets more pile up otherwise, for the sake of its callers.
const feedMemory = 64 << 20

// feedName stands where the batches of people have a login.
const feedName = "feed"

// FeedImporter brings the files of feeds into the list.
type FeedImporter struct {
	list   batch.List
	Engine *batch.Engine
	// region reads national spellings of feeds that have no region of their own.
	region phone.Region
	// Folder takes temporary files; "" is the system's.
	Folder string
	now    func() time.Time
	// progress and rejected, if not nil, hear how far an import is and which rows
	// were refused, ended hears what it did; shrink lets more than half of a
	// feed's entries go.
	progress func(batch.Progress)
	rejected func(batch.Reject) error
	ended    func(batch.Summary)
	shrink   bool
}

var _ feed.Importer = (*FeedImporter)(nil)

// ImportFeed carries out the import. Work in which nobody is named is the
// feed's own.
func (i *FeedImporter) ImportFeed(ctx context.Context, f feed.Feed, file io.Reader) (feed.Imported, error) {
	if audit.From(ctx) == (audit.By{}) {
		ctx = audit.As(ctx, audit.By{Name: f.Name, Via: audit.Feed})
	}
	reader, err := listfile.Open(file, listfile.Options{
		Format: f.Rows.Format, Region: cmp.Or(f.Rows.Region, i.region), Kind: f.Rows.Kind,
	})
	if err != nil {
		return feed.Imported{}, err
	}
	job := batch.Job{
		Rows: reader.Rows(), File: feed.ShownAddress(f.URL), Format: string(reader.Format()), Source: f.Name, By: feedName,
		Defaults:   batch.Defaults{Action: f.Rows.Action, Reason: f.Rows.Reason},
		MinReports: int64(f.Rows.MinReports), Keep: f.Rows.Keep, Changes: reader.Changes, Shrink: i.shrink,
		Progress: i.progress, Rejected: i.rejected, Folder: i.Folder,
	}
	if f.Rows.For > 0 {
		job.Defaults.Expires = i.now().Add(f.Rows.For).Truncate(time.Second)
	}
	summary, err := i.Engine.Import(ctx, job)
	if i.ended != nil {
		i.ended(summary)
	}
	if err != nil {
		return feed.Imported{}, shrinkWords(err)
	}
	if rows := summary.Counts.Rows; rows > 0 && unreadable(summary.Counts) == rows {
		return feed.Imported{}, fmt.Errorf("no row could be read: %s", outcomeWords(summary.Counts))
	}
	rows, err := i.rows(ctx, f.Name, summary)
	return feed.Imported{
		Batch: summary.ID, Rows: rows, Words: outcomeWords(summary.Counts), Unsettled: summary.Counts.Unsettled(),
	}, err
}

// unreadable returns how many rows of a file were refused for what they are. A
// row that the list refuses, as another feed has its number, is no failure.
func unreadable(counts batch.Counts) (n int64) {
	for _, cause := range listfile.Causes() {
		n += counts.Refused[cause]
	}
	return n
}

// rows returns how many entries of a feed there are after its import.
func (i *FeedImporter) rows(ctx context.Context, name string, summary batch.Summary) (int64, error) {
	if summary.Kept {
		return countRows(ctx, i.list, name)
	}
	return summary.Listed + summary.Counts.Added - summary.Counts.Gone, nil
}

// outcomeWords says in one line what an import did with the rows of a file.
func outcomeWords(counts batch.Counts) string {
	var words []string
	add := func(n int64, what string) {
		if n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(counts.Added, "added")
	add(counts.Changed, "changed")
	add(counts.Same, "unchanged")
	add(counts.Removed+counts.Gone, "removed")
	for _, cause := range slices.Sorted(maps.Keys(counts.Refused)) {
		add(counts.Refused[cause], "refused ("+string(cause)+")")
	}
	if len(words) == 0 {
		return "no rows"
	}
	return strings.Join(words, ", ")
}

// InTurn makes of a lease one that also makes imports of this process go one
// after the other: each takes memory and time that callers may need. Whoever
// waits for the lease keeps no other import waiting.
func InTurn(take lease.Func) lease.Func {
	turn := make(chan struct{}, 1)
	return func(ctx context.Context, name string) (context.Context, func(), error) {
		held, release, err := take(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		select {
		case turn <- struct{}{}:
		case <-held.Done():
			release()
			return nil, nil, context.Cause(held)
		}
		limit := debug.SetMemoryLimit(feedMemory)
		return held, sync.OnceFunc(func() {
			debug.SetMemoryLimit(limit)
			<-turn
			release()
		}), nil
	}
}

// NewFeedImporter returns what brings feeds into the list of a store.
func NewFeedImporter(s BatchStore, region phone.Region, now func() time.Time, watch Watch) *FeedImporter {
	engine := NewEngine(s, now)
	engine.Trail = feedTrail{s}
	watch.watch(engine)
	return &FeedImporter{list: s, Engine: engine, region: region, now: now, progress: watch.Progress}
}

// feedTrail records the imports of feeds.
type feedTrail struct{ batch.Trail }

// Record records an import as a feed's run.
func (t feedTrail) Record(ctx context.Context, events ...audit.Event) error {
	events = slices.Clone(events)
	for i := range events {
		events[i].Action = audit.FeedRun
	}
	return t.Trail.Record(ctx, events...)
}

// shrinkWords says what to do about a file that has lost too many rows.
func shrinkWords(err error) error {
	if shrunk, ok := errors.AsType[*batch.ShrinkError](err); ok {
		return fmt.Errorf("%w: nothing was changed; if the list is right, `ringfence feed run %s --force` takes it", err, shrunk.Source)
	}
	return err
}

// countRows returns how many entries of a source there are.
func countRows(ctx context.Context, list batch.List, source string) (int64, error) {
	rows := int64(0)
	for line, err := range list.Listings(ctx) {
		if err != nil {
			return rows, err
		}
		if line.Source == source {
			rows++
		}
	}
	return rows, nil
}
