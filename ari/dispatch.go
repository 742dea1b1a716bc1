package ari

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"
)

// releasers is how many calls are continued to the fallback at once. They
// share the connections with the calls that are being decided.
const releasers = 4

// release is a call to be continued to the fallback, and why.
type release struct {
	entry *entry
	cause fallback
	err   error
}

// arrive takes a call in. It never blocks: it runs on the reader's goroutine.
func (s *Session) arrive(call Call, at time.Time) {
	call.Arrived = s.cfg.Now()
	e := s.calls.enter(s.life, call, at)
	switch {
	case e == nil:
	case s.stopping.Load():
		s.giveUp(release{entry: e, cause: fallbackDraining})
	case !s.handlers.give(e):
		s.giveUp(release{entry: e, cause: fallbackOverflow})
	}
}

// giveUp has a call continued to the fallback, without waiting for it.
func (s *Session) giveUp(r release) {
	s.calls.settle(r.entry)
	s.releases.give(r)
}

// handle carries one call through the handler.
func (s *Session) handle(e *entry) {
	// One that has gone while it waited for its turn is handed over all the
	// same: it was a call, and somebody may keep a record of it.
	gone := errors.Is(context.Cause(e.ctx), ErrGone)
	if e.ctx.Err() != nil && !gone {
		return
	}
	if !gone && s.cfg.Now().Sub(e.call.Arrived) > s.cfg.MaxWait {
		s.letGo(release{entry: e, cause: fallbackLate})
		return
	}
	call := e.call
	if call.Waiting {
		var err error
		if call, err = s.recall(e.ctx, call); err != nil {
			s.letGo(release{entry: e, cause: fallbackUnreadable, err: err})
			return
		}
	}
	cause, err := s.serve(e.ctx, call)
	switch {
	case s.calls.settled(e), errors.Is(context.Cause(e.ctx), ErrGone):
	case s.stopping.Load() && e.ctx.Err() != nil:
		s.letGo(release{entry: e, cause: fallbackDraining, err: err})
	default:
		s.letGo(release{entry: e, cause: cause, err: err})
	}
}

// serve calls the handler and says why the call would have to be continued
// should it be unanswered.
func (s *Session) serve(ctx context.Context, call Call) (cause fallback, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			cause, err = fallbackPanic, fmt.Errorf("panic: %v", reason)
			s.log.ErrorContext(ctx, "the handler of a call panicked",
				slog.String("channel", call.ID), slog.Any("panic", reason), slog.String("stack", string(debug.Stack())))
		}
	}()
	if err = s.handler.ServeCall(ctx, call); err != nil {
		return fallbackError, err
	}
	return fallbackUnanswered, nil
}

// letGo continues a call to the fallback, unless the session has ended. What cannot be done in three tries
// is left to the dialplan's guard.
func (s *Session) letGo(r release) {
	defer s.calls.settle(r.entry)
	if r.cause != fallbackError && r.cause != fallbackUnanswered {
		s.cfg.Released(r.entry.call, string(r.cause))
	}
	id := r.entry.call.ID
	var err error
	for try := range 3 {
		if try > 0 {
			linger(s.life, 50*time.Millisecond)
		}
		if s.life.Err() != nil {
			return
		}
		// Continue ignores that the context has ended, unless the call is gone.
		err = s.Continue(r.entry.ctx, id, s.cfg.Fallback)
		if err == nil || errors.Is(err, ErrGone) {
			break
		}
	}
	if errors.Is(err, ErrGone) {
		return
	}
	s.cfg.Metrics.fallbacks.WithLabelValues(string(r.cause)).Inc()
	attrs := []any{slog.String("channel", id), slog.String("cause", string(r.cause))}
	if r.err != nil {
		attrs = append(attrs, slog.String("error", r.err.Error()))
	}
	if err != nil {
		s.log.ErrorContext(s.life, "a call could not be continued and is left to the dialplan's guard",
			append(attrs, slog.String("continue_error", err.Error()))...)
		return
	}
	s.log.Log(s.life, releaseLevel(r.cause), "a call went on without a decision", attrs...)
}

// releaseLevel keeps a flood of overflowing calls from becoming a flood of
// log lines; the counter tells.
func releaseLevel(cause fallback) slog.Level {
	if cause == fallbackOverflow || cause == fallbackDraining {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// recall reads what an event would have told about a call found waiting.
func (s *Session) recall(ctx context.Context, call Call) (Call, error) {
	text, set, err := s.Variable(ctx, call.ID, s.cfg.ArgsVariable)
	switch {
	case err != nil:
		return call, fmt.Errorf("read the arguments of a waiting call: %w", err)
	case !set:
		return call, fmt.Errorf("channel variable %s is not set", s.cfg.ArgsVariable)
	}
	call.Args = strings.Split(text, ",")
	channel, err := s.channel(ctx, call.ID)
	if err != nil {
		// The arguments are what the dialplan took care to pass on.
		s.log.DebugContext(ctx, "a waiting call's channel could not be read",
			slog.String("channel", call.ID), slog.String("error", err.Error()))
	}
	call.Channel, call.SIPCallID = channel.Name, channel.ProtocolID
	call.Number, call.Name = channel.Caller.Number, channel.Caller.Name
	return call, nil
}
