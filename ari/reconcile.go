package ari

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// reconcile brings the table in line with what Asterisk has in Stasis for the
// app. Events during a lost connection never arrive later: calls
// that have arrived are passed to the handler, calls that have left end, and so
// do playbacks.
//
// It requests the app and not the list of channels, which fails as a
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

// checkStasis regularly compares the table with what Asterisk has in Stasis
// until the connection ends. For a call whose SIP Call-ID is not UTF-8, Asterisk
// sends no event, neither when it arrives nor when it leaves: it would wait for
// its guard, and a listed caller could use that to pass.
func (c *connection) checkStasis(ctx context.Context) {
	ticker := time.NewTicker(c.session.cfg.tune.CheckEvery)
	defer ticker.Stop()
	var odd map[string]bool
	for {
		select {
		case <-ticker.C:
			odd = c.session.checkStasisOnce(ctx, odd)
		case <-c.replaced:
			return
		case <-c.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// checkStasisOnce adds the calls that arrived without an event, and removes those that
// left without one. Any call may appear so for a moment while its event is on
// its way, so only those count that also did at the last check. It returns what
// to count at the next one.
func (s *Session) checkStasisOnce(ctx context.Context, before map[string]bool) map[string]bool {
	app, err := s.application(ctx)
	if err != nil {
		// The heartbeat finds out what is wrong.
		s.log.DebugContext(ctx, "the calls in Stasis could not be read", slog.String("error", err.Error()))
		return nil
	}
	unannounced, unlisted := s.calls.compare(app.ChannelIDs)
	odd := make(map[string]bool)
	for _, id := range unannounced {
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
func (t *table) compare(listed []string) (unannounced, unlisted []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	there := make(map[string]bool, len(listed))
	for _, id := range listed {
		there[id] = true
		if t.entries[id] == nil {
			unannounced = append(unannounced, id)
		}
	}
	for id := range t.entries {
		if !there[id] {
			unlisted = append(unlisted, id)
		}
	}
	return unannounced, unlisted
}
