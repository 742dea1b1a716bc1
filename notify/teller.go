package notify

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/ringfence/ringfence/blacklist"
)

// Listings is where rate rules have listed callers.
type Listings interface {
	// TellListing records a listing and makes a notice of it, unless another
	// has done so: then it does nothing. While another does so, it returns
	// ErrTelling. It may be asked again.
	TellListing(ctx context.Context, rule blacklist.Rule) error
}

// ErrTelling means that another tells of a listing. It may die in the middle of
// it: ask again later.
var ErrTelling = errors.New("another tells of it")

const (
	// defaultQueue is how many listings wait to be recorded at the most.
	defaultQueue = 10_000
	// The pauses between attempts that fail.
	firstRetry         = 500 * time.Millisecond
	longestTellerRetry = 30 * time.Second
	// closeTimeout bounds the last attempts when the program ends.
	closeTimeout = 2 * time.Second
)

// TellerConfig is what a Teller works with. Nothing but Metrics, Told and Queue
// may be left out.
type TellerConfig struct {
	Listings Listings
	Log      *slog.Logger
	Metrics  *Metrics
	// Told is called after a listing was told. It must not block.
	Told func()
	// Queue is how many listings wait at the most; 0 stands for 10,000.
	Queue int
}

// Teller takes listings off the path of the calls that have led to them. It is
// safe for concurrent use.
type Teller struct {
	TellerConfig

	mu sync.Mutex
	// queue holds the rules in their order, the one in hand included; waiting
	// holds the same.
	queue   []blacklist.Rule
	waiting map[blacklist.Rule]bool
	full    bool
	wake    chan struct{}
}

// NewTeller returns a Teller. Run must be called for anything to be told.
func NewTeller(config TellerConfig) *Teller {
	config.Queue = cmp.Or(config.Queue, defaultQueue)
	if config.Metrics == nil {
		config.Metrics = newMetrics()
	}
	if config.Told == nil {
		config.Told = func() {}
	}
	return &Teller{TellerConfig: config, waiting: make(map[blacklist.Rule]bool), wake: make(chan struct{}, 1)}
}

// Tell takes the rule of an entry that is to be told. It never blocks. What
// waits already is not told twice; when the queue is full, the listing is left
// to the caller's next call.
func (t *Teller) Tell(rule blacklist.Rule) {
	t.mu.Lock()
	known := t.waiting[rule]
	full := !known && len(t.queue) >= t.Queue
	first := full && !t.full
	if !known && !full {
		t.queue = append(t.queue, rule)
		t.waiting[rule] = true
	}
	t.full = full
	t.mu.Unlock()
	if full {
		t.Metrics.dropped.Inc()
		if first {
			t.Log.Error("listings by rate rules are not recorded: too many wait for the store", slog.Int("limit", t.Queue))
		}
		return
	}
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// Waiting returns how many listings have not been told yet.
func (t *Teller) Waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.queue)
}

// Run tells listings until ctx ends, then tries once more for what is left.
func (t *Teller) Run(ctx context.Context) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = firstRetry, 2, longestTellerRetry
	failing := false
	for ctx.Err() == nil {
		rule, waits := t.first()
		if !waits {
			select {
			case <-ctx.Done():
			case <-t.wake:
			}
			continue
		}
		err := t.tell(ctx, rule, outboxTimeout)
		if err == nil {
			pauses.Reset()
		}
		fails := err != nil && !errors.Is(err, ErrTelling)
		switch {
		case failing && !fails:
			t.Log.InfoContext(ctx, "listings by rate rules are recorded again")
		case fails && !failing && ctx.Err() == nil:
			t.Log.WarnContext(ctx, "listings by rate rules wait for the store", slog.Int("waiting", t.Waiting()), slog.Any("error", err))
		}
		failing = fails
		if err != nil {
			sleep(ctx, pauses.NextBackOff())
		}
	}
	t.finish(context.WithoutCancel(ctx))
}

// finish tries each that is left once, as long as it works. What another tells
// is left to it.
func (t *Teller) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	for range t.Waiting() {
		rule, waits := t.first()
		if !waits {
			return
		}
		if err := t.tell(ctx, rule, closeTimeout); err != nil && !errors.Is(err, ErrTelling) {
			t.Log.WarnContext(ctx, "listings by rate rules are not recorded at the end: the callers' next calls try again",
				slog.Int("waiting", t.Waiting()), slog.Any("error", err))
			return
		}
	}
}

// tell tells one listing. If that fails, it goes to the end of the queue, lest
// it holds up others.
func (t *Teller) tell(ctx context.Context, rule blacklist.Rule, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := t.Listings.TellListing(ctx, rule)
	t.mu.Lock()
	t.queue = t.queue[1:]
	if err != nil {
		t.queue = append(t.queue, rule)
	} else {
		delete(t.waiting, rule)
	}
	t.mu.Unlock()
	if err == nil {
		t.Told()
	}
	return err
}

func (t *Teller) first() (rule blacklist.Rule, waits bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		return blacklist.Rule{}, false
	}
	return t.queue[0], true
}
