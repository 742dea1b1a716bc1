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

// interval is how often a Runner looks which feeds are due, and so how soon it
// finds a new one.
const interval = 5 * time.Second

// Subscribed is a feed and its state.
type Subscribed struct {
	Feed
	State State
}

// Store is where feeds are kept.
type Store interface {
	// Feeds returns all feeds by their names.
	Feeds(ctx context.Context) ([]Subscribed, error)
	// Feed returns one feed; ErrUnknown if there is none of this name.
	Feed(ctx context.Context, name string) (Subscribed, error)
	// SaveFeedState keeps the state of a feed, unless it has been removed or
	// replaced: ErrUnknown.
	SaveFeedState(ctx context.Context, feed Feed, state State) error
	// Lease makes sure that one process at a time does what has this name. The
	// context that it returns ends when that is not sure any more; its cause
	// says why.
	Lease(ctx context.Context, name string) (held context.Context, release func(), err error)
}

var (
	// ErrUnknown says that there is no such feed.
	ErrUnknown = errors.New("there is no feed of this name")
	// ErrExists says that there is such a feed.
	ErrExists = errors.New("there is a feed of this name already")
)

// Importer brings a file into the list, as the source of the feed's name. It
// changes nothing if it returns an error before the first change.
type Importer interface {
	ImportFeed(ctx context.Context, feed Feed, file io.Reader) (Imported, error)
}

// Imported is the result of an import.
type Imported struct {
	// Batch is what an undo goes by, "" if nothing changed.
	Batch string
	// Rows is how many entries of the feed there are now.
	Rows int64
	// Words say the rest, in one line.
	Words string
	// Unsettled says that rows were refused for what else is on the list now:
	// the same file may bring more next time.
	Unsettled bool
}

// Config is what a Runner works with. Nothing but Interval and Metrics may be
// left out.
type Config struct {
	Store    Store
	Importer Importer
	Fetcher  *Fetcher
	Log      *slog.Logger
	Now      func() time.Time
	// Chance returns numbers from 0 to 1, by which times are spread.
	Chance func() float64
	// Interval is how often it is looked which feeds are due; 0 stands for a
	// few seconds.
	Interval time.Duration
	Metrics  *Metrics
}

// Runner keeps feeds up to date.
type Runner struct {
	config Config
	// failing says that the last look at the feeds failed; only Run touches it.
	failing bool
	// slots has room for the feeds that are fetched at a time.
	slots chan struct{}

	mu sync.Mutex
	// busy are the feeds that are fetched, or wait for a slot.
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

// Run fetches what is due, a few feeds at a time, until ctx ends. What
// fails is logged and tried again later. A download or import that is under way
// when ctx ends is abandoned, to be begun anew by who comes next.
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
		// Several instances don't look at the same moment.
		timer.Reset(r.config.Interval + time.Duration(float64(r.config.Interval)*spread*r.config.Chance()))
	}
}

// runDue begins to fetch each feed that is due.
func (r *Runner) runDue(ctx context.Context, working *sync.WaitGroup) {
	feeds, err := r.config.Store.Feeds(ctx)
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		if !r.failing {
			r.config.Log.WarnContext(ctx, "feeds wait for the store", slog.Any("error", err))
		}
		r.failing = true
		return
	case r.failing:
		r.config.Log.InfoContext(ctx, "feeds are looked at again")
	}
	r.failing = false
	r.config.Metrics.show(feeds)
	for _, feed := range feeds {
		if feed.State.DueAt(r.config.Now()) && r.begin(feed.Name) {
			working.Go(func() {
				defer r.end(feed.Name)
				r.bringUpToDate(ctx, feed.Name)
			})
		}
	}
}

// RunNow fetches a feed at once, whether it is due or has changed, and
// returns its state. Where another process is at it, or the feed is
// unknown, there is nothing but the error.
func (r *Runner) RunNow(ctx context.Context, name string) (State, error) {
	return r.refresh(ctx, name, true)
}

