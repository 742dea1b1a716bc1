package batch

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a bug of this program. It ends a batch like any error, so that the
// process continues to screen calls.
type PanicError struct {
	Value any
	stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("a bug in ringfence: %v; please report it", e.Value)
}

// Stack returns the stack trace of the panic.
func (e *PanicError) Stack() string { return string(e.stack) }

// recoverPanic calls work and returns a panic as a PanicError.
func recoverPanic(work func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, stack: debug.Stack()}
		}
	}()
	return work()
}
