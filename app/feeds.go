package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/span"
)

// FeedStore stores feeds and the list.
type FeedStore interface {
	BatchStore
	feed.Store
	// PutFeed saves a feed. If one with its name exists, it is replaced, or the
	// error is feed.ErrExists.
	PutFeed(ctx context.Context, f feed.Feed, replace bool) error
	RemoveFeed(ctx context.Context, name string) error
}

// Feeds adds, shows, runs and removes feeds.
type Feeds struct {
	Store FeedStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
	// Version is sent to the servers of feeds.
	Version string
	// Access is what feeds may read.
	Access Access
	Watch  Watch
}

// Access is what feeds and calendars may read besides public servers.
type Access = feed.Access

// DefaultFeedSize is the default maximum size of a file, in bytes.
const DefaultFeedSize = feed.DefaultMaxSize

// FeedInput is a feed as it was typed. An empty field means the default.
type FeedInput struct {
	Name, URL string
	// Every is the time between two fetches, such as 24h; MaxSize is the maximum
	// size of the file, such as 256MiB.
	Every, MaxSize string
	// Header are HTTP headers to send, "NAME: VALUE".
	Header []string
	Format string
	// Columns are the names of columns with numbers.
	Columns []string
	// Allow allows the callers instead of blocking them.
	Allow bool
	// Action, Reason and For, such as 7d, are for rows without them.
	Action, Reason, For string
	MinReports          int
	// Keep keeps entries missing from the file.
	Keep bool
}

// ReadFeed validates a feed. The error lists everything that is invalid, without
// secrets.
func (f Feeds) ReadFeed(in FeedInput) (feed.Feed, error) {
	var errs Errors
	errs.add("reason", CheckText("reason", in.Reason))
	made := feed.Feed{
		Name: in.Name, URL: in.URL, Header: feed.Header{},
		Rows: feed.Rows{
			Region: f.Region, Kind: blacklist.Block, Reason: in.Reason, MinReports: in.MinReports, Keep: in.Keep,
		},
		Created: f.Now().UTC().Truncate(time.Second),
	}
	if in.Allow {
		made.Rows.Kind = blacklist.Allow
	}
	var err error
	if in.Every != "" {
		made.Every, err = span.Parse(in.Every)
		errs.add("every", err)
	}
	if in.For != "" {
		made.Rows.For, err = span.Parse(in.For)
		errs.add("for", err)
	}
	for _, line := range in.Header {
		errs.add("header", made.Header.Add(line))
	}
	made.MaxSize, err = ParseSize(in.MaxSize)
	errs.add("max-size", err)
	if in.Format != "" {
		made.Rows.Format, err = listfile.ParseFormat(in.Format)
		errs.add("format", err)
	}
	made.Rows.Columns = in.Columns
	errs.add("column", listfile.CheckColumns(made.Rows.Columns, made.Rows.Format))
	if in.Action != "" {
		made.Rows.Action, err = blacklist.ParseAction(in.Action)
		errs.add("action", err)
	}
	if len(errs) == 0 {
		for _, err := range made.Problems() {
			errs.add("", err)
		}
	}
	if len(errs) == 0 {
		errs.add("", f.Access.Check(made.URL))
	}
	return made, errs.err()
}

// Add saves a new feed of the actor, or replaces the one with its name.
func (f Feeds) Add(ctx context.Context, made feed.Feed, replace bool) (FeedReport, error) {
	made.Author = audit.From(ctx).Name
	err := f.locked(ctx, made.Name, func(held context.Context) error { return f.Store.PutFeed(held, made, replace) })
	if errors.Is(err, feed.ErrExists) {
		err = Errorf(Exists, "name", "the feed %s exists", made.Name).hint(HintReplace, made.Name)
	}
	return f.report(feed.Subscribed{Feed: made}), err
}

// locked runs work on a feed while no process fetches it. A fetch that is already
// running could otherwise import its rows after the work.
func (f Feeds) locked(ctx context.Context, name string, work func(context.Context) error) error {
	held, release, err := f.Store.Lease(ctx, feed.LeaseName(name))
	if err == nil {
		defer release()
		err = work(held)
	}
	return feedError(name, err)
}

// feedError returns an error about a feed for users.
func feedError(name string, err error) error {
	if other, held := errors.AsType[*lease.HeldError](err); held {
		return Errorf(Conflict, "", "%s is being fetched or changed by %s: try again later", name, other.Holder)
	}
	if errors.Is(err, feed.ErrUnknown) {
		return Errorf(NotFound, "name", "%w: %s", err, name)
	}
	return err
}

// List returns all feeds in the order of their names.
func (f Feeds) List(ctx context.Context) ([]FeedReport, error) {
	feeds, err := f.Store.Feeds(ctx)
	reports := make([]FeedReport, len(feeds))
	for i, one := range feeds {
		reports[i] = f.report(one)
	}
	return reports, err
}

// Show returns a feed.
func (f Feeds) Show(ctx context.Context, name string) (FeedReport, error) {
	found, err := f.Store.Feed(ctx, name)
	return f.report(found), feedError(name, err)
}

