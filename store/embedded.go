package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	neturl "net/url"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// tick is how often the embedded Redis looks for what has expired.
const tick = 100 * time.Millisecond

// Embedded is a small Redis in this process. It keeps everything in memory and
// loses it when it ends.
type Embedded struct {
	// URL is where it listens, for Options.
	URL  string
	done chan struct{}
}

// ServeEmbedded starts a Redis in this process and returns when it listens, at
// the host and port of the URL; port 0 takes a free one. It listens on this
// machine only, and ends with ctx.
func ServeEmbedded(ctx context.Context, url string) (*Embedded, error) {
	options, _, err := readURL(url)
	if err != nil {
		return nil, err
	}
	if options.Network == "unix" || options.TLSConfig != nil || !loopback(options.Addr) {
		return nil, errors.New("an embedded store listens on this machine only, without TLS: write redis://127.0.0.1:6379")
	}
	server := miniredis.NewMiniRedis()
	switch {
	case options.Username != "":
		server.RequireUserAuth(options.Username, options.Password)
	case options.Password != "":
		server.RequireAuth(options.Password)
	}
	if err := server.StartAddr(options.Addr); err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("an embedded store cannot listen on %s: something does already, perhaps a Redis that can be used instead", options.Addr)
		}
		return nil, fmt.Errorf("an embedded store cannot listen: %w", err)
	}
	embedded := &Embedded{URL: at(url, server.Addr()), done: make(chan struct{})}
	go embedded.run(ctx, server)
	return embedded, nil
}

// Wait returns when the embedded Redis has ended.
func (e *Embedded) Wait() { <-e.done }

// run lets the time pass for the server, whose clock for expiry stands still
// by itself. That looks at every key: with many of them it is done more seldom,
// so that it takes no more than a twentieth of the time.
func (e *Embedded) run(ctx context.Context, server *miniredis.Miniredis) {
	defer close(e.done)
	defer server.Close()
	last := time.Now()
	timer := time.NewTimer(tick)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-timer.C:
			server.FastForward(now.Sub(last))
			last = now
			timer.Reset(max(tick, 20*time.Since(now)))
		}
	}
}

// at returns the URL with the address that was taken.
func at(url, address string) string {
	parsed, err := neturl.Parse(url)
	if err != nil {
		return "redis://" + address
	}
	parsed.Host = address
	return parsed.String()
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
