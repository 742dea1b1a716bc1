package app

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/store"
)

// leases are leases in memory.
type leases struct {
	mu   sync.Mutex
	held map[string]bool
}

func (l *leases) take(ctx context.Context, name string) (context.Context, func(), error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[name] {
		return nil, nil, &store.LeasedError{Name: name, Holder: "vm:123"}
	}
	l.held[name] = true
	return ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.held[name] = false
	}, nil
}

// Who comes second waits, however long it takes, and is told of it once.
func TestAnImportWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &leases{held: map[string]bool{}}
		_, release, err := l.take(t.Context(), "source:ftc")
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, release)
		told := 0
		began := time.Now()
		_, release, err = WaitingLease(l.take, func(other *store.LeasedError) {
			if told++; batch.LeasedSource(other.Name) != "ftc" || other.Holder != "vm:123" {
				t.Errorf("told of %v", other)
			}
		})(t.Context(), "source:ftc")
		if took := time.Since(began); err != nil || took < time.Hour || took > time.Hour+time.Second || told != 1 {
			t.Fatalf("got %v after %s, told %d times", err, took, told)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, _, err := WaitingLease(l.take, nil)(ctx, "source:ftc"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		release()
	})
}

// Imports of one process go one after the other, and the bound of memory is
// what it was when the last has ended.
func TestImportsOfFeedsGoInTurn(t *testing.T) { //nolint:paralleltest // The bound is that of the process.
	limit := debug.SetMemoryLimit(-1)
	synctest.Test(t, func(t *testing.T) {
		l := &leases{held: map[string]bool{}}
		lease := InTurn(WaitingLease(l.take, nil))
		_, other, err := l.take(t.Context(), "source:waits")
		if err != nil {
			t.Fatal(err)
		}
		var working sync.WaitGroup
		now, done := 0, 0
		for _, name := range []string{"source:waits", "source:a", "source:b", "source:c"} {
			working.Go(func() {
				_, release, err := lease(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				if now++; now > 1 || debug.SetMemoryLimit(-1) != feedMemory {
					t.Errorf("%d imports, %d bytes", now, debug.SetMemoryLimit(-1))
				}
				time.Sleep(time.Minute)
				now--
				done++
				release()
			})
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if done != 3 {
			t.Errorf("%d are done while one waits", done)
		}
		other()
		working.Wait()
	})
	if got := debug.SetMemoryLimit(-1); got != limit {
		t.Errorf("%d bytes are left of %d", got, limit)
	}
}