// Run fetches a feed now and imports it. Force allows the import to delete more
// than half of its entries. Rejected, if not nil, is called for each refused row.
// The report is nil if the import did not begin.
func (f Feeds) Run(ctx context.Context, name string, force bool, rejected func(Reject) error) (*Report, error) {
	var summary batch.Summary
	importer := NewFeedImporter(f.Store, f.Region, f.Now, f.Watch)
	importer.allowShrink, importer.rejected, importer.onEnd = force, rejected, func(s batch.Summary) { summary = s }
	runner := feed.NewRunner(feed.Config{
		Store: f.Store, Importer: importer, Fetcher: feed.NewFetcher(feed.FetcherConfig{Version: f.Version, Access: f.Access}),
		Log: slog.New(slog.DiscardHandler), Now: f.Now,
	})
	_, err := runner.RunNow(ctx, name)
	if err = feedError(name, err); err == nil {
		return newReport(summary, false), nil
	}
	if summary.ID == "" {
		return nil, err
	}
	return newReport(summary, false), interrupted(summary, err)
}

// FeedRemoval is what happened to the entries of a removed feed.
type FeedRemoval struct {
	// ID of the batch that removed them; missing if nothing was removed.
	Batch string `json:"batch,omitempty"`
	// Removed entries.
	Gone int64 `json:"gone"`
	// Entries that stay.
	Left int64 `json:"left"`
}

// Remove deletes a feed, and with rows also its entries.
func (f Feeds) Remove(ctx context.Context, name string, rows bool) (removal FeedRemoval, err error) {
	err = f.locked(ctx, name, func(held context.Context) error {
		if _, err := f.Store.Feed(held, name); err != nil {
			return err
		}
		// The rows first, so that a second attempt can complete it.
		if rows {
			// This imports an empty file.
			summary, err := NewEngine(f.Store, f.Now).Import(held, batch.Job{
				Rows: func(func(listfile.Row, error) bool) {}, File: "feed remove", Source: name, By: audit.From(held).Name, AllowShrink: true,
			})
			if err != nil {
				return err
			}
			removal.Batch, removal.Gone = summary.ID, summary.Counts.Gone
		}
		if err := f.Store.RemoveFeed(held, name); err != nil || rows {
			return err
		}
		removal.Left, err = countRows(held, f.Store, name)
		return err
	})
	return removal, err
}

// FeedReport is a feed without its secrets.
type FeedReport struct {
	// Name, also the source of its entries.
	Name string `json:"name"`
	// Address, without secrets.
	URL string `json:"url"`
	// Time between two fetches, in seconds.
	EverySeconds int64 `json:"every_seconds"`
	// Names of the HTTP headers that are sent.
	Header []string `json:"header,omitempty"`
	// Maximum size of the file, in bytes.
	MaxSize int64 `json:"max_bytes"`
	// Format of the file; missing if it is detected.
	Format string `json:"format,omitempty"`
	// Names of the columns with numbers; missing if they are detected.
	Columns []string `json:"columns,omitempty"`
	// Region of national spellings.
	Region string `json:"region,omitempty"`
	// "block" or "allow".
	Kind string `json:"kind"`
	// Action for rows without one.
	Action string `json:"action,omitempty"`
	// Reason for rows without one.
	Reason string `json:"reason,omitempty"`
	// How long entries stay after the last change of the file, in seconds; missing
	// if they stay.
	ForSeconds int64 `json:"for_seconds,omitempty"`
	// Minimum number of reports of a number.
	MinReports int `json:"min_reports,omitempty"`
	// Entries missing from the file are kept.
	Keep bool `json:"keep"`
	// When the feed was added or changed.
	Created time.Time `json:"created,omitzero"`
	// Who added it.
	Author string `json:"author,omitempty"`

	// Result of the last fetch.
	Outcome string `json:"outcome"`
	// Failures since the last success.
	Failures int `json:"failures"`
	// Last fetch.
	Checked time.Time `json:"checked,omitzero"`
	// Last fetch that succeeded.
	Succeeded time.Time `json:"succeeded,omitzero"`
	// Last change of the file.
	Changed time.Time `json:"changed,omitzero"`
	// Next fetch.
	Due time.Time `json:"due"`
	// ID of the batch of the last change.
	Batch string `json:"batch,omitempty"`
	// Entries after the last change.
	Rows int64 `json:"rows"`
}

func (f Feeds) report(one feed.Subscribed) FeedReport {
	report := FeedReport{
		Name: one.Name, URL: feed.ShownAddress(one.URL), EverySeconds: int64(one.Every.Seconds()), Header: one.Header.Names(), MaxSize: one.MaxSize,
		Format: string(one.Rows.Format), Columns: one.Rows.Columns, Region: string(one.Rows.Region), Kind: string(one.Rows.Kind), Action: string(one.Rows.Action),
		Reason: one.Rows.Reason, MinReports: one.Rows.MinReports, Keep: one.Rows.Keep, ForSeconds: int64(one.Rows.For.Seconds()),
		Created: one.Created, Author: one.Author,
		Outcome: one.State.Outcome, Failures: one.State.Failures, Checked: one.State.Checked, Succeeded: one.State.Succeeded,
		Changed: one.State.Changed, Due: one.State.Due, Batch: one.State.Batch, Rows: one.State.Rows,
	}
	if report.Outcome == "" {
		report.Outcome = "not fetched yet"
	}
	if report.Due.IsZero() {
		report.Due = f.Now().UTC().Truncate(time.Second)
	}
	return report
}
