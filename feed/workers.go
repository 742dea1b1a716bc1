package feed

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
)

// workers is the maximum number of concurrent fetches: a slow server does not delay
// other feeds, and many feeds do not use the whole bandwidth.
const workers = 4

// begin marks a feed as busy, and reports whether it was not.
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

// refreshDue fetches a feed when there is a slot for it.
func (r *Runner) refreshDue(ctx context.Context, name string) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return
	}
	if _, err := r.refresh(ctx, name, false); err != nil && ctx.Err() == nil {
		// It was logged, or another instance fetches the feed and logs it.
		r.config.Log.DebugContext(ctx, "a feed was not refreshed", slog.String("feed", name), slog.Any("error", err))
	}
}

// panicError is a bug of this program that a feed caused.
type panicError struct{ stack string }

// Error does not show the value of the panic, which may be text of a file.
func (e *panicError) Error() string { return "a bug in ringfence: please report it" }

// Stack returns the stack trace.
func (e *panicError) Stack() string { return e.stack }

// traced is an error with a stack trace.
type traced interface {
	error
	Stack() string
}

// recoverPanic turns a panic into an error, so that a feed cannot end the process that screens
// calls. Use it with defer.
func recoverPanic(err *error) {
	if recover() != nil {
		*err = &panicError{string(debug.Stack())}
	}
}

// withoutValue returns an error with a stack trace as a panicError, and other errors
// unchanged.
func withoutValue(err error) error {
	if mistake, ok := errors.AsType[traced](err); ok {
		return &panicError{mistake.Stack()}
	}
	return err
}
