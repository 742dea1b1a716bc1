package app

import (
	"context"
	"runtime/debug"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringfence/ringfence/lease"
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
		return nil, nil, &lease.HeldError{Name: name, Holder: "vm:123"}
	}
	l.held[name] = true
	return ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.held[name] = false
	}, nil
}

// Imports of one process go one after the other, and the bound of memory is
// what it was when the last has ended.
func TestImportsOfFeedsGoInTurn(t *testing.T) { //nolint:paralleltest // The bound is that of the process.
	limit := debug.SetMemoryLimit(-1)
	synctest.Test(t, func(t *testing.T) {
		l := &leases{held: map[string]bool{}}
		take := OneAtATime(lease.Func(l.take).Waiting(nil))
		_, other, err := l.take(t.Context(), "source:waits")
		if err != nil {
			t.Fatal(err)
		}
		var working sync.WaitGroup
		now, done := 0, 0
		for _, name := range []string{"source:waits", "source:a", "source:b", "source:c"} {
			working.Go(func() {
				_, release, err := take(t.Context(), name)
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
