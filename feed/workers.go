package feed

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
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
		// It has been logged, or another instance is at it and logs it.
		r.config.Log.DebugContext(ctx, "a feed was not brought up to date", slog.String("feed", name), slog.Any("error", err))
	}
}

// panicError is a mistake in this program that a feed brought to light.
type panicError struct {
	value any
	stack string
}

func (e *panicError) Error() string {
	return fmt.Sprintf("a mistake in ringfence: %v; please report it", e.value)
}

// Stack returns where it happened.
func (e *panicError) Stack() string { return e.stack }

// traced is an error that knows where in the program it comes from.
type traced interface {
	error
	Stack() string
}

// recovered makes an error of a panic: what others publish must not take down
// the process that screens calls. It is deferred.
func recovered(err *error) {
	if value := recover(); value != nil {
		*err = &panicError{value, string(debug.Stack())}
	}
}
