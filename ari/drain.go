package ari

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// stopGrace is the time that handlers have after their context has ended.
const stopGrace = 500 * time.Millisecond

// sweepTimeout bounds the check for calls that entered while the event socket
// was being closed.
const sweepTimeout = time.Second

// drain ends the session so that no call stays in Stasis. The event socket is
// open until the calls in progress are finished, since a playback's end is an event;
// calls that arrive meanwhile are continued.
func (s *Session) drain(life context.Context, end context.CancelCauseFunc, disconnect func()) {
	s.stopping.Store(true)
	s.enterState(Stopping, nil)
	s.log.InfoContext(life, "stopping: the calls in progress are finished", slog.Int("calls", s.calls.openCalls()))

	if !s.idleWithin(s.cfg.DrainTimeout) {
		s.log.WarnContext(life, "calls in progress take too long and are continued", slog.Int("calls", s.calls.openCalls()))
		s.calls.cancel(ErrStopping)
		s.idleWithin(stopGrace)
	}
	for _, e := range s.calls.unfinished() {
		s.giveUp(e, fallbackDraining)
	}
	disconnect()
	s.sweepUp(life)

	if !within(&s.fallbacks, s.cfg.DrainTimeout) {
		s.log.ErrorContext(life, "calls could not be continued and are left to the dialplan's guard")
	}
	end(ErrStopping)
	s.playbacks.finishIf(ErrStopping, func(*Playback) bool { return true })
	s.fallbacks.Wait()
	if !within(&s.handlers, stopGrace) {
		s.log.ErrorContext(life, "a handler does not return although its call has ended")
	}
}

// within waits for a group, at most d. It reports whether the group has finished.
func within(group *sync.WaitGroup, d time.Duration) bool {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// idleWithin waits until no call is in progress, at most d.
func (s *Session) idleWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for s.calls.openCalls() > 0 {
		select {
		case <-s.calls.changed:
		case <-timer.C:
			return s.calls.openCalls() == 0
		}
	}
	return true
}

// sweepUp continues the calls that entered Stasis while the event socket was
// being closed, too late for an event. If another instance has taken the
// name meanwhile, it leaves its calls alone.
func (s *Session) sweepUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	tried := map[string]bool{}
	for ctx.Err() == nil {
		app, err := s.application(ctx)
		if err != nil || !s.marked(app) {
			return // the app is gone, with all its calls, or it is another's
		}
		for _, id := range app.ChannelIDs {
			if tried[id] {
				continue
			}
			tried[id] = true
			s.arrive(Call{ID: id, Waiting: true}, time.Time{})
		}
		pauseFor(ctx, 10*time.Millisecond)
	}
}
