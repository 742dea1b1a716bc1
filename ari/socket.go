package ari

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	v5 "github.com/CyCoreSystems/ari/v5"
	"github.com/coder/websocket"
)

// maxFrame bounds the size of an event, in bytes. Usual ones have 1 to 2 kB.
const maxFrame = 4 << 20

// closeTimeout bounds the closing handshake.
const closeTimeout = 500 * time.Millisecond

// connection is one event socket.
type connection struct {
	session  *Session
	socket   *websocket.Conn
	stopRead context.CancelFunc
	reader   sync.WaitGroup

	beats    chan string   // names of heartbeats that came back
	unread   chan struct{} // holds a token when a call may have arrived without an event
	replaced chan struct{} // closed when another client took the name
	ended    chan struct{} // closed when the reader has ended, for the reason in err
	err      error
	warned   bool // that a frame could not be used
}

// dial opens the event socket and starts to read it.
func (s *Session) dial(ctx context.Context) (*connection, error) {
	target := s.rest.base + "/events?" + url.Values{"app": {s.cfg.App}, "subscribeAll": {"false"}}.Encode()
	handshake, cancel := context.WithTimeout(ctx, s.cfg.RequestTimeout)
	defer cancel()
	//nolint:bodyclose // of a handshake that failed, the library has read what there was
	socket, resp, err := websocket.Dial(handshake, target, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": s.rest.authorization}, HTTPClient: &http.Client{
			Transport:     s.sockets,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, &StatusError{Op: "open the event socket", Code: resp.StatusCode}
		}
		// The URL in the library's error is long, and the same each time.
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		return nil, fmt.Errorf("open the event socket: %w", err)
	}
	socket.SetReadLimit(maxFrame)

	c := &connection{
		session: s, socket: socket,
		beats: make(chan string, 8), unread: make(chan struct{}, 1),
		replaced: make(chan struct{}), ended: make(chan struct{}),
	}
	// The reader outlives ctx, up to the end of the closing handshake: what
	// Asterisk sends until then may still be a call to handle.
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stopRead = stop
	c.resweep()
	c.reader.Go(func() { c.read(reading) })
	c.reader.Go(func() { c.checkStasis(reading) })
	return c, nil
}

// read takes frames until the socket ends. Nothing here waits for anything
// else: Asterisk disconnects a client that reads slowly.
func (c *connection) read(ctx context.Context) {
	defer close(c.ended)
	var frame bytes.Buffer
	for {
		_, text, err := c.socket.Reader(ctx)
		if err == nil {
			frame.Reset()
			_, err = frame.ReadFrom(text)
		}
		if err != nil {
			c.err = fmt.Errorf("%w: %w", errClosed, err)
			return
		}
		c.take(ctx, frame.Bytes())
	}
}

// take handles one frame. It does not retain it.
func (c *connection) take(ctx context.Context, frame []byte) {
	s := c.session
	e, err := decode(frame)
	kind := "other"
	if known(e.kind) {
		kind = e.kind
	}
	s.cfg.Metrics.events.WithLabelValues(kind).Inc()
	if err != nil {
		c.reject(ctx, e, err)
		return
	}
	switch e.kind {
	case v5.Events.StasisStart:
		call := e.channel.call()
		call.Args = e.args
		s.arrive(call, e.at)
	case v5.Events.StasisEnd:
		s.calls.leave(e.channel.ID, e.at)
		s.playbacks.leave(e.channel.ID)
	case v5.Events.PlaybackFinished:
		if e.playback.State == "failed" {
			s.playbacks.finish(e.playback.ID, ErrPlaybackFailed)
		} else {
			s.playbacks.finish(e.playback.ID, nil)
		}
	case v5.Events.ChannelUserevent:
		if s.isOwnHeartbeat(e.name) {
			select {
			case c.beats <- e.name:
			default:
			}
		}
	case v5.Events.ApplicationReplaced:
		if c.wasReplaced() == nil {
			close(c.replaced)
		}
	}
}

// reject counts a frame that cannot be used, and logs it once per connection.
// If it may have been a call, it makes watch check which calls wait.
func (c *connection) reject(ctx context.Context, e event, err error) {
	reason, level := "half_filled", slog.LevelDebug
	if errors.Is(err, errNotEvent) {
		reason = "not_an_event"
	}
	c.session.cfg.Metrics.rejected.WithLabelValues(reason).Inc()
	if !c.warned {
		c.warned, level = true, slog.LevelWarn
	}
	c.session.log.Log(ctx, level, "an unusable event is ignored", slog.String("error", err.Error()))
	if e.kind == v5.Events.StasisStart || errors.Is(err, errNotEvent) {
		c.resweep()
	}
}

// resweep makes watch check soon which calls wait.
func (c *connection) resweep() {
	select {
	case c.unread <- struct{}{}:
	default:
	}
}

// wasReplaced returns errReplaced if another client took the name.
func (c *connection) wasReplaced() error {
	select {
	case <-c.replaced:
		return errReplaced
	default:
		return nil
	}
}

// close closes the socket, with a handshake if Asterisk may still answer, and ends the reader.
func (c *connection) close(ctx context.Context) {
	select {
	case <-c.ended:
	default:
		if ctx.Err() != nil || c.wasReplaced() != nil {
			timer := time.AfterFunc(closeTimeout, c.stopRead)
			_ = c.socket.Close(websocket.StatusNormalClosure, "")
			timer.Stop()
		}
	}
	c.stopRead()
	_ = c.socket.CloseNow()
	c.reader.Wait()
}
