// Package retry repeats operations that fail for a short time.
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

// Policy says which errors are retried, and for how long.
type Policy struct {
	// Retryable reports whether an error is temporary; nil means that none is.
	Retryable func(error) bool
	// First is the pause after the first failure, ± 50 %. Pauses grow up to
	// Longest, ± 50 %.
	First, Longest time.Duration
	// Total bounds the time from the first attempt to the last one; 0 means no
	// limit.
	Total time.Duration
	// OnRetry, if not nil, is called with every error that is retried, and the
	// pause before the next attempt.
	OnRetry func(err error, pause time.Duration)
}

// Do runs an operation and retries it while its error is temporary. The operation
// must be safe to repeat even if a part of it, or all, was done. Do returns the
// last error, or the cause of ctx's end if ctx ends during a pause.
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
