package feed

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// interval is how often a Runner checks which feeds are due, and so how soon it finds a
// new one.
const interval = 5 * time.Second

// Subscribed is a feed and its state.
type Subscribed struct {
	Feed
	State State
}

// Store stores feeds.
type Store interface {
	// Feeds returns all feeds in the order of their names.
	Feeds(ctx context.Context) ([]Subscribed, error)
	// Feed returns a feed, or ErrUnknown.
	Feed(ctx context.Context, name string) (Subscribed, error)
	// SaveFeedState saves the state of a feed. It returns ErrUnknown if the feed was
	// removed or replaced.
	SaveFeedState(ctx context.Context, feed Feed, state State) error
	// Lease takes the lease with a name, which one process holds at a time. The
	// returned context ends when the lease may be lost, with the reason as its cause.
	Lease(ctx context.Context, name string) (held context.Context, release func(), err error)
}

var (
	// ErrUnknown means that the feed does not exist.
	ErrUnknown = errors.New("no such feed")
	// ErrExists means that the feed already exists.
	ErrExists = errors.New("the feed already exists")
)

// Importer imports a file into the list; the source is the name of the feed.
type Importer interface {
	ImportFeed(ctx context.Context, feed Feed, file io.Reader) (Imported, error)
}

// Imported is the result of an import.
type Imported struct {
	// Batch is the ID of the batch, "" if nothing changed.
	Batch string
	// Rows is the number of entries of the feed now.
	Rows int64
	// Outcome describes the result in one line.
	Outcome string
	// Problems are what was left out, a line each; see State.
	Problems []string
	// Recheck says that rows were refused because of other entries: import the same
	// file again next time.
	Recheck bool
}

// Config configures a Runner. Only Chance, Interval and Metrics have defaults.
type Config struct {
	Store    Store
	Importer Importer
	Fetcher  *Fetcher
	Log      *slog.Logger
	Now      func() time.Time
	// Chance returns random numbers from 0 to 1, which spread times.
	Chance func() float64
	// Interval is how often the Runner checks which feeds are due; 0 means 5 seconds.
	Interval time.Duration
	Metrics  *Metrics
}

// Runner fetches and imports feeds that are due.
type Runner struct {
	config Config
	// failing says that the store was unreachable last time; only Run uses it.
	failing bool
	// slots limits concurrent fetches.
	slots chan struct{}

	mu sync.Mutex
	// busy are the feeds that are fetched now or wait for a slot.
	busy map[string]bool
}

// NewRunner returns a Runner.
func NewRunner(config Config) *Runner {
	if config.Interval == 0 {
		config.Interval = interval
	}
	if config.Metrics == nil {
		config.Metrics = newMetrics("feed", "")
	}
	if config.Chance == nil {
		config.Chance = rand.Float64
	}
	return &Runner{config: config, slots: make(chan struct{}, workers), busy: map[string]bool{}}
}

// Run fetches the feeds that are due until ctx ends. Failures are logged and retried
// later. When ctx ends, running downloads and imports are cancelled; the next Runner
// repeats them.
func (r *Runner) Run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		r.runDue(ctx, &working)
		// Instances do not check at the same time.
		timer.Reset(r.config.Interval + time.Duration(float64(r.config.Interval)*spread*r.config.Chance()))
	}
}

// runDue starts the fetches that are due.
func (r *Runner) runDue(ctx context.Context, working *sync.WaitGroup) {
	feeds, err := r.config.Store.Feeds(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		if !r.failing {
			r.config.Log.WarnContext(ctx, "feeds wait for Redis", slog.Any("error", err))
		}
		r.failing = true
		return
	case r.failing:
		r.config.Log.InfoContext(ctx, "feeds are checked again")
	}
	r.failing = false
	r.config.Metrics.show(feeds)
	for _, feed := range feeds {
		if feed.State.DueAt(r.config.Now()) && r.begin(feed.Name) {
			working.Go(func() {
				defer r.end(feed.Name)
				r.refreshDue(ctx, feed.Name)
			})
		}
	}
}

// RunNow fetches a feed now, even if it is not due or has not changed, and returns its
// state. If another process fetches it or the feed is unknown, it only returns an
// error.
func (r *Runner) RunNow(ctx context.Context, name string) (State, error) {
	return r.refresh(ctx, name, true)
}

