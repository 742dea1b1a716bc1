package ari

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	v5 "github.com/CyCoreSystems/ari/v5"
)

// Why an event socket that had been opened ended.
var (
	errReplaced     = errors.New("another client took the app name")
	errUnregistered = errors.New("asterisk has no client registered for the app")
	errSilent       = errors.New("events no longer arrive")
	errClosed       = errors.New("asterisk closed the event socket")
)

// supervise holds the connection until ctx ends.
func (s *Session) supervise(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil && !s.stopping.Load() {
		s.touch()
		served, err := s.connect(ctx)
		if ctx.Err() != nil || s.stopping.Load() {
			return
		}
		if served {
			failures = 0
		}
		if errors.Is(err, errReplaced) {
			s.waitForName(ctx)
			failures = 0
			continue
		}
		problem := s.diagnose(err)
		if cause := lostCause(err); cause != "" {
			s.cfg.Metrics.reconnects.WithLabelValues(cause).Inc()
			problem = &Problem{
				State: Connecting, What: "the connection to Asterisk was lost", Err: err,
				Do: "wait: a new connection is tried; if that takes long, check that Asterisk runs",
			}
		}
		s.enterState(problem.State, problem)
		longest := s.cfg.tune.RetryLost
		if problem.State == Unauthorized || problem.State == NotARI {
			longest = s.cfg.tune.RetryRefused
		}
		pauseFor(ctx, pause(failures, longest, rand.Float64())) //nolint:gosec // jitter
		failures++
	}
}

// connect makes a connection and keeps it until it ends, which err explains.
// It reports whether calls were served meanwhile.
func (s *Session) connect(ctx context.Context) (served bool, err error) {
	if _, err := s.Check(ctx); err != nil {
		return false, err
	}
	switch app, err := s.application(ctx); {
	case err == nil && !s.marked(app):
		s.log.WarnContext(ctx, "another client uses, or has just used, the app name: taking it over", slog.String("app", s.cfg.App))
	case err != nil && !isStatus(err, http.StatusNotFound):
		return false, err
	}
	c, err := s.dial(ctx)
	if err != nil {
		return false, err
	}
	defer c.close(ctx)
	if err := s.putFilter(ctx); err != nil {
		if replaced := c.wasReplaced(); replaced != nil {
			return false, replaced
		}
		if isStatus(err, http.StatusNotFound) || isEnded(c.ended) {
			return false, fmt.Errorf("%w: %w", errUnregistered, err)
		}
		return false, err
	}
	return c.watch(ctx)
}

// waitForName waits until the client that took the app name has left. Taking it
// back at once would make both clients replace each other, which loses calls.
//
// The name is free when Asterisk no longer knows it. If the other client
// dies with open calls, it is known until their guards have taken the last of them
// out of Stasis.
func (s *Session) waitForName(ctx context.Context) {
	s.cfg.Metrics.reconnects.WithLabelValues("replaced").Inc()
	s.playbacks.finishIf(errNoEvents, func(*Playback) bool { return true })
	s.enterState(Replaced, &Problem{
		State: Replaced,
		What:  "another client has taken the app name " + s.cfg.App,
		Do:    "give each instance its own --ari-app and its own Stasis() line, or stop one of them; this one takes over when the other leaves",
	})
	for !s.stopping.Load() {
		pauseFor(ctx, s.cfg.tune.ReplacedPoll)
		if ctx.Err() != nil {
			return
		}
		s.touch()
		if _, err := s.application(ctx); isStatus(err, http.StatusNotFound) {
			s.enterState(Connecting, nil)
			return
		}
	}
}

// putFilter asks Asterisk for the events that are used, and for none of the
// many others. A further, invented type marks the registration as this session's: the
// filter is what the latest instance to register has left.
func (s *Session) putFilter(ctx context.Context) error {
	filter := map[string][]eventType{"allowed": {
		{v5.Events.StasisStart},
		{v5.Events.StasisEnd},
		{v5.Events.PlaybackFinished},
		{v5.Events.ChannelUserevent},
		{v5.Events.ApplicationReplaced},
		{s.instance},
	}}
	return s.supervision.do(ctx, "filter", http.MethodPut, "/applications/"+seg(s.cfg.App)+"/eventFilter", nil, filter, nil)
}

// marked reports whether this session was the last to register the app.
func (s *Session) marked(app application) bool {
	return slices.Contains(app.EventsAllowed, eventType{s.instance})
}

// lostCause returns the label for an event socket's end, "" if the connection
// was never open.
func lostCause(err error) string {
	switch {
	case errors.Is(err, errUnregistered):
		return "unregistered"
	case errors.Is(err, errSilent):
		return "silent"
	case errors.Is(err, errClosed):
		return "closed"
	}
	return ""
}

// pause returns the time before the next attempt after a number of failures
// in a row: from an eighth of the longest, doubling, with a jitter down to the
// half by a random number in [0, 1).
func pause(failures int, longest time.Duration, random float64) time.Duration {
	d := longest >> 3 << min(failures, 3)
	return d/2 + time.Duration(random*float64(d/2))
}

// pauseFor waits for d, or until ctx ends.
func pauseFor(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// isOwnHeartbeat reports whether a user event is one of this session's heartbeats.
func (s *Session) isOwnHeartbeat(eventName string) bool {
	return strings.HasPrefix(eventName, s.instance)
}
