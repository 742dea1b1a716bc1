package ari

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// maxFallbacks is how many calls are continued to the fallback at once. They
// share the connections with the calls that are being decided.
const maxFallbacks = 4

// arrive adds a new call. It never blocks: it runs on the reader's goroutine.
func (s *Session) arrive(call Call, at time.Time) {
	call.Arrived = s.cfg.Now()
	e := s.calls.enter(s.life, call, at)
	if e == nil {
		return
	}
	if s.stopping.Load() {
		s.giveUp(e, fallbackDraining)
		return
	}
	select {
	case s.turns <- struct{}{}:
		s.handlers.Go(func() { s.takeTurn(e) })
		return
	default:
	}
	select {
	case s.waiting <- struct{}{}:
		s.handlers.Go(func() {
			s.turns <- struct{}{}
			<-s.waiting
			s.takeTurn(e)
		})
	default:
		s.giveUp(e, fallbackOverflow)
	}
}

func (s *Session) takeTurn(e *entry) {
	growStack()
	defer func() {
		s.handled.Add(1)
		<-s.turns
	}()
	s.handle(e)
}

// growStack grows the stack of a new goroutine at once: enough
// for a call's requests to Redis and to Asterisk. Growing it in steps would take
// about 3 % of the CPU time of a call.
//
//go:noinline
func growStack() {
	var room [7 << 10]byte
	runtime.KeepAlive(&room)
}

// giveUp continues a call to the fallback, without waiting for the result.
func (s *Session) giveUp(e *entry, cause fallback) {
	s.calls.finish(e)
	s.fallbacks.Go(func() {
		s.fallbackTurns <- struct{}{}
		defer func() { <-s.fallbackTurns }()
		s.fallBack(e, cause, nil)
	})
}

// handle passes one call to the handler.
func (s *Session) handle(e *entry) {
	// A call that left while it waited for its turn is also passed on:
	// the handler may record it.
	gone := errors.Is(context.Cause(e.ctx), ErrGone)
	if e.ctx.Err() != nil && !gone {
		return
	}
	if !gone && s.cfg.Now().Sub(e.call.Arrived) > s.cfg.tune.MaxWait {
		s.fallBack(e, fallbackLate, nil)
		return
	}
	call := e.call
	if call.Waiting {
		var err error
		if call, err = s.recall(e.ctx, call); err != nil {
			s.fallBack(e, fallbackUnreadable, err)
			return
		}
	}
	cause, err := s.serve(e.ctx, call)
	switch {
	case s.calls.finished(e), errors.Is(context.Cause(e.ctx), ErrGone):
	case s.stopping.Load() && e.ctx.Err() != nil:
		s.fallBack(e, fallbackDraining, err)
	default:
		s.fallBack(e, cause, err)
	}
}

// serve calls the handler. It returns the cause of a fallback, for the case that the
// handler has not continued the call.
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
	return fallbackNoVerdict, nil
}

// fallBack continues a call to the fallback, unless the session has ended. A
// call that cannot be continued in three attempts is left to the dialplan's guard.
// Handling is the error of the handler, if that was the cause.
func (s *Session) fallBack(e *entry, cause fallback, handling error) {
	defer s.calls.finish(e)
	if cause != fallbackError && cause != fallbackNoVerdict {
		s.cfg.OnFallback(e.call, string(cause))
	}
	id := e.call.ID
	var err error
	for try := range 3 {
		if try > 0 {
			pauseFor(s.life, 50*time.Millisecond)
		}
		if s.life.Err() != nil {
			return
		}
		// Continue ignores that the context has ended, unless the call is gone.
		err = s.Continue(e.ctx, id, s.cfg.FallbackTo)
		if err == nil || errors.Is(err, ErrGone) {
			break
		}
	}
	if errors.Is(err, ErrGone) {
		return
	}
	s.cfg.Metrics.fallbacks.WithLabelValues(string(cause)).Inc()
	attrs := []any{slog.String("channel", id), slog.String("cause", string(cause))}
	if handling != nil {
		attrs = append(attrs, slog.String("error", handling.Error()))
	}
	if err != nil {
		s.log.ErrorContext(s.life, "a call could not be continued and is left to the dialplan's guard",
			append(attrs, slog.String("continue_error", err.Error()))...)
		return
	}
	level := slog.LevelWarn
	if cause == fallbackOverflow || cause == fallbackDraining {
		level = slog.LevelDebug // many calls should not fill the log; the metric counts them
	}
	s.log.Log(s.life, level, "a call continued without a decision", attrs...)
}

// recall reads the data of a call that arrived without an event.
func (s *Session) recall(ctx context.Context, call Call) (Call, error) {
	text, set, err := s.Variable(ctx, call.ID, s.cfg.tune.ArgsVariable)
	switch {
	case err != nil:
		return call, fmt.Errorf("read the arguments of a waiting call: %w", err)
	case !set:
		return call, fmt.Errorf("channel variable %s is not set", s.cfg.tune.ArgsVariable)
	}
	call.Args = strings.Split(text, ",")
	channel, err := s.channel(ctx, call.ID)
	if err != nil {
		// The arguments are enough for a decision.
		s.log.DebugContext(ctx, "a waiting call's channel could not be read",
			slog.String("channel", call.ID), slog.String("error", err.Error()))
	}
	call.Channel, call.SIPCallID = channel.Name, channel.ProtocolID
	call.Number, call.Name = channel.Caller.Number, channel.Caller.Name
	return call, nil
}
