package serve

import (
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// queuedLog is how many bytes of the log wait at most until they are written.
	queuedLog = 1 << 20
	// gatherLog is how long lines are gathered to be written together: with
	// hundreds of calls per second, each write would cost as much as a lookup.
	gatherLog = 20 * time.Millisecond
	// flushTimeout bounds the wait for the last lines when serve ends.
	flushTimeout = time.Second
)

// logQueue writes the log in a goroutine of its own, so that no call waits for a
// terminal, a pipe or a disk that takes no lines. Lines that find no place are
// dropped and counted.
type logQueue struct {
	out     io.Writer
	dropped prometheus.Counter
	// onDropped is called with the number of lines that were dropped, once lines
	// are written again.
	onDropped func(lines int)

	mu      sync.Mutex
	waiting []byte
	missing int
	// lost is when a line was dropped last.
	lost time.Time
	now  func() time.Time

	wake, end chan struct{}
	ended     chan struct{}
}

func newLogQueue(out io.Writer, now func() time.Time) *logQueue {
	return &logQueue{
		out: out, now: now, onDropped: func(int) {}, wake: make(chan struct{}, 1), end: make(chan struct{}), ended: make(chan struct{}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringfence_log_lines_dropped_total",
			Help: "Lines of the log that were dropped because they could not be written in time.",
		}),
	}
}

// Write queues a line. It never fails.
func (q *logQueue) Write(line []byte) (int, error) {
	q.mu.Lock()
	if len(q.waiting)+len(line) > queuedLog {
		q.missing++
		q.lost = q.now()
		q.dropped.Inc()
	} else {
		q.waiting = append(q.waiting, line...)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return len(line), nil
}

// lastDropped returns when a line was dropped last, zero for never.
func (q *logQueue) lastDropped() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}

// run writes lines until close, and then those that still wait.
func (q *logQueue) run() {
	defer close(q.ended)
	var lines []byte
	for ending := false; !ending; {
		select {
		case <-q.wake:
			ending = q.gather()
		case <-q.end:
			ending = true
		}
		lines = q.write(lines)
	}
	q.write(lines)
}

// gather lets more lines come, and reports whether the queue is closed.
func (q *logQueue) gather() (closed bool) {
	timer := time.NewTimer(gatherLog)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-q.end:
		return true
	}
}

// write writes what waits, and returns its memory for the next time. Spare is the
// memory that is used meanwhile.
func (q *logQueue) write(spare []byte) []byte {
	q.mu.Lock()
	lines, missing := q.waiting, q.missing
	q.waiting, q.missing = spare[:0], 0
	q.mu.Unlock()
	if len(lines) > 0 {
		_, _ = q.out.Write(lines) // there is no other place to report a failure
	}
	if missing > 0 {
		q.onDropped(missing)
	}
	return lines
}

// close writes what waits. It gives up after flushTimeout.
func (q *logQueue) close() {
	close(q.end)
	select {
	case <-q.ended:
	case <-time.After(flushTimeout):
	}
}
