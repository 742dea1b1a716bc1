package ari

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// watch checks with heartbeats that events arrive, until they do not
// or ctx ends. It reports whether they did at least once.
func (c *connection) watch(ctx context.Context) (served bool, err error) {
	s := c.session
	done := int64(-1)
	for {
		swept := c.sweep(ctx)
		began := time.Now()
		if err := c.beat(ctx); err != nil {
			return served, err
		}
		s.cfg.Metrics.heartbeat.Observe(time.Since(began).Seconds())
		// Events alone do not count as progress if no call gets its turn.
		if now := s.handled.Load(); now != done || len(s.waiting) == 0 {
			s.touch()
			done = now
		}
		if !served && !s.stopping.Load() {
			served = true
			s.enterState(Registered, nil)
		}
		if err := c.idle(ctx); err != nil {
			return served, err
		}
		if !swept {
			c.resweep()
		}
	}
}

// beat makes Asterisk send an event to this app and waits for it.
func (c *connection) beat(ctx context.Context) error {
	s := c.session
	ctx, cancel := context.WithTimeout(ctx, s.cfg.tune.HeartbeatTimeout)
	defer cancel()
	// A new name each time, since an earlier heartbeat may still arrive.
	name := s.instance + "-" + strconv.FormatInt(s.beats.Add(1), 10)
	err := s.supervision.do(ctx, "heartbeat", http.MethodPost, "/events/user/"+seg(name),
		url.Values{"application": {s.cfg.App}}, nil, nil)
	switch {
	case c.wasReplaced() != nil:
		return errReplaced
	case isStatus(err, http.StatusNotFound):
		return errUnregistered
	case err != nil && ctx.Err() == nil && isEnded(c.ended):
		return c.err
	case err != nil:
		if _, refused := errors.AsType[*StatusError](err); refused {
			return err
		}
		return fmt.Errorf("%w: %w", errSilent, err)
	}
	for {
		select {
		case heard := <-c.beats:
			if heard == name {
				return nil
			}
		case <-c.replaced:
			return errReplaced
		case <-c.ended:
			return c.err
		case <-ctx.Done():
			return errSilent
		}
	}
}

// idle waits for the time of the next heartbeat, or until a call
// may have arrived without an event.
func (c *connection) idle(ctx context.Context) error {
	timer := time.NewTimer(c.session.cfg.tune.HeartbeatEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.unread:
		c.resweep()
	case <-c.replaced:
		return errReplaced
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// sweep checks which calls wait if one may have arrived without an event: after
// each connect, and when an event could not be read. It reports whether that
// is done.
func (c *connection) sweep(ctx context.Context) bool {
	select {
	case <-c.unread:
	default:
		return true
	}
	err := c.session.reconcile(ctx)
	if err != nil {
		c.session.log.DebugContext(ctx, "the waiting calls could not be read yet", slog.String("error", err.Error()))
	}
	return err == nil
}

func isEnded(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