// refresh takes the lease of a feed and fetches it, if it is still due or by force. The
// error may also be in the state.
func (r *Runner) refresh(ctx context.Context, name string, force bool) (state State, err error) {
	held, release, err := r.config.Store.Lease(ctx, LeaseName(name))
	if err != nil {
		return State{}, err
	}
	defer release()
	// Another process may have fetched or removed it meanwhile.
	feed, err := r.config.Store.Feed(held, name)
	if err != nil {
		return State{}, err
	}
	if !force && !feed.State.DueAt(r.config.Now()) {
		return feed.State, nil
	}
	state, result, failure := r.check(held, feed, force)
	if held.Err() != nil {
		// Another instance saves the state now.
		cause := context.Cause(held)
		if ctx.Err() == nil {
			r.config.Log.WarnContext(ctx, "a feed was cancelled: another instance may fetch it", slog.String("feed", name), slog.Any("error", cause))
		}
		return State{}, cause
	}
	r.report(ctx, feed.Feed, state, result, failure)
	if err := r.config.Store.SaveFeedState(held, feed.Feed, state); err != nil {
		if ctx.Err() == nil {
			r.config.Log.WarnContext(ctx, "the state of a feed was not saved: it is fetched again", slog.String("feed", name), slog.Any("error", err))
		}
		return state, errors.Join(failure, err)
	}
	return state, failure
}

// The results of a fetch.
const (
	resultChanged   = "changed"
	resultUnchanged = "unchanged"
	resultFailed    = "failed"
)

// check fetches and imports a feed. It returns the new state, the result, and the error
// of a failure.
func (r *Runner) check(ctx context.Context, feed Subscribed, force bool) (state State, result string, err error) {
	var known Validators
	if !force {
		known = feed.State.validators(feed.Feed, r.config.Now())
	}
	validators, imported, err := r.fetchAndImport(ctx, feed.Feed, known)
	now := r.config.Now()
	if errors.Is(err, ErrUnchanged) {
		state = feed.State.succeeded(feed.Feed, now, r.config.Chance())
		state.Outcome = "unchanged"
		return state, resultUnchanged, nil
	}
	if err != nil {
		err = feed.redactError(withoutValue(err))
		return r.failed(feed, err), resultFailed, err
	}
	state = feed.State.succeeded(feed.Feed, now, r.config.Chance())
	if state.Validators, state.Changed = validators, now; imported.Recheck {
		state.Validators = Validators{}
	}
	state.Rows, state.Outcome, state.Problems = imported.Rows, imported.Outcome, imported.Problems
	if imported.Batch != "" {
		state.Batch = imported.Batch
	}
	return state, resultChanged, nil
}

// fetchAndImport fetches and imports a file, or returns ErrUnchanged.
func (r *Runner) fetchAndImport(ctx context.Context, feed Feed, known Validators) (validators Validators, imported Imported, err error) {
	defer recoverPanic(&err)
	file, err := r.config.Fetcher.Fetch(ctx, feed, known)
	if err != nil {
		return Validators{}, Imported{}, err
	}
	defer file.Close() //nolint:errcheck // It is deleted.
	imported, err = r.config.Importer.ImportFeed(ctx, feed, file)
	return file.Validators, imported, err
}

func (r *Runner) failed(feed Subscribed, err error) State {
	var after time.Duration
	if status, ok := errors.AsType[*statusError](err); ok {
		after = status.after
	}
	return feed.State.failed(feed.Feed, r.config.Now(), err.Error(), after, r.config.Chance())
}

// report logs and counts a fetch.
func (r *Runner) report(ctx context.Context, feed Feed, state State, result string, failure error) {
	r.config.Metrics.count(feed.Name, result)
	log := r.config.Log.With(slog.String("feed", feed.Name), slog.String("url", ShownAddress(feed.URL)),
		slog.String("outcome", state.Outcome), slog.Time("due", state.Due))
	if failure, ok := errors.AsType[traced](failure); ok {
		log.ErrorContext(ctx, "a feed caused a bug in ringfence: please report it", slog.String("stack", feed.redact(failure.Stack())))
	}
	switch result {
	case resultFailed:
		log.WarnContext(ctx, "a feed was not updated: its entries stay as they are", slog.Int("failures", state.Failures))
	case resultChanged:
		log.InfoContext(ctx, "a feed was updated", slog.String("batch", state.Batch), slog.Int64("rows", state.Rows))
	default:
		log.DebugContext(ctx, "a feed has not changed")
	}
}

// LeaseName returns the name of the lease for fetching, removing or replacing a feed.
func LeaseName(feed string) string { return "feed:" + feed }
