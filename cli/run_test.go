package cli

import (
	"errors"
	"fmt"
	"testing"
)

func TestExitCode(t *testing.T) {
	for want, err := range map[int]error{
		exitDone: nil, exitFailed: errors.New("x"), exitUsage: fmt.Errorf("a: %w", usagef("x")), exitNo: fmt.Errorf("a: %w", errNo),
	} {
		if got := exitCode(err); got != want {
			t.Errorf("exitCode(%v) = %d, want %d", err, got, want)
		}
	}
}