// refresh fetches a feed, by force or if it is still due once nobody else is
// at it. It returns the error of what it could not begin or could not keep, or
// of what failed, which has been kept in the state.
func (r *Runner) refresh(ctx context.Context, name string, force bool) (state State, err error) {
	held, release, err := r.config.Store.Lease(ctx, LeaseName(name))
	if err != nil {
		return State{}, err
	}
	defer release()
	// Another may have been at it just now, or taken it away.
	feed, err := r.config.Store.Feed(held, name)
	if err != nil {
		return State{}, err
	}
	if !force && !feed.State.DueAt(r.config.Now()) {
		return feed.State, nil
	}
	state, result, failure := r.look(held, feed, force)
	if held.Err() != nil {
		// Another instance keeps the state now.
		cause := context.Cause(held)
		if ctx.Err() == nil {
			r.config.Log.WarnContext(ctx, "a feed was abandoned: another may be at it", slog.String("feed", name), slog.Any("error", cause))
		}
		return State{}, cause
	}
	r.report(ctx, feed.Feed, state, result, failure)
	if err := r.config.Store.SaveFeedState(held, feed.Feed, state); err != nil {
		if ctx.Err() == nil {
			r.config.Log.WarnContext(ctx, "the state of a feed could not be saved: it is fetched again", slog.String("feed", name), slog.Any("error", err))
		}
		return state, errors.Join(failure, err)
	}
	return state, failure
}

// The results of a look at a feed.
const (
	resultChanged   = "changed"
	resultUnchanged = "unchanged"
	resultFailed    = "failed"
)

// look fetches a feed and brings it into the list. It returns its new state,
// the result, and the error if that is a failure.
func (r *Runner) look(ctx context.Context, feed Subscribed, force bool) (state State, result string, err error) {
	var known Validators
	if !force {
		known = feed.State.validators(feed.Feed, r.config.Now())
	}
	validators, imported, err := r.bring(ctx, feed.Feed, known)
	now := r.config.Now()
	if errors.Is(err, ErrUnchanged) {
		state = feed.State.succeeded(feed.Feed, now, r.config.Chance())
		state.Outcome = "unchanged"
		return state, resultUnchanged, nil
	}
	if err != nil {
		err = feed.concealed(err)
		return r.failed(feed, err), resultFailed, err
	}
	state = feed.State.succeeded(feed.Feed, now, r.config.Chance())
	if state.Validators, state.Changed = validators, now; imported.Unsettled {
		state.Validators = Validators{}
	}
	state.Rows, state.Outcome = imported.Rows, imported.Words
	if imported.Batch != "" {
		state.Batch = imported.Batch
	}
	return state, resultChanged, nil
}

// bring fetches a file and brings it into the list, or returns ErrUnchanged.
func (r *Runner) bring(ctx context.Context, feed Feed, known Validators) (validators Validators, imported Imported, err error) {
	defer recovered(&err)
	file, err := r.config.Fetcher.Fetch(ctx, feed, known)
	if err != nil {
		return Validators{}, Imported{}, err
	}
	defer file.Close() //nolint:errcheck // It is thrown away.
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

// report logs and counts a look at a feed.
func (r *Runner) report(ctx context.Context, feed Feed, state State, result string, failure error) {
	r.config.Metrics.count(feed.Name, result)
	log := r.config.Log.With(slog.String("feed", feed.Name), slog.String("url", ShownAddress(feed.URL)),
		slog.String("outcome", state.Outcome), slog.Time("due", state.Due))
	if failure, ok := errors.AsType[traced](failure); ok {
		log.ErrorContext(ctx, "a feed met a mistake in ringfence: please report it", slog.String("stack", feed.conceal(failure.Stack())))
	}
	switch result {
	case resultFailed:
		log.WarnContext(ctx, "a feed could not be brought up to date: what it brought stays as it is", slog.Int("failures", state.Failures))
	case resultChanged:
		log.InfoContext(ctx, "a feed was brought up to date", slog.String("batch", state.Batch), slog.Int64("rows", state.Rows))
	default:
		log.DebugContext(ctx, "a feed has not changed")
	}
}

// LeaseName is the name of the lease under which a feed is fetched, removed or
// replaced.
func LeaseName(feed string) string { return "feed:" + feed }
