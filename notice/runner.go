package notice

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"
)

// Store is where notices are kept, and how far each channel has come.
type Store interface {
	// Notices returns the notices after the one with the given id, in their
	// order, limit at the most.
	Notices(ctx context.Context, after string, limit int) ([]Notice, error)
	// Told returns the id of the last notice that a channel has told. A channel
	// that is new begins after the last notice that there is.
	Told(ctx context.Context, channel string) (id string, err error)
	// SaveTold keeps the id of the last notice that a channel has told. It never
	// goes back.
	SaveTold(ctx context.Context, channel, id string) error
	// Lease makes sure that one process at a time does what has this name. The
	// context that it returns ends when that is not sure any more; its cause
	// tells why.
	Lease(ctx context.Context, name string) (held context.Context, release func(), err error)
}

const (
	// defaultPause is the least time between what is told of one listing and of
	// the next ones.
	defaultPause = time.Minute
	// defaultInterval is how often a channel looks for notices that other
	// instances have made; of those of its own it is told.
	defaultInterval = 5 * time.Second
	// defaultRetry is the first pause after a failure, before chance halves it or
	// adds a half. The next ones are twice as long each.
	defaultRetry = 5 * time.Second
	// defaultGrace is how long a delivery under way may take when the program
	// ends. Lest another instance begins with it, that is less than what is
	// left of a lease that nobody renews.
	defaultGrace = 5 * time.Second
	// largest is how many listings are told at once.
	largest = 100
	// longest is how long it is tried to tell of a listing.
	longest = 24 * time.Hour
)

// Config is what a Runner works with. Nothing but Metrics and the times may be
// left out.
type Config struct {
	Store    Store
	Channels []Channel
	Log      *slog.Logger
	Now      func() time.Time
	Metrics  *Metrics
	// Pause is how long listings are gathered after one was told, Interval how
	// often it is looked for them, Retry the first pause after a failure, Grace
	// what a delivery has left when Run ends; 0 stands for a minute, and for five
	// seconds.
	Pause, Interval, Retry, Grace time.Duration
}

// Runner tells of listings by all channels. Each listing is told once a
// channel, unless a process or Redis dies between its delivery and the note of
// it, or a delivery outlasts the end of Run and its grace: then twice. The first
// one is told at once. Those that come while the
// pause after it lasts are told together, by the hundred.
//
// A channel that fails is tried again after pauses that grow, until a listing
// is a day old. Of several instances, one at a time delivers by a channel.
type Runner struct{ couriers []*courier }

// NewRunner returns a Runner.
func NewRunner(config Config) *Runner {
	config.Pause = cmp.Or(config.Pause, defaultPause)
	config.Interval = cmp.Or(config.Interval, defaultInterval)
	config.Retry = cmp.Or(config.Retry, defaultRetry)
	config.Grace = cmp.Or(config.Grace, defaultGrace)
	if config.Metrics == nil {
		config.Metrics = newMetrics()
	}
	r := &Runner{}
	for _, channel := range config.Channels {
		config.Metrics.begin(channel.Name())
		r.couriers = append(r.couriers, &courier{
			Config: config, channel: channel, name: channel.Name(), wake: make(chan struct{}, 1),
			log: config.Log.With(slog.String("channel", channel.Name()), slog.String("target", channel.Target())),
		})
	}
	return r
}

// Run delivers notices until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, c := range r.couriers {
		running.Go(func() { c.run(ctx) })
	}
	running.Wait()
}

// Wake says that there is a new notice. It never blocks.
func (r *Runner) Wake() {
	for _, c := range r.couriers {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}
