package ari

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// reconcile brings the table in line with what Asterisk has in Stasis for the
// app. Events of a time without a connection never come afterwards: calls
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
		s.arrive(Call{ID: id, Waiting: true}, time.Time{})
	}
	for _, p := range s.playbacks.list() {
		err := s.supervision.do(ctx, "playback", http.MethodGet, "/playbacks/"+seg(p.ID), nil, nil, nil)
		if isStatus(err, http.StatusNotFound) {
			s.playbacks.finish(p.ID, nil)
		}
	}
	return nil
}

// look compares the table with what Asterisk has in Stasis, again and again
// until the connection ends. Of a call whose SIP Call-ID is not UTF-8 Asterisk
// sends no event, neither when it comes nor when it leaves: it would wait for
// its guard, and a listed caller could choose to pass.
func (c *connection) look(ctx context.Context) {
	ticker := time.NewTicker(c.session.cfg.tune.LookEvery)
	defer ticker.Stop()
	var odd map[string]bool
	for {
		select {
		case <-ticker.C:
			odd = c.session.lookOnce(ctx, odd)
		case <-c.replaced:
			return
		case <-c.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// lookOnce takes in the calls that came without an event, and out those that
// have left so. Any call may look like that for a moment, as its event is on
// its way; so only those count that did at the last look, too. It returns what
// to count at the next.
func (s *Session) lookOnce(ctx context.Context, before map[string]bool) map[string]bool {
	app, err := s.application(ctx)
	if err != nil {
		// The heartbeat finds out what is wrong.
		s.log.DebugContext(ctx, "the calls in Stasis could not be asked for", slog.String("error", err.Error()))
		return nil
	}
	unheard, unlisted := s.calls.compare(app.ChannelIDs)
	odd := make(map[string]bool)
	for _, id := range unheard {
		if before[id] {
			s.arrive(Call{ID: id, Waiting: true}, time.Time{})
		} else {
			odd[id] = true
		}
	}
	for _, id := range unlisted {
		if before[id] {
			s.calls.leave(id, time.Time{})
			s.playbacks.leave(id)
		} else {
			odd[id] = true
		}
	}
	return odd
}

// compare returns the ids that are listed and not in the table, and those that
// are in the table and not listed.
func (t *table) compare(listed []string) (unheard, unlisted []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	there := make(map[string]bool, len(listed))
	for _, id := range listed {
		there[id] = true
		if t.entries[id] == nil {
			unheard = append(unheard, id)
		}
	}
	for id := range t.entries {
		if !there[id] {
			unlisted = append(unlisted, id)
		}
	}
	return unheard, unlisted
}
