package batch

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a mistake in this program that some file or data brought to
// light. It ends a batch as any error does: calls are screened by the same
// process.
type PanicError struct {
	Value any
	stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("a mistake in ringfence: %v; please report it", e.Value)
}

// Stack tells where it happened.
func (e *PanicError) Stack() string { return string(e.stack) }

// guarded calls what may panic, and returns that as a PanicError.
func guarded(work func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, stack: debug.Stack()}
		}
	}()
	return work()
}
