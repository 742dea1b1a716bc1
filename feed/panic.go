package feed

import (
	"fmt"
	"runtime/debug"
)

// panicError is a mistake in this program that a feed brought to light.
type panicError struct {
	value any
	stack string
}

func (e *panicError) Error() string {
	return fmt.Sprintf("a mistake in ringfence: %v; please report it", e.value)
}

// Stack tells where it happened.
func (e *panicError) Stack() string { return e.stack }

// traced is an error that tells where in the program it comes from.
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
