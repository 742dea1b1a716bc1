package retry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/retry"
)

var (
	errTemporary = errors.New("temporary")
	errPermanent = errors.New("permanent")
)

// Whatever an operation returns, Do retries temporary errors alone, reports each
// of them, and keeps every pause and the total time within the policy's limits.
func TestPolicy_Do(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		results := rapid.SliceOfN(rapid.SampledFrom([]error{errTemporary, errTemporary, errTemporary, errPermanent, nil}), 1, 20).Draw(rt, "results")
		first := time.Duration(rapid.IntRange(1, 1000).Draw(rt, "first in ms")) * time.Millisecond
		longest := first * time.Duration(rapid.IntRange(1, 20).Draw(rt, "longest / first"))
		total := time.Duration(rapid.IntRange(0, 20).Draw(rt, "total in s")) * time.Second
		end := time.Duration(rapid.IntRange(1, 60).Draw(rt, "end of ctx in s")) * time.Second
		synctest.Test(t, func(*testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), end)
			defer cancel()
			began := time.Now()
			attempts, reported := 0, 0
			var last error
			err := retry.Policy{
				Retryable: func(err error) bool { return errors.Is(err, errTemporary) },
				First:     first, Longest: longest, Total: total,
				OnRetry: func(err error, pause time.Duration) {
					reported++
					if !errors.Is(err, errTemporary) {
						rt.Errorf("%v is retried", err)
					}
					if pause < first/2 || pause > longest*3/2+1 {
						rt.Errorf("a pause of %s, want %s to %s", pause, first/2, longest*3/2)
					}
				},
			}.Do(ctx, func(context.Context) error {
				last = results[min(attempts, len(results)-1)]
				attempts++
				return last
			})
			took := time.Since(began)
			retries := attempts - 1
			switch {
			case errors.Is(err, context.DeadlineExceeded):
				// The end of ctx may come in the pause after an attempt.
				if took != end || !errors.Is(last, errTemporary) || reported < retries || reported > retries+1 {
					rt.Errorf("ended by ctx after %s with %v, %d attempts and %d reports", took, last, attempts, reported)
				}
			case !errors.Is(err, last) || reported != retries:
				rt.Errorf("got %v after %v, %d attempts and %d reports", err, last, attempts, reported)
			case errors.Is(err, errTemporary) && total == 0:
				rt.Error("a temporary error is returned although there is no limit")
			}
			if total > 0 && took > total {
				rt.Errorf("it took %s, at most %s is allowed", took, total)
			}
			if took > end {
				rt.Errorf("it took %s, ctx ended after %s", took, end)
			}
		})
	})
}

// Without Retryable, no error is retried.
func TestPolicy_DoOnce(t *testing.T) {
	t.Parallel()
	attempts := 0
	err := retry.Policy{First: time.Hour, Longest: time.Hour}.Do(t.Context(), func(context.Context) error {
		attempts++
		return errTemporary
	})
	if attempts != 1 || !errors.Is(err, errTemporary) {
		t.Errorf("%d attempts, %v", attempts, err)
	}
}
