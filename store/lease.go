package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ringfence/ringfence/lease"
)

var leaseScript = newReader("lease.lua")

// DefaultLeaseTime is how long a lease outlasts a holder that has died.
const DefaultLeaseTime = 30 * time.Second

// releaseTimeout bounds the giving back of a lease, which ends by itself if
// that fails.
const releaseTimeout = 2 * time.Second

// Lease makes sure that what has this name is done by one holder at a time,
// whatever the number of processes. If another holds the lease, the error is a
// lease.HeldError. Otherwise held is ctx for as long as the lease is: it ends
// when another has taken the lease, or when Redis has been unreachable for so
// long that another may soon; context.Cause is lease.ErrLost then. The lease is
// renewed until release is called or ctx ends, and ends by itself within
// Options.LeaseTime where neither happens because the holder has died.
// Release may be called more than once.
func (s *Store) Lease(ctx context.Context, name string) (held context.Context, release func(), err error) {
	defer s.finish(ctx, opLease, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return nil, nil, err
	}
	l := &taken{store: s, name: name, token: holder() + " " + rand.Text()}
	if err := l.take(ctx); err != nil {
		return nil, nil, err
	}
	held, lose := context.WithCancelCause(ctx)
	var keeping sync.WaitGroup
	keeping.Go(func() { lose(l.keep(held)) })
	return held, sync.OnceFunc(func() {
		lose(context.Canceled)
		keeping.Wait()
		l.giveBack(ctx)
	}), nil
}

// taken is a lease that this process holds.
type taken struct {
	store       *Store
	name, token string
	// end is when it ends in Redis, at the soonest, if it isn't renewed.
	end time.Time
}

// take takes the lease, or renews it. One that has vanished is taken again: a
// replica that became the primary may never have heard of it.
func (l *taken) take(ctx context.Context) error {
	began, live := time.Now(), l.store.leaseTime
	other, err := l.store.run(ctx, leaseScript, []string{l.store.keys.lease(l.name)}, l.token, live.Milliseconds()).Text()
	if err != nil {
		return err
	}
	if other != "" {
		who, _, _ := strings.Cut(other, " ")
		return &lease.HeldError{Name: l.name, Holder: who}
	}
	l.end = began.Add(live)
	return nil
}

// keep renews the lease until ctx ends or it is lost, and returns why. It is
// given up while there is a tenth of its time left, so that no other has it yet.
func (l *taken) keep(ctx context.Context) error {
	live := l.store.leaseTime
	pause := live / 3
	for {
		last := l.end.Add(-live / 10)
		timer := time.NewTimer(min(pause, time.Until(last)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Canceled
		case <-timer.C:
		}
		if !time.Now().Before(last) {
			return fmt.Errorf("%w: Redis has been unreachable for too long to keep %s", lease.ErrLost, l.name)
		}
		attempt, cancel := context.WithDeadline(ctx, earlier(last, time.Now().Add(live/6)))
		err := l.take(attempt)
		cancel()
		switch {
		case err == nil:
			pause = live / 3
		case errors.Is(err, lease.ErrHeld):
			return fmt.Errorf("%w: %w", lease.ErrLost, err)
		default:
			pause = live / 30
		}
	}
}

func (l *taken) giveBack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	// What fails here ends by itself.
	_ = l.store.run(ctx, leaseScript, []string{l.store.keys.lease(l.name)}, l.token, 0)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// holder names this process.
func holder() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	return fmt.Sprintf("%s:%d", host, os.Getpid())
}
