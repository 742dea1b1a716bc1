// Package retry repeats what fails for a moment.
package retry

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// ErrUnreachable is wrapped by every failure to reach a server, a missed
// deadline included: another attempt may succeed.
var ErrUnreachable = errors.New("unreachable")

// Policy says what is repeated, and for how long.
type Policy struct {
	// Retryable reports whether an error may pass; nil takes all errors for good.
	Retryable func(error) bool
	// First is the pause after the first failure. Pauses grow up to Longest.
	First, Longest time.Duration
	// Total is how long an operation may take with all its repetitions; 0 stands
	// for any time.
	Total time.Duration
	// OnRetry, if not nil, hears of every error that is repeated, and the pause.
	OnRetry func(err error, pause time.Duration)
}

// Do carries out an operation, and repeats it while its error may pass. The
// operation has to bear being repeated after a part of it, or all, was done. Do
// returns the last error; it ends early when ctx does.
func (p Policy) Do(ctx context.Context, operation func(context.Context) error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = p.First, p.Longest
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := operation(ctx)
		if err != nil && (p.Retryable == nil || !p.Retryable(err)) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(p.Total), backoff.WithNotify(func(err error, pause time.Duration) {
		if p.OnRetry != nil {
			p.OnRetry(err, pause)
		}
	}))
	return err
}
