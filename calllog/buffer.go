package calllog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Appender writes records to the log. Repeated says that an earlier attempt
// with the first of these records failed: some may have been written all the
// same, and must not be written twice.
type Appender interface {
	AppendCalls(ctx context.Context, records []Record, repeated bool) error
}

const (
	// DefaultBuffer is how many records wait for the store at the most.
	DefaultBuffer = 20_000
	batchSize     = 200
	writeTimeout  = 5 * time.Second
	retryPause    = 500 * time.Millisecond
	// gather is how long a record waits for others to be written with it:
	// while calls are many, a batch costs the store little more than a record.
	gather = 20 * time.Millisecond
	// closeTimeout bounds the last attempt when the program ends.
	closeTimeout = 2 * time.Second
)

// Buffer takes records at once and writes them behind the callers' backs, in
// their order. While the store is out of reach it keeps them; when it is full
// it drops new ones, counts them and says so. It is safe for concurrent use.
type Buffer struct {
	to    Appender
	limit int
	log   *slog.Logger

	mu      sync.Mutex
	waiting []Record
	full    bool
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
		to: to, limit: limit, log: log, wake: make(chan struct{}, 1),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ringfence_call_records_dropped_total",
			Help: "Records lost because the store was out of reach and the buffer full.",
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
			b.log.Error("call records are being lost: the buffer is full and the store out of reach", slog.Int("limit", b.limit))
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
		b.mu.Lock()
		batch := b.waiting[:min(batchSize, len(b.waiting))]
		b.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		if err := b.to.AppendCalls(bounded, batch, b.failing); err != nil {
			b.fail(ctx, err)
			return err
		}
		if b.failing {
			b.failing = false
			b.log.InfoContext(ctx, "call records are written again")
		}
		b.mu.Lock()
		b.waiting = b.waiting[len(batch):]
		b.mu.Unlock()
	}
}

// fail tells of a failed attempt, once an outage.
func (b *Buffer) fail(ctx context.Context, err error) {
	b.failed.Inc()
	if !b.failing && ctx.Err() == nil {
		b.log.WarnContext(ctx, "call records wait for the store", slog.Int("waiting", b.Waiting()), slog.Any("error", err))
	}
	b.failing = true
}
