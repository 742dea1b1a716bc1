package serve

import (
	"context"
	"log/slog"
	"time"
)

// sweepInterval is how often expired entries are deleted from the list's index.
const sweepInterval = time.Minute

// sweeper deletes expired entries from the list's index.
type sweeper interface {
	Sweep(ctx context.Context) (expired int, err error)
}

// sweep deletes expired entries at once and then regularly, until ctx ends. The
// first run also updates a list of an older version. A failure is logged when it
// begins and when it ends.
func sweep(ctx context.Context, list sweeper, interval time.Duration, log *slog.Logger) {
	failing := false
	for {
		switch _, err := list.Sweep(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			log.WarnContext(ctx, "expired entries cannot be deleted", slog.Any("error", err))
			failing = true
		case err == nil && failing:
			log.InfoContext(ctx, "expired entries are deleted again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
	}
}
