package calllog

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Batch is a number of records that are written in one step. A writer repeats the same
// batch until it is confirmed. An Appender ignores a batch if it has already written
// this number, or a later one, of the writer.
type Batch struct {
	// Writer is the ID of the writer, "" for a batch that is never repeated.
	Writer string
	// Number is the number of the batch, from 1.
	Number  int64
	Records []Record
}

// Appender writes records to the log.
type Appender interface {
	AppendCalls(ctx context.Context, batch Batch) error
}

const (
	// DefaultBuffer is the default maximum number of waiting records.
	DefaultBuffer = 20_000
	batchSize     = 200
	// writeTimeout bounds an attempt. A context that ends does not end it sooner, so
	// it is also how long the program may take to end.
	writeTimeout = 2 * time.Second
	retryPause   = 500 * time.Millisecond
	// gather is how long a record waits for others, to be written in one batch.
	gather = 100 * time.Millisecond
	// closeTimeout is the time limit of the last attempt when the program ends.
	closeTimeout = 2 * time.Second
)

// Buffer writes records in the background, in order and each once, so that calls do not
// wait. While Redis is unreachable or refuses them, records stay in the buffer. If it is full, new
// records are dropped, counted and logged. It is safe for concurrent use.
type Buffer struct {
	to    Appender
	limit int
	log   *slog.Logger
	now   func() time.Time
	// writer is the ID of this buffer.
	writer string

	mu      sync.Mutex
	waiting []Record
	full    bool
	// sending is how many of the first waiting records are the current batch, which
	// does not change until it is written; number is its number.
	sending int
	number  int64
	// failing is why the last attempt failed, nil if it did not; since is when the
	// first one in a row did. Lost is when a record was dropped last.
	failing     error
	since, lost time.Time
	wake        chan struct{}

	dropped prometheus.Counter
	failed  prometheus.Counter
}

// NewBuffer returns a buffer for up to limit records. Run writes them.
func NewBuffer(to Appender, limit int, registerer prometheus.Registerer, log *slog.Logger, now func() time.Time) *Buffer {
	b := &Buffer{
		to: to, limit: limit, log: log, now: now, writer: rand.Text(), wake: make(chan struct{}, 1),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringfence_call_records_dropped_total",
			Help: "Records lost because they could not be written and the buffer was full.",
		}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringfence_call_record_errors_total",
			Help: "Failed attempts to write records; they are retried.",
		}),
	}
	registerer.MustRegister(b.dropped, b.failed, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ringfence_call_records_waiting",
		Help: "Records that wait to be written.",
	}, func() float64 { return float64(b.Waiting()) }))
	return b
}

// Add adds a record. It never blocks.
func (b *Buffer) Add(record Record) {
	b.mu.Lock()
	full := len(b.waiting) >= b.limit
	first := full && !b.full
	b.full = full
	if full {
		b.lost = b.now()
	}
	if !full {
		b.waiting = append(b.waiting, record)
	}
	b.mu.Unlock()
	if full {
		b.dropped.Inc()
		if first {
			b.log.Error("call records are lost: they cannot be written and the buffer is full", slog.Int("limit", b.limit))
		}
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Waiting returns the number of records that are not written yet.
func (b *Buffer) Waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting)
}

// Run writes records until ctx ends, and then tries once more to write the rest.
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
		b.log.ErrorContext(ctx, "call records are lost at shutdown", slog.Int("lost", b.Waiting()), slog.Any("error", err))
	}
}

// wait returns true when there are records to write, after the pause, and false when
// ctx ends.
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

// flush writes all waiting records, batch by batch.
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
		if b.note(nil) {
			b.log.InfoContext(ctx, "call records are written again")
		}
		b.mu.Lock()
		b.waiting = b.waiting[b.sending:]
		b.sending = 0
		b.mu.Unlock()
	}
}

// next returns the batch to write: a failed one again, else a new one, which may be
// empty.
func (b *Buffer) next() Batch {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sending == 0 && len(b.waiting) > 0 {
		b.sending = min(batchSize, len(b.waiting))
		b.number++
	}
	return Batch{Writer: b.writer, Number: b.number, Records: b.waiting[:b.sending]}
}

// fail counts a failed attempt, and logs the first one of an outage.
func (b *Buffer) fail(ctx context.Context, err error) {
	b.failed.Inc()
	if b.note(err) && ctx.Err() == nil {
		b.log.WarnContext(ctx, "call records wait for Redis", slog.Int("waiting", b.Waiting()), slog.Any("error", err))
	}
}

// note keeps the result of an attempt. It reports whether attempts begin or cease
// to fail.
func (b *Buffer) note(err error) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	changed = (b.failing == nil) != (err == nil)
	if changed {
		b.since = b.now()
	}
	b.failing = err
	return changed
}

// State is the state of a Buffer.
type State struct {
	// Waiting is the number of records that are not written yet.
	Waiting int
	// Failing is why the last attempt to write them failed, nil if it did not.
	// Since is when attempts began to fail.
	Failing error
	Since   time.Time
	// Lost is when a record was lost last, zero for never.
	Lost time.Time
}

// State returns the state of the buffer.
func (b *Buffer) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	state := State{Waiting: len(b.waiting), Failing: b.failing, Lost: b.lost}
	if b.failing != nil {
		state.Since = b.since
	}
	return state
}
