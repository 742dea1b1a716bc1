package notify

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// defaultPause is how long events are collected after a delivery.
	defaultPause = time.Minute
	// defaultInterval is how often a sink checks for events of other instances;
	// Wake announces those of this one.
	defaultInterval = 5 * time.Second
	// defaultRetry is the first pause after a failure, ± 50 %. Each further pause
	// is twice as long.
	defaultRetry = 5 * time.Second
	// defaultGrace is how long a delivery may take when the program stops. It is
	// less than the remaining time of a lease that is not renewed, so that no other
	// instance has begun the same delivery.
	defaultGrace = 5 * time.Second
	// longestRetry bounds the pauses between failed deliveries, ± 50 %.
	longestRetry = 10 * time.Minute
	// maxBatch is the largest number of events in a delivery.
	maxBatch = 100
	// maxAge is how long an event is retried.
	maxAge = 24 * time.Hour
	// maxCounted bounds the count of waiting events.
	maxCounted = 1000
	// savePause is the pause between attempts to save a cursor.
	savePause = time.Second
	// outboxTimeout bounds a request to the outbox.
	outboxTimeout = 5 * time.Second
)

// Config is what a Dispatcher works with. Metrics and the times are optional.
type Config struct {
	Outbox  Outbox
	Sinks   []Sink
	Log     *slog.Logger
	Now     func() time.Time
	Metrics *Metrics
	// Pause is how long events are collected after a delivery (1 min), Interval how
	// often a sink checks for events (5 s), Retry the first pause after a failure
	// (5 s), Grace how long a delivery may take when Run ends (5 s).
	Pause, Interval, Retry, Grace time.Duration
}

// Dispatcher delivers each event to each sink once, in order. An event is
// delivered twice only if a process or Redis dies before the cursor is saved, or
// if a delivery takes longer than the grace after Run. The first event is
// delivered at once. Those within the pause after it are delivered together, at
// most a hundred at a time.
//
// A failed delivery is retried with growing pauses until its events are a day
// old. Of several instances, one at a time delivers to a sink.
type Dispatcher struct{ workers []*worker }

// NewDispatcher returns a Dispatcher.
func NewDispatcher(config Config) *Dispatcher {
	config.Pause = cmp.Or(config.Pause, defaultPause)
	config.Interval = cmp.Or(config.Interval, defaultInterval)
	config.Retry = cmp.Or(config.Retry, defaultRetry)
	config.Grace = cmp.Or(config.Grace, defaultGrace)
	if config.Metrics == nil {
		config.Metrics = newMetrics()
	}
	d := &Dispatcher{}
	for _, sink := range config.Sinks {
		config.Metrics.begin(sink.Name())
		d.workers = append(d.workers, &worker{
			Config: config, sink: sink, name: sink.Name(), wake: make(chan struct{}, 1),
			log: config.Log.With(slog.String("sink", sink.Name()), slog.String("target", sink.Target())),
		})
	}
	return d
}

// Run delivers events until ctx ends. It may be called once.
func (d *Dispatcher) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, w := range d.workers {
		running.Go(func() { w.run(ctx) })
	}
	running.Wait()
}

