package lab

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Output collects what a process writes, and lets others wait for a text in
// it. Of a very long output, only the last megabytes are kept.
type Output struct {
	tee io.Writer

	mu      sync.Mutex
	text    []byte
	changed chan struct{} // closed and replaced at each change
	ended   bool
	held    chan struct{} // closed when the output is read again; nil if it is
}

const (
	outputLimit = 8 << 20
	outputKept  = 4 << 20
)

var _ io.Writer = (*Output)(nil)

func newOutput(tee io.Writer) *Output {
	return &Output{tee: tee, changed: make(chan struct{})}
}

// Write adds to the output. It never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.held != nil {
		held := o.held
		o.mu.Unlock()
		<-held
		o.mu.Lock()
	}
	o.text = append(o.text, p...)
	if len(o.text) > outputLimit {
		o.text = append([]byte(nil), o.text[len(o.text)-outputKept:]...)
	}
	if o.tee != nil {
		_, _ = o.tee.Write(p) // the copy must not stop the process
	}
	close(o.changed)
	o.changed = make(chan struct{})
	return len(p), nil
}

// Hold reads no more of what the process writes, until Pass: once the pipe is
// full, the process waits when it writes.
func (o *Output) Hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held == nil {
		o.held = make(chan struct{})
	}
}

// Pass reads again.
func (o *Output) Pass() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held != nil {
		close(o.held)
		o.held = nil
	}
}

func (o *Output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	close(o.changed)
	o.changed = make(chan struct{})
}

// String returns what was written so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

// Count returns how often a text is in the output so far.
func (o *Output) Count(text string) int {
	return strings.Count(o.String(), text)
}

// Tail returns the last lines of the output.
func (o *Output) Tail(lines int) string {
	return lastLines(o.String(), lines)
}

// WaitFor waits up to half a minute until a text is in the output. It
// fails when the process ends without having written it.
func (o *Output) WaitFor(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, waitTimeout)
	defer cancel()
	for {
		o.mu.Lock()
		found := strings.Contains(string(o.text), text)
		ended, changed := o.ended, o.changed
		o.mu.Unlock()
		if found {
			return nil
		}
		if ended {
			return fmt.Errorf("wait for output %q: the process has ended; its last output:\n%s", text, o.Tail(10))
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for output %q: %w; its last output:\n%s", text, ctx.Err(), o.Tail(10))
		}
	}
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
