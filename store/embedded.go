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

// tick is how often the embedded Redis deletes what has expired. It checks
// every key each time, which takes one or two microseconds each: tickPerKey
// keeps that at a tenth of one processor, however many there are.
const (
	tick       = 100 * time.Millisecond
	tickPerKey = 20 * time.Microsecond
)

// Embedded is a small Redis in this process. It keeps everything in memory and
// loses it when it ends.
type Embedded struct {
	// URL is where it listens, for Options. Address is its host and port, which
	// may be shown.
	URL, Address string
	done         chan struct{}
}

// ServeEmbedded starts a Redis in this process and returns when it listens, at
// the host and port of the URL; port 0 takes a free one. It listens on this
// machine only, and ends with ctx. Entries expire there within a tenth of a
// second, with more than 5,000 of them within two seconds for each 100,000.
func ServeEmbedded(ctx context.Context, url string) (*Embedded, error) {
	target, err := readURL(url, defaultConnections)
	if err != nil {
		return nil, err
	}
	options := target.server
	if options == nil || options.Network == "unix" || options.TLSConfig != nil || !loopback(options.Addr) {
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
	embedded := &Embedded{URL: at(url, server.Addr()), Address: server.Addr(), done: make(chan struct{})}
	go embedded.run(ctx, server, options.DB)
	return embedded, nil
}

// Wait returns when the embedded Redis has ended.
func (e *Embedded) Wait() { <-e.done }

// run moves the clock of the server, which does not run by itself.
func (e *Embedded) run(ctx context.Context, server *miniredis.Miniredis, database int) {
	defer close(e.done)
	defer server.Close()
	last := time.Now()
	timer := time.NewTimer(tick)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			now := time.Now()
			server.FastForward(now.Sub(last))
			last = now
			timer.Reset(max(tick, tickPerKey*time.Duration(len(server.DB(database).Keys()))))
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
