// Package ari serves one Stasis application of one Asterisk: it holds the
// event socket, passes each call that enters Stasis to a [Handler], and provides
// the few requests that the handler needs to answer. It knows nothing
// about why a call is refused.
//
// If the handler, this process or the connection fails, the
// call continues: to Config.FallbackTo while requests reach Asterisk, and by the
// dialplan itself (STASISSTATUS=FAILED, or its guard, an absolute timeout) when
// they do not.
//
// # What is taken from github.com/CyCoreSystems/ari/v5
//
// The types of events and bodies, and its event decoder. Its native client is
// not used for calls: its requests take no context and have no deadline, its
// error codes are lost by wrapping, it opens too many connections, and its
// event loop crashes the process at an event type that it does not know. A
// request that decides how long a caller waits has to end in time, so this
// package makes the requests itself, each with a context and a deadline, over a
// bounded number of connections.
package ari

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Connections to Asterisk. Together, and with the event socket, they stay far
// under its default sessionlimit of 100, above which Asterisk closes them
// unanswered. Supervision has its own, so that heartbeats do not wait behind
// many calls.
const (
	callConnections        = 16
	supervisionConnections = 4
)

// Session serves one Stasis application of one Asterisk.
type Session struct {
	cfg Config
	log *slog.Logger
	// instance marks this session's heartbeats and its event filter.
	instance    string
	rest        *client // of calls
	supervision *client
	sockets     *http.Transport // of event sockets

	calls     *table
	playbacks playbacks
	handler   Handler
	// turns holds a token for each call that is being handled, waiting one for
	// each that waits for its turn. handled counts the calls that had their turn.
	turns, waiting chan struct{}
	handled        atomic.Int64
	handlers       sync.WaitGroup
	// fallbackTurns holds a token for each call being continued to the fallback.
	fallbackTurns chan struct{}
	fallbacks     sync.WaitGroup

	started  atomic.Bool
	stopping atomic.Bool
	beats    atomic.Int64    // heartbeats sent
	life     context.Context //nolint:containedctx // the life of Run, drain included: calls begin in events, which carry no context

	alive  atomic.Pointer[time.Time]
	mu     sync.Mutex
	status Status
}

// Status is the status of a session.
type Status struct {
	State State
	// Since is when State began.
	Since time.Time
	// Problem is why the state is not Registered, or nil if no reason is known.
	Problem *Problem
	// Calls is how many known calls have no verdict yet. Handled is how many have
	// had their turn since New.
	Calls   int
	Handled int64
}

// New returns a session, or an error with all that is wrong in cfg. It uses no network.
func New(cfg Config) (*Session, error) {
	base, err := cfg.check()
	if err != nil {
		return nil, fmt.Errorf("configure the connection to Asterisk: %w", err)
	}
	o := newOpener(&cfg)
	s := &Session{
		cfg: cfg, log: cfg.Log, instance: instanceMark + rand.Text(),
		rest:          newClient(&cfg, base, newTransport(&cfg, o, callConnections)),
		supervision:   newClient(&cfg, base, newTransport(&cfg, o, supervisionConnections)),
		sockets:       newTransport(&cfg, o, 0),
		calls:         newTable(cfg.Metrics),
		turns:         make(chan struct{}, cfg.tune.Workers),
		waiting:       make(chan struct{}, cfg.tune.Queue),
		fallbackTurns: make(chan struct{}, maxFallbacks),
		status:        Status{State: Stopped, Since: cfg.Now()},
		life:          context.Background(),
	}
	s.touch()
	return s, nil
}

// Run serves calls until ctx ends, through lost connections, restarts of
// Asterisk and corrected passwords. Then it stops: calls in progress are
// finished, or continued after Config.DrainTimeout; calls that arrive meanwhile
// are continued; the event socket is closed last. It returns nil then. It may
// be called once.
func (s *Session) Run(ctx context.Context, handler Handler) error {
	if !s.started.CompareAndSwap(false, true) {
		return errors.New("a session runs only once")
	}
	s.handler = handler
	life, end := context.WithCancelCause(context.WithoutCancel(ctx))
	defer end(nil)
	s.life = life
	s.enterState(Connecting, nil)

	connection, disconnect := context.WithCancel(life)
	defer disconnect()
	var supervision sync.WaitGroup
	supervision.Go(func() { s.supervise(connection) })

	<-ctx.Done()
	s.drain(life, end, func() {
		disconnect()
		supervision.Wait()
	})
	s.rest.close()
	s.supervision.close()
	s.sockets.CloseIdleConnections()
	s.enterState(Stopped, nil)
	return nil
}

// Status returns the status of the session.
func (s *Session) Status() Status {
	s.mu.Lock()
	status := s.status
	s.mu.Unlock()
	status.Calls, status.Handled = s.calls.openCalls(), s.handled.Load()
	return status
}

// Alive returns when the session last made progress: an event came
// through Asterisk while calls get their turn, or, while there is no
// connection, the next attempt to connect was made. A watchdog may restart the
// process when that was too long ago; it need not because Asterisk is down.
func (s *Session) Alive() time.Time { return *s.alive.Load() }

func (s *Session) touch() {
	now := s.cfg.Now()
	s.alive.Store(&now)
}

// enterState sets the status, and logs it if it has changed.
func (s *Session) enterState(state State, problem *Problem) {
	s.mu.Lock()
	before := s.status
	same := before.State == state && what(before.Problem) == what(problem)
	if !same {
		s.status = Status{State: state, Since: s.cfg.Now(), Problem: problem}
	}
	s.mu.Unlock()
	if state == Registered {
		s.cfg.Metrics.connected.Set(1)
	} else {
		s.cfg.Metrics.connected.Set(0)
	}
	if same {
		return
	}
	attrs := []any{slog.String("state", string(state)), slog.String("url", s.rest.base), slog.String("app", s.cfg.App)}
	if problem != nil {
		attrs = append(attrs, slog.String("what", problem.What), slog.String("do", problem.Do))
		if problem.Err != nil {
			attrs = append(attrs, slog.String("error", problem.Err.Error()))
		}
	}
	switch {
	case state == Registered:
		s.log.InfoContext(s.life, "connected to Asterisk: calls are served", attrs...)
	case state == Replaced:
		s.log.ErrorContext(s.life, "another client has taken the app name: no calls are served", attrs...)
	case problem != nil:
		s.log.WarnContext(s.life, "not connected to Asterisk: no calls are served", attrs...)
	default:
		s.log.DebugContext(s.life, "connection to Asterisk", attrs...)
	}
}

func what(p *Problem) string {
	if p == nil {
		return ""
	}
	return p.What
}
