package calllog

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Batch are records that are written at once. A writer sends a batch again, the
// very same, until it knows that it was written: an Appender that has written a
// batch of this number, or a later one, of the writer has nothing to do.
type Batch struct {
	// Writer names who sends the batch, "" for somebody who sends it once.
	Writer string
	// Number counts the batches of the writer from 1.
	Number  int64
	Records []Record
}

// Appender writes records to the log.
type Appender interface {
	AppendCalls(ctx context.Context, batch Batch) error
}

const (
	// DefaultBuffer is how many records wait for the store at most.
	DefaultBuffer = 20_000
	batchSize     = 200
	writeTimeout  = 5 * time.Second
	retryPause    = 500 * time.Millisecond
	// gather is how long a record waits for others to be written with it:
	// while calls are many, a batch costs the store little more than a record.
	gather = 100 * time.Millisecond
	// closeTimeout bounds the last attempt when the program ends.
	closeTimeout = 2 * time.Second
)

// Buffer takes records at once and writes them off the callers' time, in their
// order and each once. While the store is unreachable it keeps them; when it is
// full it drops new ones, counts them and says so. It is safe for concurrent use.
type Buffer struct {
	to    Appender
	limit int
	log   *slog.Logger
	// writer names this buffer among all that write to the log.
	writer string

	mu      sync.Mutex
	waiting []Record
	full    bool
	// The first so many of those that wait are the batch with the number: it
	// stays the same until it is written.
	sending int
	number  int64
	// failing says that the last attempt failed; only Run touches it.
	failing bool
	wake    chan struct{}

	dropped prometheus.Counter
	failed  prometheus.Counter
}

// NewBuffer returns a buffer of up to limit records. Run must be called for
// anything to be written.
func NewBuffer(to Appender, limit int, registerer prometheus.Registerer, log *slog.Logger) *Buffer {
	b := &Buffer{
		to: to, limit: limit, log: log, writer: rand.Text(), wake: make(chan struct{}, 1),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringfence_call_records_dropped_total",
			Help: "Records lost because the store was unreachable and the buffer full.",
		}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringfence_call_record_errors_total",
			Help: "Attempts to write records that failed; they are repeated.",
		}),
	}
	registerer.MustRegister(b.dropped, b.failed, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ringfence_call_records_waiting",
		Help: "Records that wait to be written.",
	}, func() float64 { return float64(b.Waiting()) }))
	return b
}

// Add takes a record. It never blocks.
func (b *Buffer) Add(record Record) {
	b.mu.Lock()
	full := len(b.waiting) >= b.limit
	first := full && !b.full
	b.full = full
	if !full {
		b.waiting = append(b.waiting, record)
	}
	b.mu.Unlock()
	if full {
		b.dropped.Inc()
		if first {
			b.log.Error("call records are being lost: the buffer is full and the store is unreachable", slog.Int("limit", b.limit))
		}
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Waiting returns how many records have not been written yet.
func (b *Buffer) Waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting)
}

// Run writes records until ctx ends, then tries once more for what is left.
func (b *Buffer) Run(ctx context.Context) {
	for {
		pause := time.Duration(0)
		if err := b.flush(ctx, writeTimeout); err != nil {
			pause = retryPause
		}
		if !b.wait(ctx, pause) {
			break
		}
	}
	if err := b.flush(context.WithoutCancel(ctx), closeTimeout); err != nil {
		b.log.ErrorContext(ctx, "call records are lost at the end", slog.Int("lost", b.Waiting()), slog.Any("error", err))
	}
}

// wait returns true when there is something to write, after the pause, and
// false when ctx ends.
func (b *Buffer) wait(ctx context.Context, pause time.Duration) bool {
	if pause == 0 {
		select {
		case <-ctx.Done():
			return false
		case <-b.wake:
			pause = gather
		}
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// flush writes all that waits, batch by batch.
func (b *Buffer) flush(ctx context.Context, timeout time.Duration) error {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		batch := b.next()
		if len(batch.Records) == 0 {
			return nil
		}
		if err := b.to.AppendCalls(bounded, batch); err != nil {
			b.fail(ctx, err)
			return err
		}
		if b.failing {
			b.failing = false
			b.log.InfoContext(ctx, "call records are written again")
		}
		b.mu.Lock()
		b.waiting = b.waiting[b.sending:]
		b.sending = 0
		b.mu.Unlock()
	}
}

// next returns the batch that is to be written: a failed one again, else a new
// one of what waits, which may be nothing.
func (b *Buffer) next() Batch {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sending == 0 && len(b.waiting) > 0 {
		b.sending = min(batchSize, len(b.waiting))
		b.number++
	}
	return Batch{Writer: b.writer, Number: b.number, Records: b.waiting[:b.sending]}
}

// fail reports a failed attempt, once an outage.
func (b *Buffer) fail(ctx context.Context, err error) {
	b.failed.Inc()
	if !b.failing && ctx.Err() == nil {
		b.log.WarnContext(ctx, "call records wait for the store", slog.Int("waiting", b.Waiting()), slog.Any("error", err))
	}
	b.failing = true
}