// Wake announces a new event. It never blocks.
func (d *Dispatcher) Wake() {
	for _, w := range d.workers {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// LeaseName returns the name of the lease that a sink needs to deliver.
func LeaseName(sink string) string { return "notify:" + sink }

// worker delivers to one sink. Only run changes its fields.
type worker struct {
	Config
	sink Sink
	name string
	log  *slog.Logger
	wake chan struct{}
	// unsaved is the cursor that is not stored in the outbox yet, "" if there is none.
	unsaved string
	// failing says that the last read of the outbox failed.
	failing bool
}

func (w *worker) run(ctx context.Context) {
	for {
		err := w.deliverWaiting(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !w.failing:
			w.log.WarnContext(ctx, "the outbox cannot be read: events wait", slog.Any("error", err))
		case err == nil && w.failing:
			w.log.InfoContext(ctx, "the outbox can be read again")
		}
		w.failing = err != nil
		// At random, so that instances do not check at the same moment.
		timer := time.NewTimer(w.Interval/2 + rand.N(w.Interval)) //nolint:gosec // It is no secret.
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-w.wake:
		}
		timer.Stop()
	}
}

// deliverWaiting delivers all events that wait, and those that come meanwhile,
// unless another instance does.
func (w *worker) deliverWaiting(ctx context.Context) error {
	events, err := w.next(ctx)
	if err != nil || len(events) == 0 {
		return err
	}
	held, release, err := w.Outbox.Lease(ctx, LeaseName(w.name))
	if err != nil {
		w.log.DebugContext(ctx, "another instance delivers", slog.Any("error", err))
		return nil
	}
	defer release()
	defer w.waiting(0)
	under, cancel := outlast(ctx, held, w.Grace)
	defer cancel()
	for {
		some, err := w.deliverAll(under, held)
		if err != nil || !some {
			return err
		}
		// The lease is kept for the pause, so that no other instance delivers early.
		if !sleep(held, w.Pause) {
			return lost(ctx, held)
		}
	}
}

// lost returns why the lease was lost, nil if it ended with ctx.
func lost(ctx, held context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(held)
}

// outlast returns a context for deliveries. After the end of ctx it continues for
// grace, so that a delivery in progress can finish. It ends at once if the lease,
// held, is lost.
func outlast(ctx, held context.Context, grace time.Duration) (context.Context, func()) {
	under, cancel := context.WithCancelCause(context.WithoutCancel(held))
	stop := context.AfterFunc(held, func() {
		if ctx.Err() != nil {
			sleep(under, grace)
		}
		cancel(context.Cause(held))
	})
	return under, func() {
		stop()
		cancel(context.Canceled)
	}
}

// next returns the next events to deliver.
func (w *worker) next(ctx context.Context) ([]Event, error) {
	ctx, cancel := context.WithTimeout(ctx, outboxTimeout)
	defer cancel()
	if w.unsaved != "" {
		if err := w.Outbox.SetCursor(ctx, w.name, w.unsaved); err != nil {
			return nil, err
		}
		w.unsaved = ""
	}
	cursor, err := w.Outbox.Cursor(ctx, w.name)
	if err != nil {
		return nil, err
	}
	return w.Outbox.Events(ctx, cursor, maxBatch)
}

// deliverAll delivers until no event waits, and reports whether it delivered any.
// It begins no delivery after held has ended, and stops when ctx ends.
func (w *worker) deliverAll(ctx, held context.Context) (some bool, err error) {
	for held.Err() == nil {
		events, err := w.next(ctx)
		if err != nil {
			return some, err
		}
		if len(events) == 0 {
			w.waiting(0)
			return some, nil
		}
		if err := w.deliver(ctx, held, events); err != nil {
			return some, err
		}
		some = true
	}
	return some, nil
}

// deliver retries until the sink has accepted the events, or they are too old. It
// returns an error if ctx or held ends before.
func (w *worker) deliver(ctx, held context.Context, events []Event) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = w.Retry, 2, longestRetry
	for {
		if events = w.dropOld(ctx, events); len(events) == 0 {
			return nil
		}
		w.measure(ctx, events)
		answer, err := w.attempt(ctx, Delivery{Version: Version, Events: events})
		if err == nil {
			w.log.InfoContext(ctx, "events delivered", slog.Int("events", len(events)), slog.String("answer", answer))
			w.Metrics.delivered.WithLabelValues(w.name).Add(float64(len(events)))
			w.save(ctx, events[len(events)-1].ID)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.Metrics.failures.WithLabelValues(w.name).Inc()
		pause := max(pauses.NextBackOff(), pauseAfter(err))
		w.log.WarnContext(ctx, "delivery failed: it will be retried",
			slog.Int("events", len(events)), slog.Duration("pause", pause), slog.Any("error", err))
		if !sleep(held, pause) {
			return context.Cause(held)
		}
	}
}

// attempt delivers once. A panic of the sink is an error.
func (w *worker) attempt(ctx context.Context, delivery Delivery) (answer string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			w.log.ErrorContext(ctx, "a sink panicked", slog.Any("cause", cause), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return w.sink.Deliver(ctx, delivery)
}

// dropOld drops events that are too old.
func (w *worker) dropOld(ctx context.Context, events []Event) []Event {
	old := 0
	for old < len(events) && w.Now().Sub(events[old].added()) > maxAge {
		old++
	}
	if old > 0 {
		w.log.ErrorContext(ctx, "events lost: the sink has failed for a day",
			slog.Int("events", old), slog.Time("from", events[0].Time), slog.Time("to", events[old-1].Time))
		w.Metrics.lost.WithLabelValues(w.name).Add(float64(old))
		w.save(ctx, events[old-1].ID)
	}
	return events[old:]
}

// save stores the cursor. It retries until ctx ends; then next stores the cursor.
func (w *worker) save(ctx context.Context, id string) {
	w.unsaved = id
	for {
		attempt, cancel := context.WithTimeout(ctx, outboxTimeout)
		err := w.Outbox.SetCursor(attempt, w.name, id)
		cancel()
		if err == nil {
			w.unsaved = ""
			return
		}
		if !sleep(ctx, savePause) {
			return
		}
	}
}

// measure updates the metric of waiting events, including those of this delivery.
func (w *worker) measure(ctx context.Context, events []Event) {
	ctx, cancel := context.WithTimeout(ctx, outboxTimeout)
	defer cancel()
	more, err := w.Outbox.Events(ctx, events[len(events)-1].ID, maxCounted)
	if err == nil {
		w.waiting(len(events) + len(more))
	}
}

func (w *worker) waiting(n int) { w.Metrics.waiting.WithLabelValues(w.name).Set(float64(n)) }

// sleep returns true after the pause, and false as soon as ctx ends.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
