package ari

import (
	"context"
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
