package feed

import (
	"context"
	"log/slog"
)

// workers is how many feeds are fetched at a time: one whose server is slow
// keeps no other waiting, and many don't fill the line.
const workers = 4

// begin reports whether a feed isn't being fetched, and notes that it is now.
func (r *Runner) begin(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[name] {
		return false
	}
	r.busy[name] = true
	return true
}

func (r *Runner) end(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, name)
}

// bringUpToDate fetches a feed once there is a slot for it.
func (r *Runner) bringUpToDate(ctx context.Context, name string) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return
	}
	if _, err := r.refresh(ctx, name, false); err != nil && ctx.Err() == nil {
		// It has been told, or is another's to tell: this instance came second.
		r.config.Log.DebugContext(ctx, "a feed was not brought up to date", slog.String("feed", name), slog.Any("error", err))
	}
}
