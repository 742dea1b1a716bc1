package serve

import (
	"context"
	"log/slog"
	"time"
)

// sweepInterval is how often what has expired is cleared off the list's index.
const sweepInterval = time.Minute

// sweeper clears away what the store tells of entries that have expired.
type sweeper interface {
	Sweep(ctx context.Context) (expired int, err error)
}

// sweep clears the list at once and then regularly, until ctx ends. It first
// brings a list of an older version up to date. A fault is told when it begins
// and when it is over.
func sweep(ctx context.Context, list sweeper, interval time.Duration, log *slog.Logger) {
	failing := false
	for {
		switch _, err := list.Sweep(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			log.WarnContext(ctx, "the list is not cleared of what has expired", slog.Any("error", err))
			failing = true
		case err == nil && failing:
			log.InfoContext(ctx, "the list is cleared of what has expired again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
	}
}
