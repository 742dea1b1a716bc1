package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
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

// feedMemory is the soft memory limit while a feed is imported, in bytes. At other
// times serve uses more memory, so that calls are decided faster.
const feedMemory = 64 << 20

// FeedImporter imports the files of feeds.
type FeedImporter struct {
	list   batch.List
	Engine *batch.Engine
	// region is used for feeds without a region.
	region phone.Region
	// Folder is for temporary files; "" means the system's.
	Folder string
	now    func() time.Time
	// progress, rejected and onEnd are called if they are not nil. allowShrink
	// lets an import delete more than half of a feed's entries.
	progress    func(batch.Progress)
	rejected    func(batch.Reject) error
	onEnd       func(batch.Summary)
	allowShrink bool
}

var _ feed.Importer = (*FeedImporter)(nil)

// ImportFeed imports a file. If the context names no actor, the feed is the actor.
func (i *FeedImporter) ImportFeed(ctx context.Context, f feed.Feed, file io.Reader) (feed.Imported, error) {
	if audit.From(ctx) == (audit.By{}) {
		ctx = audit.As(ctx, audit.By{Name: f.Name, Via: audit.Feed})
	}
	reader, err := listfile.Open(file, listfile.Options{
		Format: f.Rows.Format, Region: cmp.Or(f.Rows.Region, i.region), Kind: f.Rows.Kind,
		Columns: f.Rows.Columns, Zone: time.Local,
	})
	if err != nil {
		return feed.Imported{}, withoutText(err)
	}
	job := batch.Job{
		Rows: rowsWithoutText(reader.Rows()), File: feed.ShownAddress(f.URL), Format: string(reader.Format()), Source: f.Name, By: audit.From(ctx).Name,
		Defaults:   batch.Defaults{Action: f.Rows.Action, Reason: f.Rows.Reason},
		MinReports: int64(f.Rows.MinReports), Keep: f.Rows.Keep, Changes: reader.Changes, AllowShrink: i.allowShrink,
		Progress: i.progress, Rejected: i.rejected, Folder: i.Folder,
	}
	if f.Rows.For > 0 {
		job.Defaults.Expires = i.now().Add(f.Rows.For).Truncate(time.Second)
	}
	summary, err := i.Engine.Import(ctx, job)
	if i.onEnd != nil {
		i.onEnd(summary)
	}
	if err != nil {
		return feed.Imported{}, shrinkAdvice(err)
	}
	if rows := summary.Counts.Rows; rows > 0 && unreadable(summary.Counts) == rows {
		return feed.Imported{}, fmt.Errorf("no row is readable: %s", outcomeText(summary.Counts))
	}
	rows, err := i.entries(ctx, f.Name, summary)
	return feed.Imported{
		Batch: summary.ID, Rows: rows, Outcome: outcomeText(summary.Counts), Recheck: summary.Counts.Recheck(),
	}, err
}

// withoutText returns the error of a file without text of the file. A user who can write
// to Redis can let a feed read any file that is allowed, and read the outcome.
func withoutText(err error) error {
	if unknown, ok := errors.AsType[*listfile.UnknownFormatError](err); ok {
		return unknown.WithoutText()
	}
	return err
}

// rowsWithoutText returns rows whose problems have no text of the file: the number of
// the line leads to it.
func rowsWithoutText(rows iter.Seq2[listfile.Row, error]) iter.Seq2[listfile.Row, error] {
	return func(yield func(listfile.Row, error) bool) {
		for row, err := range rows {
			if row.Problem != nil {
				row.Problem = &listfile.Problem{Cause: row.Problem.Cause}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// unreadable returns how many rows could not be read. Rows refused because of the
// list, such as a number of another feed, do not count.
func unreadable(counts batch.Counts) (n int64) {
	for _, cause := range listfile.Causes() {
		n += counts.Refused[cause]
	}
	return n
}

// entries returns the number of entries of a feed after its import.
func (i *FeedImporter) entries(ctx context.Context, name string, summary batch.Summary) (int64, error) {
	if summary.Keeps {
		return countRows(ctx, i.list, name)
	}
	return summary.Listed + summary.Counts.Added - summary.Counts.Gone, nil
}

// outcomeText describes in one line what an import did with the rows.
func outcomeText(counts batch.Counts) string {
	var words []string
	add := func(n int64, what string) {
		if n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(counts.Added, "added")
	add(counts.Changed, "changed")
	add(counts.Unchanged, "unchanged")
	add(counts.Repeated, "repeated")
	add(counts.Removed+counts.Gone, "removed")
	add(counts.Absent, "not listed")
	for _, cause := range slices.Sorted(maps.Keys(counts.Refused)) {
		add(counts.Refused[cause], "refused ("+string(cause)+")")
	}
	if len(words) == 0 {
		return "no rows"
	}
	return strings.Join(words, ", ")
}

// OneAtATime returns a lease that also runs the imports of this process one after
// the other, because calls need memory and processor time too. An import that
// waits for the lease does not delay others.
func OneAtATime(take lease.Func) lease.Func {
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

// NewFeedImporter returns an importer for a store.
func NewFeedImporter(s BatchStore, region phone.Region, now func() time.Time, watch Watch) *FeedImporter {
	engine := NewEngine(s, now)
	engine.AuditLog = feedAuditLog{s}
	watch.watch(engine)
	return &FeedImporter{list: s, Engine: engine, region: region, now: now, progress: watch.Progress}
}

// feedAuditLog records imports of feeds in the audit log.
type feedAuditLog struct{ batch.AuditLog }

// Record records an import as a run of a feed.
func (t feedAuditLog) Record(ctx context.Context, events ...audit.Event) error {
	events = slices.Clone(events)
	for i := range events {
		events[i].Action = audit.FeedRun
	}
	return t.AuditLog.Record(ctx, events...)
}

// shrinkAdvice adds a hint to the error of a file that lost too many rows.
func shrinkAdvice(err error) error {
	if shrunk, ok := errors.AsType[*batch.ShrinkError](err); ok {
		return Errorf(Failed, "", "%w: nothing was changed", err).hint(HintForceFeed, shrunk.Source)
	}
	return err
}

// countRows returns the number of entries of a source.
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
