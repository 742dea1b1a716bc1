package store

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// bounds are the options of every client, whatever the URL says: it gives up in
// time, and nothing is tried twice, since a caller waits, and since what may have
// been done already must not be done again. Only what a node has refused, because
// its keys lie elsewhere, or what was never sent goes to another one. The context
// of a call ends sooner.
var bounds = map[string]string{
	"max_retries":   "-1",
	"dial_timeout":  "1s",
	"read_timeout":  "5s",
	"write_timeout": "5s",
	"pool_timeout":  "1s",
	// Nearly all is pipelines: one pool keeps its connections warm.
	"pipeline_pool_size": "-1",
}

const (
	// defaultConnections is enough for a thousand calls a second, each of which uses
	// a connection for about a millisecond.
	defaultConnections = 32
	// topologyTimeout bounds how long one node or sentinel is asked which
	// server is primary, before the next one is. It is well under dial_timeout, within
	// which the client has to find out.
	topologyTimeout = 300 * time.Millisecond
	// redirects is how often a command follows its keys from node to node.
	redirects = 3
)

// connect makes a client, with the bounds and what no URL can say.
func (t target) connect() redis.UniversalClient {
	// The client would write to stderr what it returns as errors anyway.
	logging.Disable()
	off := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch {
	case t.sentinel != nil:
		o := t.sentinel
		o.ContextTimeoutEnabled, o.DisableIdentity, o.DialerRetries = true, true, 1
		o.Dialer = dialSoon(o.TLSConfig)
		client := redis.NewFailoverClient(o)
		client.AddHook(sentinelHook{})
		return client
	case t.cluster != nil:
		o := t.cluster
		o.ContextTimeoutEnabled, o.DisableIdentity, o.DialerRetries, o.MaintNotificationsConfig = true, true, 1, off
		// Each command goes to the primary of its keys, whatever its kind.
		o.MaxRedirects, o.DisableRoutingPolicies = redirects, true
		client := redis.NewClusterClient(o)
		client.OnNewNode(func(node *redis.Client) { node.AddHook(nodeHook{}) })
		client.AddHook(clusterHook{reload: client.ReloadState})
		return client
	}
	o := t.server
	o.ContextTimeoutEnabled, o.DisableIdentity, o.DialerRetries, o.MaintNotificationsConfig = true, true, 1, off
	return redis.NewClient(o)
}

// dialSoon returns a dialler for sentinels and the servers that they name: one
// whose machine has gone must leave time to ask the others. Only the way there is
// bounded, not the handshake of TLS, which tls.Dialer would bound as well. A nil
// config means no TLS.
func dialSoon(config *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: topologyTimeout}
	if config == nil {
		return dialer.DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return secure, nil
	}
}
