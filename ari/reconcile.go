package ari

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// reconcile brings the table in line with what Asterisk has in Stasis for the
// app. Events of a time without a connection are never told afterwards: calls
// that have come are handed to the handler, calls that have left end, and so
// do playbacks.
//
// It asks for the app and never for the list of channels, which fails as a
// whole if one channel has text that is not UTF-8.
func (s *Session) reconcile(ctx context.Context) error {
	s.calls.beginSweep()
	defer s.calls.forgetSweep()
	app, err := s.application(ctx)
	if err != nil {
		return err
	}
	s.calls.endSweep(app.ChannelIDs)
	for _, id := range app.ChannelIDs {
		s.arrive(Call{ID: id, Waiting: true})
	}
	for _, p := range s.playbacks.list() {
		err := s.supervision.do(ctx, "playback", http.MethodGet, "/playbacks/"+seg(p.ID), nil, nil, nil)
		if isStatus(err, http.StatusNotFound) {
			s.playbacks.finish(p.ID, nil)
		}
	}
	return nil
}

// stopGrace is what handlers have left after their context has ended.
const stopGrace = 500 * time.Millisecond

// sweepLast bounds the look for calls that slipped in while the event socket
// was being closed.
const sweepLast = time.Second

// drain ends the session so that no call stays behind. The event socket is
// open until the calls in hand are done, as a playback's end comes over it.
func (s *Session) drain(life context.Context, end context.CancelCauseFunc, disconnect func()) {
	s.stopping.Store(true)
	s.enterState(Stopping, nil)
	s.log.InfoContext(life, "stopping: finishing the calls in hand", slog.Int("calls", s.calls.inHand()))

	if !s.settleWithin(s.cfg.DrainTimeout) {
		s.log.WarnContext(life, "calls in hand take too long and are ended", slog.Int("calls", s.calls.inHand()))
		s.calls.cancel(ErrStopping)
		s.settleWithin(stopGrace)
	}
	for _, e := range s.calls.unsettled() {
		s.releases.give(release{entry: e, cause: fallbackDraining})
	}
	s.settleWithin(2 * s.cfg.RequestTimeout)
	disconnect()
	s.sweepUp(life)
	s.settleWithin(s.cfg.RequestTimeout)
	end(ErrStopping)
	s.playbacks.finishIf(ErrStopping, func(*Playback) bool { return true })
	s.releases.group.Wait()
	s.awaitHandlers()
}

// awaitHandlers waits for handlers that still clean up, but not for ever.
func (s *Session) awaitHandlers() {
	done := make(chan struct{})
	go func() {
		s.handlers.group.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(stopGrace):
		s.log.ErrorContext(s.life, "a handler does not end although its call is over")
	}
}

// settleWithin waits until nothing is to be done about any call.
func (s *Session) settleWithin(d time.Duration) bool {
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
			s.arrive(Call{ID: id, Waiting: true})
		}
		linger(ctx, 10*time.Millisecond)
	}
}
