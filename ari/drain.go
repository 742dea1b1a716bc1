package ari

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// stopGrace is what handlers have left after their context has ended.
const stopGrace = 500 * time.Millisecond

// sweepLast bounds the look for calls that slipped in while the event socket
// was being closed.
const sweepLast = time.Second

// drain ends the session so that no call stays behind. The event socket is
// open until the calls in hand are done, as a playback's end comes over it;
// calls that come meanwhile are continued.
func (s *Session) drain(life context.Context, end context.CancelCauseFunc, disconnect func()) {
	s.stopping.Store(true)
	s.enterState(Stopping, nil)
	s.log.InfoContext(life, "stopping: finishing the calls in hand", slog.Int("calls", s.calls.inHand()))

	if !s.idleWithin(s.cfg.DrainTimeout) {
		s.log.WarnContext(life, "calls in hand take too long and are ended", slog.Int("calls", s.calls.inHand()))
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
		s.log.ErrorContext(life, "a handler does not end although its call is over")
	}
}

// within waits for a group, but not for ever.
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

// idleWithin waits until no call is in a handler's hand.
func (s *Session) idleWithin(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for s.calls.inHand() > 0 {
		select {
		case <-s.calls.changed:
		case <-timer.C:
			return s.calls.inHand() == 0
		}
	}
	return true
}

// sweepUp continues the calls that entered Stasis while the event socket was
// being closed, too late for an event. Those of an instance that has taken the
// name in the meantime are not ours to touch.
func (s *Session) sweepUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepLast)
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
		linger(ctx, 10*time.Millisecond)
	}
}
