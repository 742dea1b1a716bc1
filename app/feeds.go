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

// FeedStore keeps feeds, and the list that they go into.
type FeedStore interface {
	BatchStore
	feed.Store
	// PutFeed subscribes to a feed. If there is one of its name, it is replaced,
	// or the error is feed.ErrExists.
	PutFeed(ctx context.Context, f feed.Feed, replace bool) error
	RemoveFeed(ctx context.Context, name string) error
}

// Feeds is what a person can do with feeds.
type Feeds struct {
	Store FeedStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
	// Version is the one that servers of feeds see.
	Version string
	Watch   Watch
}

// DefaultFeedSize is how large a file may be unless a feed says otherwise.
const DefaultFeedSize = feed.DefaultMaxSize

// NewFeed is what a person says of a feed. Empty texts stand for nothing said.
type NewFeed struct {
	Name, URL string
	// Every is the time between two looks, such as 24h, MaxSize the largest
	// size of the file, such as 256MiB.
	Every, MaxSize string
	// Header are lines to send along, "NAME: VALUE".
	Header []string
	Format string
	// Allow allows the listed callers.
	Allow bool
	// Action, Reason and For, such as 7d, are for rows that have none.
	Action, Reason, For string
	MinReports          int
	// Keep leaves entries that the file doesn't name any more.
	Keep   bool
	Author string
}

// Read reads what is said of a feed. The error holds all that is wrong, and no
// secret.
func (f Feeds) Read(said NewFeed) (feed.Feed, error) {
	if err := CheckText("reason", said.Reason); err != nil {
		return feed.Feed{}, err
	}
	var wrong Errors
	read := func(field string, err error) {
		if err != nil {
			wrong = append(wrong, Errorf(Invalid, field, "%w", err))
		}
	}
	made := feed.Feed{
		Name: said.Name, URL: said.URL, Header: feed.Header{},
		Rows: feed.Rows{
			Region: f.Region, Kind: blacklist.Block, Reason: said.Reason, MinReports: said.MinReports, Keep: said.Keep,
		},
		Created: f.Now().Truncate(time.Second), Author: said.Author,
	}
	if said.Allow {
		made.Rows.Kind = blacklist.Allow
	}
	var err error
	if said.Every != "" {
		made.Every, err = span.Parse(said.Every)
		read("every", err)
	}
	if said.For != "" {
		made.Rows.For, err = span.Parse(said.For)
		read("for", err)
	}
	for _, line := range said.Header {
		read("header", made.Header.Add(line))
	}
	made.MaxSize, err = ParseSize(said.MaxSize)
	read("max-size", err)
	if said.Format != "" {
		made.Rows.Format, err = listfile.ParseFormat(said.Format)
		read("format", err)
	}
	if said.Action != "" {
		made.Rows.Action, err = blacklist.ParseAction(said.Action)
		read("action", err)
	}
	if len(wrong) == 0 {
		if err := made.Check(); err != nil {
			return made, Errorf(Invalid, "", "%w", err)
		}
		return made, nil
	}
	return made, wrong
}

// Add subscribes to a feed, or replaces the one of its name.
func (f Feeds) Add(ctx context.Context, made feed.Feed, replace bool) (FeedReport, error) {
	err := f.alone(ctx, made.Name, func(held context.Context) error { return f.Store.PutFeed(held, made, replace) })
	if errors.Is(err, feed.ErrExists) {
		err = Errorf(Invalid, "", "there is a feed %s already: `ringfence feed show %s` shows it, --replace changes it", made.Name, made.Name)
	}
	return f.report(feed.Subscribed{Feed: made}), err
}

// alone carries out work on a feed that nobody fetches meanwhile: the one who
// does must not bring in its rows after the work.
func (f Feeds) alone(ctx context.Context, name string, work func(context.Context) error) error {
	held, release, err := f.Store.Lease(ctx, feed.LeaseName(name))
	if err == nil {
		defer release()
		err = work(held)
	}
	return feedError(name, err)
}

// feedError says what keeps a person from a feed.
func feedError(name string, err error) error {
	if other, held := errors.AsType[*lease.HeldError](err); held {
		return Errorf(Conflict, "", "%s is being fetched or changed by %s: try again when that is done", name, other.Holder)
	}
	if errors.Is(err, feed.ErrUnknown) {
		return Errorf(No, "name", "%w: %s", err, name)
	}
	return err
}

