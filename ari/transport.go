package ari

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"
)

// maxOpenings is how many connections are opened at once. Asterisk's web server
// listens with a backlog of 10 (main/tcptls.c); what exceeds it is heard only
// when the kernel tries again, a second later, which is all that a caller has.
const maxOpenings = 4

// idleTimeout is less than Asterisk's session_keep_alive of 15 s, after which
// it closes an idle connection.
const idleTimeout = 8 * time.Second

// direct carries requests to one Asterisk. The calling goroutine itself writes
// the request and reads the answer: net/http's own transport has two goroutines
// a connection for that, and on a busy machine being woken twice costs a caller
// more than the request does. What is said on the wire is net/http's. Answers
// are read whole, so they must be short.
type direct struct {
	dialer  net.Dialer
	address string
	tls     *tls.Config   // nil for plain HTTP
	slots   chan struct{} // holds a token for each request under way
	// openings holds a token for each connection that has had no answer yet,
	// returned one for each that has become idle, at least since somebody looked.
	openings, returned chan struct{}

	mu   sync.Mutex
	idle []*wire // the one used last comes last
}

var _ http.RoundTripper = (*direct)(nil)

// wire is a connection.
type wire struct {
	net.Conn

	reader *bufio.Reader
	writer *bufio.Writer
	used   time.Time // when its last answer had come
}

// newDirect makes one of so many connections to base at the most.
func newDirect(cfg *Config, base *url.URL, connections int) *direct {
	d := &direct{
		dialer:  net.Dialer{Timeout: cfg.RequestTimeout, KeepAlive: 15 * time.Second},
		address: base.Host, slots: make(chan struct{}, connections),
		openings: make(chan struct{}, maxOpenings), returned: make(chan struct{}, connections),
	}
	port := "80"
	if base.Scheme == "https" {
		port = "443"
		d.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if cfg.TLS != nil {
			d.tls = cfg.TLS.Clone()
		}
		if d.tls.ServerName == "" {
			d.tls.ServerName = base.Hostname()
		}
	}
	if base.Port() == "" {
		d.address = net.JoinHostPort(base.Hostname(), port)
	}
	return d
}

// RoundTrip makes one request. One that a connection dies on which had been
// idle is made again on another: Asterisk may just have closed it. That is for
// requests that do no harm when they are made twice.
func (d *direct) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	ctx := req.Context()
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	for {
		w, fresh, err := d.obtain(ctx)
		if err != nil {
			return nil, inTime(ctx, err)
		}
		resp, stale, err := d.exchange(w, req)
		if fresh {
			<-d.openings
		}
		if err == nil {
			return resp, nil
		}
		if fresh || !stale || ctx.Err() != nil {
			return nil, inTime(ctx, err)
		}
		if req.GetBody != nil {
			if req.Body, err = req.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// obtain returns a connection: an idle one, or a fresh one, for which a token of
// openings is held.
func (d *direct) obtain(ctx context.Context) (w *wire, fresh bool, err error) {
	for {
		if w = d.take(); w != nil {
			return w, false, nil
		}
		select {
		case d.openings <- struct{}{}:
			if w, err = d.dial(ctx); err != nil {
				<-d.openings
			}
			return w, true, err
		case <-d.returned:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
}

// exchange writes a request and reads its answer. With an error, stale says
// that nothing of an answer came and that it wasn't for want of time.
func (d *direct) exchange(w *wire, req *http.Request) (resp *http.Response, stale bool, err error) {
	ctx := req.Context()
	deadline, _ := ctx.Deadline()
	keep := w.SetDeadline(deadline) == nil
	release := context.AfterFunc(ctx, func() { _ = w.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		// A deadline that is being moved right now is no basis for the next request.
		if !release() || !keep || err != nil {
			_ = w.Close()
			return
		}
		d.put(w)
	}()

	if err = req.Write(w.writer); err == nil {
		err = w.writer.Flush()
	}
	if err == nil {
		_, err = w.reader.Peek(1)
	}
	if err != nil {
		return nil, !errors.Is(err, os.ErrDeadlineExceeded), err
	}
	answer, err := http.ReadResponse(w.reader, req)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxBody+1))
	if err != nil {
		return nil, false, err
	}
	if len(text) > maxBody {
		return nil, false, fmt.Errorf("%w: it is longer than %d bytes", errNotARI, maxBody)
	}
	keep = keep && !answer.Close && w.reader.Buffered() == 0
	whole := *answer
	whole.Body = io.NopCloser(bytes.NewReader(text))
	return &whole, false, nil
}

func (d *direct) dial(ctx context.Context) (*wire, error) {
	conn, err := d.dialer.DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, err
	}
	if d.tls != nil {
		secure := tls.Client(conn, d.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		conn = secure
	}
	return &wire{Conn: conn, reader: bufio.NewReader(conn), writer: bufio.NewWriter(conn)}, nil
}

// take returns the connection used last, or nil if none is idle. The others
// get older that way, and are closed in time.
func (d *direct) take() *wire {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.idle) > 0 && time.Since(d.idle[0].used) > idleTimeout {
		_ = d.idle[0].Close()
		d.idle[0] = nil
		d.idle = d.idle[1:]
	}
	last := len(d.idle) - 1
	if last < 0 {
		return nil
	}
	w := d.idle[last]
	d.idle[last] = nil
	d.idle = d.idle[:last]
	return w
}

func (d *direct) put(w *wire) {
	w.used = time.Now()
	d.mu.Lock()
	d.idle = append(d.idle, w)
	d.mu.Unlock()
	select {
	case d.returned <- struct{}{}:
	default:
	}
}

// CloseIdleConnections is what http.Client's method of that name calls.
func (d *direct) CloseIdleConnections() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.idle {
		_ = w.Close()
	}
	d.idle = nil
}

// inTime puts it in the context's words when there was no time left.
func inTime(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return context.DeadlineExceeded
	}
	return err
}
