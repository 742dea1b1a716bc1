package notice

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// longestRetryPause bounds the pauses between deliveries that fail, before
	// chance adds a half.
	longestRetryPause = 10 * time.Minute
	// savePause is the pause between attempts to note what was told.
	savePause = time.Second
	// storeTimeout bounds a question to the store.
	storeTimeout = 5 * time.Second
	// mostCounted bounds how far it is counted what waits.
	mostCounted = 1000
)

// courier delivers by one channel. Only Run touches what changes.
type courier struct {
	Config
	channel Channel
	name    string
	log     *slog.Logger
	wake    chan struct{}
	// told is the last notice that was told, "" once the store knows.
	told string
	// failing says that the last look into the store failed.
	failing bool
}

// run looks for notices until ctx ends.
func (c *courier) run(ctx context.Context) {
	for {
		err := c.look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !c.failing:
			c.log.WarnContext(ctx, "notices wait for the store", slog.Any("error", err))
		case err == nil && c.failing:
			c.log.InfoContext(ctx, "notices are looked for again")
		}
		c.failing = err != nil
		// Several instances don't look at the same moment.
		timer := time.NewTimer(c.Interval/2 + rand.N(c.Interval)) //nolint:gosec // Nobody gains by guessing it.
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-c.wake:
		}
		timer.Stop()
	}
}

// look delivers all that waits, and what comes meanwhile, unless another
// instance does.
func (c *courier) look(ctx context.Context) error {
	batch, err := c.next(ctx)
	if err != nil || len(batch) == 0 {
		return err
	}
	held, release, err := c.Store.Lease(ctx, LeaseName(c.name))
	if err != nil {
		// It is in the hands of another, or the store fails as it did not just now.
		c.log.DebugContext(ctx, "notices are left to another", slog.Any("error", err))
		return nil
	}
	defer release()
	defer c.waiting(0)
	under, cancel := outlast(ctx, held, c.Grace)
	defer cancel()
	for {
		some, err := c.deliverAll(under, held)
		if err != nil || !some {
			return err
		}
		// Whoever else looks meanwhile finds the lease held.
		if !sleep(held, c.Pause) {
			return lost(ctx, held)
		}
	}
}

// LeaseName is the name of the lease under which a channel delivers.
func LeaseName(channel string) string { return "notice:" + channel }

// lost returns why the lease was lost, nil if it ended with ctx.
func lost(ctx, held context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(held)
}

// outlast returns a context for what is under way when ctx ends: it has grace
// to finish. If held ends before that, the lease is lost, and so is it.
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

// next returns the notices that have not been told, as many as are told at once.
func (c *courier) next(ctx context.Context) ([]Notice, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if c.told != "" {
		if err := c.Store.SaveTold(ctx, c.name, c.told); err != nil {
			return nil, err
		}
		c.told = ""
	}
	after, err := c.Store.Told(ctx, c.name)
	if err != nil {
		return nil, err
	}
	return c.Store.Notices(ctx, after, largest)
}

// deliverAll delivers until nothing waits, and reports whether there was
// anything. It begins nothing once held has ended, and abandons what it does
// when ctx ends.
func (c *courier) deliverAll(ctx, held context.Context) (some bool, err error) {
	for held.Err() == nil {
		batch, err := c.next(ctx)
		if err != nil {
			return some, err
		}
		if len(batch) == 0 {
			c.waiting(0)
			return some, nil
		}
		if err := c.deliver(ctx, held, batch); err != nil {
			return some, err
		}
		some = true
	}
	return some, nil
}

// deliver delivers until it works, or the notices are too old. An error is why
// it was abandoned before.
func (c *courier) deliver(ctx, held context.Context, batch []Notice) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier, pauses.MaxInterval = c.Retry, 2, longestRetryPause
	for {
		if batch = c.drop(ctx, batch); len(batch) == 0 {
			return nil
		}
		c.measure(ctx, batch)
		err := c.channel.Deliver(ctx, Delivery{Version: Version, Listings: batch})
		if err == nil {
			c.log.InfoContext(ctx, "listings were told", slog.Int("listings", len(batch)))
			c.Metrics.delivered.WithLabelValues(c.name).Add(float64(len(batch)))
			c.save(ctx, batch[len(batch)-1].ID)
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c.Metrics.failures.WithLabelValues(c.name).Inc()
		pause := max(pauses.NextBackOff(), leaveAlone(err))
		c.log.WarnContext(ctx, "listings could not be told: it is tried again",
			slog.Int("listings", len(batch)), slog.Duration("pause", pause), slog.Any("error", err))
		if !sleep(held, pause) {
			return context.Cause(held)
		}
	}
}

// drop gives up those of the notices that are too old.
func (c *courier) drop(ctx context.Context, batch []Notice) []Notice {
	old := 0
	for old < len(batch) && c.Now().Sub(batch[old].added()) > longest {
		old++
	}
	if old > 0 {
		c.log.ErrorContext(ctx, "notices are lost: the channel has not taken them for a day",
			slog.Int("listings", old), slog.Time("from", batch[0].Time), slog.Time("to", batch[old-1].Time))
		c.Metrics.lost.WithLabelValues(c.name).Add(float64(old))
		c.save(ctx, batch[old-1].ID)
	}
	return batch[old:]
}

// save notes what was told, until the store takes it or ctx ends. Then the
// note waits for the next look, so that nothing is told twice.
func (c *courier) save(ctx context.Context, id string) {
	c.told = id
	for {
		attempt, cancel := context.WithTimeout(ctx, storeTimeout)
		err := c.Store.SaveTold(attempt, c.name, id)
		cancel()
		if err == nil {
			c.told = ""
			return
		}
		if !sleep(ctx, savePause) {
			return
		}
	}
}

// measure shows how many notices wait, those in hand included.
func (c *courier) measure(ctx context.Context, batch []Notice) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	more, err := c.Store.Notices(ctx, batch[len(batch)-1].ID, mostCounted)
	if err == nil {
		c.waiting(len(batch) + len(more))
	}
}

func (c *courier) waiting(n int) { c.Metrics.waiting.WithLabelValues(c.name).Set(float64(n)) }

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