// List returns all feeds by their names.
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

// Run fetches a feed now and brings it into the list. Force lets more than half
// of its entries go; rejected, if not nil, hears of each row that was refused.
// The report is nil if an error kept it from its beginning.
func (f Feeds) Run(ctx context.Context, name string, force bool, rejected func(Reject) error) (*Report, error) {
	var summary batch.Summary
	importer := NewFeedImporter(f.Store, f.Region, f.Now, f.Watch)
	importer.shrink, importer.rejected, importer.ended = force, rejected, func(s batch.Summary) { summary = s }
	runner := feed.NewRunner(feed.Config{
		Store: f.Store, Importer: importer, Fetcher: feed.NewFetcher(feed.FetcherConfig{Version: f.Version}),
		Log: slog.New(slog.DiscardHandler), Now: f.Now,
	})
	_, err := runner.RunNow(ctx, name)
	if err = feedError(name, err); err == nil {
		return newReport(summary, false), nil
	}
	if summary.ID == "" {
		return nil, err
	}
	return newReport(summary, false), brokenOff(summary, err)
}

// FeedRemoval says what came of a feed's entries.
type FeedRemoval struct {
	// Batch is what has removed them, "" if nothing has.
	Batch string
	// Gone are those that were removed, Left those that stay.
	Gone, Left int64
}

// Remove ends a subscription. With rows, its entries go, too.
func (f Feeds) Remove(ctx context.Context, name string, rows bool) (removal FeedRemoval, err error) {
	err = f.alone(ctx, name, func(held context.Context) error {
		if _, err := f.Store.Feed(held, name); err != nil {
			return err
		}
		// The rows first: whatever fails, doing it again completes it.
		if rows {
			// An import of a file that names none of them.
			summary, err := NewEngine(f.Store, f.Now).Import(held, batch.Job{
				Rows: func(func(listfile.Row, error) bool) {}, File: "feed remove", Source: name, By: audit.From(held).Name, Shrink: true,
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

// FeedReport is a feed as it is shown: without secrets.
type FeedReport struct {
	Name       string    `json:"name"`
	URL        string    `json:"url"`
	Every      string    `json:"every"`
	Header     []string  `json:"header,omitempty"`
	MaxSize    int64     `json:"max_size"`
	Format     string    `json:"format,omitempty"`
	Region     string    `json:"region,omitempty"`
	Kind       string    `json:"kind"`
	Action     string    `json:"action,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	For        string    `json:"for,omitempty"`
	MinReports int       `json:"min_reports,omitempty"`
	Keep       bool      `json:"keep"`
	Created    time.Time `json:"created,omitzero"`
	Author     string    `json:"author,omitempty"`

	Outcome   string    `json:"outcome"`
	Failures  int       `json:"failures"`
	Checked   time.Time `json:"checked,omitzero"`
	Succeeded time.Time `json:"succeeded,omitzero"`
	Changed   time.Time `json:"changed,omitzero"`
	Due       time.Time `json:"due"`
	Batch     string    `json:"batch,omitempty"`
	Rows      int64     `json:"rows"`
}

func (f Feeds) report(one feed.Subscribed) FeedReport {
	report := FeedReport{
		Name: one.Name, URL: feed.ShownAddress(one.URL), Every: span.Format(one.Every), Header: one.Header.Names(), MaxSize: one.MaxSize,
		Format: string(one.Rows.Format), Region: string(one.Rows.Region), Kind: string(one.Rows.Kind), Action: string(one.Rows.Action),
		Reason: one.Rows.Reason, MinReports: one.Rows.MinReports, Keep: one.Rows.Keep,
		Created: one.Created, Author: one.Author,
		Outcome: one.State.Outcome, Failures: one.State.Failures, Checked: one.State.Checked, Succeeded: one.State.Succeeded,
		Changed: one.State.Changed, Due: one.State.Due, Batch: one.State.Batch, Rows: one.State.Rows,
	}
	if one.Rows.For != 0 {
		report.For = span.Format(one.Rows.For)
	}
	if report.Outcome == "" {
		report.Outcome = "not fetched yet"
	}
	if report.Due.IsZero() {
		report.Due = f.Now().UTC().Truncate(time.Second)
	}
	return report
}
