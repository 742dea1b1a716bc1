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

// The bounds of one exchange with Redis, for those who set none: the context
// of a call ends sooner.
const (
	dialTimeout = time.Second
	ioTimeout   = 5 * time.Second
	poolSize    = 32
	// topologyTimeout bounds how long one node or sentinel is asked who is
	// primary, before the next one is. It is well under dialTimeout, within
	// which the client has to find out.
	topologyTimeout = 300 * time.Millisecond
	// redirects is how often a command follows its keys from node to node.
	redirects = 3
)

// connect makes a client that gives up in time: nothing is tried twice, since
// a caller waits, and since what may have been done already must not be done
// again. Only what a node has refused, because its keys lie elsewhere, or what
// was never sent goes to another one.
func (t target) connect() redis.UniversalClient {
	// The client would write to stderr what it returns as errors anyway.
	logging.Disable()
	switch {
	case t.sentinel != nil:
		return connectSentinel(t.sentinel)
	case t.cluster != nil:
		return connectCluster(t.cluster)
	}
	return connectServer(t.server)
}

func connectServer(options *redis.Options) redis.UniversalClient {
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout = dialTimeout
	options.ReadTimeout = ioTimeout
	options.WriteTimeout = ioTimeout
	options.PoolTimeout = dialTimeout
	options.PoolSize = poolSize
	// Nearly all is pipelines: one pool keeps its connections warm.
	options.PipelinePoolSize = -1
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options)
}

func connectCluster(options *redis.ClusterOptions) redis.UniversalClient {
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	options.MaxRedirects = redirects
	// Each command goes to the primary of its keys, whatever its kind.
	options.DisableRoutingPolicies = true
	options.DialerRetries = 1
	options.DialTimeout = dialTimeout
	options.ReadTimeout = ioTimeout
	options.WriteTimeout = ioTimeout
	options.PoolTimeout = dialTimeout
	options.PoolSize = poolSize
	options.PipelinePoolSize = -1
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	client := redis.NewClusterClient(options)
	client.OnNewNode(func(node *redis.Client) { node.AddHook(nodeHook{}) })
	client.AddHook(clusterHook{client.ReloadState})
	return client
}

func connectSentinel(options *redis.FailoverOptions) redis.UniversalClient {
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout = dialTimeout
	options.ReadTimeout = ioTimeout
	options.WriteTimeout = ioTimeout
	options.PoolTimeout = dialTimeout
	options.PoolSize = poolSize
	options.PipelinePoolSize = -1
	options.DisableIdentity = true
	options.Dialer = dialSoon(options.TLSConfig)
	client := redis.NewFailoverClient(options)
	client.AddHook(sentinelHook{})
	return client
}

// dialSoon returns a dialler for sentinels and those whom they name: one whose
// machine has gone must leave time to ask the others. Without a configuration
// there is no TLS.
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
