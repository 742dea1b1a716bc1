package calllog_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/calllog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// appender keeps what is written, and fails while down is set. One that loses
// its answer has written the batch all the same.
type appender struct {
	mu       sync.Mutex
	down     error
	written  []string
	repeated []bool
}

func (a *appender) AppendCalls(_ context.Context, records []calllog.Record, repeated bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down != nil {
		return a.down
	}
	for _, record := range records {
		a.written = append(a.written, record.Channel)
	}
	a.repeated = append(a.repeated, repeated)
	return nil
}

func (a *appender) set(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = err
}

func start(t *testing.T, to calllog.Appender, limit int) (*calllog.Buffer, func()) {
	t.Helper()
	buffer := calllog.NewBuffer(to, limit, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { buffer.Run(ctx) })
	return buffer, func() { cancel(); running.Wait() }
}

func channels(n int) []string {
	var names []string
	for i := range n {
		names = append(names, strconv.Itoa(i))
	}
	return names
}

func add(buffer *calllog.Buffer, names []string) {
	for _, name := range names {
		buffer.Add(calllog.Record{Channel: name})
	}
}

func TestBuffer_WritesInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var store appender
		buffer, stop := start(t, &store, 1000)
		defer stop()
		add(buffer, channels(500))
		time.Sleep(time.Second)
		synctest.Wait()
		if !slices.Equal(store.written, channels(500)) {
			t.Errorf("written %d records, want 500 in order", len(store.written))
		}
	})
}

// Calls that come one soon after the other cost the store one batch.
func TestBuffer_GathersRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var store appender
		buffer, stop := start(t, &store, 1000)
		defer stop()
		synctest.Wait()
		for _, name := range channels(10) {
			add(buffer, []string{name})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !slices.Equal(store.written, channels(10)) || len(store.repeated) != 1 {
			t.Errorf("%v written in %d batches, want all in one", store.written, len(store.repeated))
		}
	})
}

// Ensure what was added during an outage arrives after it, once, and that the
// store is told that it may have seen it before.
func TestBuffer_KeepsRecordsWhileTheStoreIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := appender{down: errors.New("down")}
		buffer, stop := start(t, &store, 1000)
		defer stop()
		add(buffer, channels(3))
		time.Sleep(time.Minute)
		if buffer.Waiting() != 3 {
			t.Errorf("waiting = %d, want 3", buffer.Waiting())
		}
		store.set(nil)
		time.Sleep(time.Second)
		add(buffer, []string{"later"})
		time.Sleep(time.Second)
		synctest.Wait()
		if want := append(channels(3), "later"); !slices.Equal(store.written, want) {
			t.Errorf("written = %v, want %v", store.written, want)
		}
		if want := []bool{true, false}; !slices.Equal(store.repeated, want) {
			t.Errorf("repeated = %v, want %v", store.repeated, want)
		}
	})
}

func TestBuffer_DropsAndCountsWhenFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := appender{down: errors.New("down")}
		registry := prometheus.NewRegistry()
		buffer := calllog.NewBuffer(&store, 2, registry, slog.New(slog.DiscardHandler))
		add(buffer, channels(5))
		if buffer.Waiting() != 2 {
			t.Errorf("waiting = %d, want 2", buffer.Waiting())
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			if family.GetName() == "ringfence_call_records_dropped_total" {
				if got := family.GetMetric()[0].GetCounter().GetValue(); got != 3 {
					t.Errorf("dropped = %v, want 3", got)
				}
			}
		}
	})
}

func TestBuffer_WritesTheRestAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := appender{down: errors.New("down")}
		buffer, stop := start(t, &store, 10)
		add(buffer, channels(3))
		synctest.Wait()
		store.set(nil)
		stop()
		if !slices.Equal(store.written, channels(3)) {
			t.Errorf("written = %v", store.written)
		}
	})
}
