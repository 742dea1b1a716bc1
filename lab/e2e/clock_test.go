package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// clockVariable names a file. A process of these tests that has it is the
// program, with a clock that the file moves.
const clockVariable = "LAB_CLOCK"

// movedClock returns the true time and the span in the file, as
// time.ParseDuration reads it.
func movedClock(file string) func() time.Time {
	return func() time.Time {
		text, err := os.ReadFile(file)
		if err != nil {
			return time.Now()
		}
		moved, err := time.ParseDuration(string(text))
		if err != nil {
			panic(err)
		}
		return time.Now().Add(moved)
	}
}

// withMovedClock gives a system's program a clock that moveClock moves.
func withMovedClock(t *testing.T) option {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "clock")
	return func(_ *lab.AsteriskOptions, service *lab.ServiceOptions) {
		service.Program = program
		service.Env = append(service.Env, clockVariable+"="+file)
	}
}

// moveClock sets the clock of the service and of its command line to a time,
// from where it continues.
func (h *system) moveClock(t *testing.T, to time.Time) {
	t.Helper()
	var file string
	for _, variable := range h.service.Env() {
		if value, found := strings.CutPrefix(variable, clockVariable+"="); found {
			file = value
		}
	}
	next := file + ".next"
	if err := os.WriteFile(next, []byte(time.Until(to).String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, file); err != nil {
		t.Fatal(err)
	}
}

// clock is the time by Ringfence's clock.
func (h *system) clock() time.Time {
	for _, variable := range h.service.Env() {
		if file, found := strings.CutPrefix(variable, clockVariable+"="); found {
			return movedClock(file)()
		}
	}
	return time.Now()
}
