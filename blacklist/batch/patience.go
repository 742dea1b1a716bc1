package batch

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/ringfence/ringfence/blacklist"
)

// The pauses between attempts while the store is out of reach.
const (
	firstPause = 100 * time.Millisecond
	longPause  = 3 * time.Second
)

// DefaultPatience is how long an outage of the store may take, such as a
// replica's way to become the primary.
const DefaultPatience = 60 * time.Second

// patient repeats what fails while the store is out of reach for a moment. It
// is safe for concurrent use.
type patient struct {
	engine *Engine
	lease  *tenure
	// disturbed says that something had to be repeated.
	disturbed atomic.Bool
}

// do carries out an operation, and repeats it while that may help. The
// operation has to bear being repeated after a part of it, or all, was done.
func (p *patient) do(ctx context.Context, operation func(context.Context) error) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := p.lease.hold()
		if err == nil {
			err = operation(ctx)
		}
		if err != nil && !p.engine.passes(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(p.pauses()), backoff.WithMaxElapsedTime(p.engine.patience()), backoff.WithNotify(p.wait))
	return err
}

func (p *patient) pauses() backoff.BackOff {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = firstPause, longPause
	return pauses
}

func (p *patient) wait(err error, pause time.Duration) {
	p.disturbed.Store(true)
	if p.engine.Waiting != nil {
		p.engine.Waiting(err, pause)
	}
}

// listings yields the lines of the list; where the reading breaks off, it is
// taken up again.
func (p *patient) listings(ctx context.Context) iter.Seq2[blacklist.Listing, error] {
	return func(yield func(blacklist.Listing, error) bool) {
		last, over := "", false
		for !over {
			// Patience begins anew with each line that was read.
			var broken error
			err := p.do(ctx, func(ctx context.Context) error {
				from := last
				for line, err := range p.engine.List.Listings(ctx) {
					if err != nil && last > from && p.engine.passes(err) {
						broken = err
						return nil
					}
					if err != nil {
						return err
					}
					if key := line.Rule.String(); key > last {
						last = key
						if over = !yield(line, nil); over {
							return nil
						}
					}
				}
				over = true
				return nil
			})
			switch {
			case err != nil && !over:
				yield(blacklist.Listing{}, err)
				return
			case broken != nil:
				p.wait(broken, 0)
			}
		}
	}
}

// tenure is a lease that is taken anew if it was lost while the store was out
// of reach.
type tenure struct {
	mu   sync.Mutex
	take LeaseFunc
	// whole is the context of the batch: the lease outlasts the part of the
	// work that happens to take it.
	whole   context.Context
	name    string
	held    context.Context
	release func()
}

// hold makes sure that the lease is held.
func (t *tenure) hold() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.take == nil || t.held != nil && t.held.Err() == nil {
		return nil
	}
	t.giveBack()
	held, release, err := t.take(t.whole, t.name)
	if err != nil {
		return err
	}
	t.held, t.release = held, release
	return nil
}

func (t *tenure) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.giveBack()
}

func (t *tenure) giveBack() {
	if t.release != nil {
		t.release()
	}
	t.held, t.release = nil, nil
}
