package serve

import (
	"context"
	"log/slog"
	"time"
)

// cleanUpInterval is how often expired entries and old call records are deleted.
const cleanUpInterval = time.Minute

// sweeper deletes expired entries, and the call records that the settings do not
// retain.
type sweeper interface {
	Sweep(ctx context.Context) (expired int, err error)
}

// cleanUp deletes expired entries and old call records at once and then
// regularly, until ctx ends. A failure is logged when it begins and when it ends.
func cleanUp(ctx context.Context, data sweeper, interval time.Duration, log *slog.Logger) {
	failing := false
	for {
		switch _, err := data.Sweep(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			log.WarnContext(ctx, "not all expired entries and old call records can be deleted", slog.Any("error", err))
			failing = true
		case err == nil && failing:
			log.InfoContext(ctx, "all expired entries and old call records are deleted again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(interval):
		}
	}
}
