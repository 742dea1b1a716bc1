package ari

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxOpenings is how many connections may be open without an answer yet.
// Asterisk's web server listens with a backlog of 10 (main/tcptls.c); what
// exceeds it is connected only when the kernel tries again after a second,
// and a caller cannot wait longer than that.
const maxOpenings = 4

// idleTimeout is less than Asterisk's session_keep_alive of 15 s, after which
// it closes an idle connection.
const idleTimeout = 8 * time.Second

// opener opens connections to one Asterisk, a few at once.
type opener struct {
	dialer net.Dialer
	turns  chan struct{} // holds a token for each connection without an answer yet
}

func newOpener(cfg *Config) *opener {
	return &opener{
		dialer: net.Dialer{Timeout: cfg.RequestTimeout, KeepAlive: 15 * time.Second},
		turns:  make(chan struct{}, maxOpenings),
	}
}

func (o *opener) dial(ctx context.Context, network, address string) (net.Conn, error) {
	select {
	case o.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	conn, err := o.dialer.DialContext(ctx, network, address)
	if err != nil {
		<-o.turns
		return nil, err
	}
	return &opening{Conn: conn, answered: sync.OnceFunc(func() { <-o.turns })}, nil
}

// opening is a connection that frees its turn with the first answer, or at
// its end if none comes.
type opening struct {
	net.Conn

	answered func()
}

func (c *opening) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.answered()
	return n, err
}

func (c *opening) Close() error {
	err := c.Conn.Close()
	c.answered()
	return err
}

// newTransport makes one of at most so many connections. Requests above that
// wait for a connection.
func newTransport(cfg *Config, o *opener, connections int) *http.Transport {
	return &http.Transport{
		Proxy:               nil, // Asterisk is never behind a web proxy
		DialContext:         o.dial,
		TLSClientConfig:     cfg.tune.TLS.Clone(),
		TLSHandshakeTimeout: 3 * time.Second,
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
	}
}
