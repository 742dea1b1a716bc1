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
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/calllog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// appender keeps what is written, and fails while down is set.
type appender struct {
	mu      sync.Mutex
	down    error
	written []string
	batches int
	// fails, if not nil, says what goes wrong before a batch is written, and
	// what with its answer.
	fails func() (before, after error)
	last  map[string]int64
}

func (a *appender) AppendCalls(_ context.Context, batch calllog.Batch) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.down != nil {
		return a.down
	}
	var before, after error
	if a.fails != nil {
		before, after = a.fails()
	}
	if before != nil {
		return before
	}
	if batch.Number <= a.last[batch.Writer] {
		return after
	}
	if a.last == nil {
		a.last = map[string]int64{}
	}
	a.last[batch.Writer] = batch.Number
	for _, record := range batch.Records {
		a.written = append(a.written, record.Channel)
	}
	a.batches++
	return after
}

func (a *appender) set(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = err
}

func start(t *testing.T, to calllog.Appender, limit int) (*calllog.Buffer, func()) {
	t.Helper()
	buffer := calllog.NewBuffer(to, limit, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), time.Now)
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
		if !slices.Equal(store.written, channels(10)) || store.batches != 1 {
			t.Errorf("%v written in %d batches, want all in one", store.written, store.batches)
		}
	})
}

// Ensure what was added during an outage arrives after it, once.
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
		if err := buffer.State().Failing; err == nil || err.Error() != "down" {
			t.Errorf("failure = %v", err)
		}
		store.set(nil)
		time.Sleep(time.Second)
		if err := buffer.State().Failing; err != nil {
			t.Errorf("failure = %v, but the store is there again", err)
		}
		add(buffer, []string{"later"})
		time.Sleep(time.Second)
		synctest.Wait()
		if want := append(channels(3), "later"); !slices.Equal(store.written, want) {
			t.Errorf("written = %v, want %v", store.written, want)
		}
	})
}

func TestBuffer_DropsAndCountsWhenFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := appender{down: errors.New("down")}
		registry := prometheus.NewRegistry()
		buffer := calllog.NewBuffer(&store, 2, registry, slog.New(slog.DiscardHandler), time.Now)
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

// Whatever fails, and whatever comes meanwhile, each record is written once, in
// order, by a buffer and by the one that follows it.
func TestBuffer_WritesEachRecordOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// In a bubble nobody may ask for the test's deadline.
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			away := errors.New("away")
			// Drawn beforehand: rapid is not for two goroutines, and the buffer
			// writes in one of its own.
			troubles := rapid.SliceOfN(rapid.IntRange(0, 2), 0, 20).Draw(t, "troubles")
			store := appender{fails: func() (before, after error) {
				if len(troubles) == 0 {
					return nil, nil
				}
				trouble := troubles[0]
				troubles = troubles[1:]
				switch trouble {
				case 1:
					return away, nil
				case 2:
					return nil, away
				}
				return nil, nil
			}}
			var want []string
			for range rapid.IntRange(1, 3).Draw(t, "buffers") {
				buffer := calllog.NewBuffer(&store, 10_000, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), time.Now)
				ctx, cancel := context.WithCancel(context.Background())
				var running sync.WaitGroup
				running.Go(func() { buffer.Run(ctx) })
				for range rapid.IntRange(0, 5).Draw(t, "bursts") {
					for range rapid.IntRange(1, 300).Draw(t, "calls") {
						want = append(want, strconv.Itoa(len(want)))
						add(buffer, want[len(want)-1:])
					}
					time.Sleep(time.Duration(rapid.IntRange(0, 1000).Draw(t, "pause")) * time.Millisecond)
				}
				for buffer.Waiting() > 0 {
					time.Sleep(time.Second)
				}
				cancel()
				running.Wait()
			}
			if !slices.Equal(store.written, want) {
				t.Fatalf("written %d records, want %d", len(store.written), len(want))
			}
		})
	})
}
