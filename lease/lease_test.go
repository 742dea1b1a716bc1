package lease_test

import (
	"context"
	"errors"
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

// Who comes second waits, however long it takes, and hears of it once.
func TestWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &leases{held: map[string]bool{}}
		_, release, err := l.take(t.Context(), "source:ftc")
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Hour, release)
		heard := 0
		began := time.Now()
		_, release, err = lease.Func(l.take).Waiting(func(other *lease.HeldError) {
			if heard++; other.Name != "source:ftc" || other.Holder != "vm:123" {
				t.Errorf("heard of %v", other)
			}
		})(t.Context(), "source:ftc")
		if took := time.Since(began); err != nil || took < time.Hour || took > time.Hour+time.Second || heard != 1 {
			t.Fatalf("got %v after %s, heard %d times", err, took, heard)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, _, err := lease.Func(l.take).Waiting(nil)(ctx, "source:ftc"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		release()
	})
}

// A lease that is lost is taken anew; one that another has is not.
func TestKeeper(t *testing.T) {
	t.Parallel()
	l := &leases{held: map[string]bool{}}
	lose, taken := context.CancelFunc(nil), 0
	keeper := lease.Func(func(ctx context.Context, name string) (context.Context, func(), error) {
		held, release, err := l.take(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		taken++
		held, lose = context.WithCancel(held)
		return held, release, nil
	}).Keep(t.Context(), "x")
	for range 2 {
		if err := keeper.Hold(); err != nil || taken != 1 {
			t.Fatalf("got %v, taken %d times", err, taken)
		}
	}
	lose()
	if err := keeper.Hold(); err != nil || taken != 2 {
		t.Fatalf("got %v, taken %d times", err, taken)
	}
	keeper.Release()
	_, release, err := l.take(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.Hold(); !errors.Is(err, lease.ErrHeld) {
		t.Errorf("got %v", err)
	}
	release()
	keeper.Release()
	if err := lease.Func(nil).Keep(t.Context(), "x").Hold(); err != nil {
		t.Error(err)
	}
}
