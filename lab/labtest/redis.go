package labtest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ringfence/ringfence/lab"
)

// NeedRedisCluster starts a Redis Cluster for a test that breaks it. Others
// can share one.
func NeedRedisCluster(tb testing.TB) *lab.RedisCluster {
	tb.Helper()
	return need(tb, "a Redis Cluster", func(ctx context.Context) (*lab.RedisCluster, error) {
		return lab.StartRedisCluster(ctx, lab.RedisClusterOptions{})
	})
}

// NeedRedisSentinel starts a Redis with sentinels for a test that breaks it.
// Others can share one.
func NeedRedisSentinel(tb testing.TB) *lab.RedisSentinel {
	tb.Helper()
	return need(tb, "a Redis with sentinels", func(ctx context.Context) (*lab.RedisSentinel, error) {
		return lab.StartRedisSentinel(ctx, lab.RedisSentinelOptions{})
	})
}

// need starts servers for a test and ends them with it.
func need[T interface{ Stop() error }](tb testing.TB, part string, start func(context.Context) (T, error)) T {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	servers, err := start(ctx)
	if err != nil {
		missing(tb, part, err)
	}
	tb.Cleanup(func() {
		if err := servers.Stop(); err != nil {
			tb.Errorf("stop %s: %v", part, err)
		}
	})
	return servers
}

// shared are servers that the tests of a package share, since they take
// seconds to start.
type shared[T interface{ Stop() error }] struct {
	mu      sync.Mutex
	started bool
	servers T
	err     error
}

func (s *shared[T]) need(tb testing.TB, part string, start func(context.Context) (T, error)) T {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started {
		// They outlive this test.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), timeout)
		defer cancel()
		s.servers, s.err = start(ctx)
		s.started = true
	}
	if s.err != nil {
		missing(tb, part, s.err)
	}
	return s.servers
}

func (s *shared[T]) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started || s.err != nil {
		return nil
	}
	s.started = false
	return s.servers.Stop()
}

var (
	sharedCluster  shared[*lab.RedisCluster]
	sharedSentinel shared[*lab.RedisSentinel]
)

// SharedRedisCluster returns the Redis Cluster of all tests of a package whose
// TestMain ends with StopShared. Each test keeps to keys of its own.
func SharedRedisCluster(tb testing.TB) *lab.RedisCluster {
	tb.Helper()
	return sharedCluster.need(tb, "a Redis Cluster", func(ctx context.Context) (*lab.RedisCluster, error) {
		return lab.StartRedisCluster(ctx, lab.RedisClusterOptions{})
	})
}

// SharedRedisSentinel returns the Redis with sentinels of all tests of a
// package, as SharedRedisCluster does.
func SharedRedisSentinel(tb testing.TB) *lab.RedisSentinel {
	tb.Helper()
	return sharedSentinel.need(tb, "a Redis with sentinels", func(ctx context.Context) (*lab.RedisSentinel, error) {
		return lab.StartRedisSentinel(ctx, lab.RedisSentinelOptions{})
	})
}

// StopShared ends what the tests of a package have shared.
func StopShared() error { return errors.Join(sharedCluster.stop(), sharedSentinel.stop()) }
