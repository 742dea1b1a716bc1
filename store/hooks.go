package store

import (
	"context"
	"errors"
	"net"

	"github.com/redis/go-redis/v9"
)

// once is a command that is not sent again when its answer doesn't come.
type once struct{ redis.Cmder }

// NoRetry says so.
func (once) NoRetry() bool { return true }

// clusterHook keeps the client of a cluster from trying anything twice, and
// lets it ask anew who is primary when one does not answer as it should.
type clusterHook struct{ reload func(context.Context) }

var _ redis.Hook = clusterHook{}

// DialHook leaves dialling as it is.
func (clusterHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook is for single commands.
func (h clusterHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		err := next(ctx, once{command})
		h.look(ctx, err)
		return err
	}
}

// ProcessPipelineHook is for several commands in one.
func (h clusterHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		sent := make([]redis.Cmder, len(commands))
		for i, command := range commands {
			sent[i] = once{command}
		}
		err := next(ctx, sent)
		h.look(ctx, err)
		return err
	}
}

// look asks for the cluster's present form after a failure that a failover may
// have caused. The client itself asks once a minute, and when a node says that
// keys have moved, which one that is dead never does.
func (h clusterHook) look(ctx context.Context, err error) {
	if err != nil && !errors.Is(err, context.Canceled) && (fromNetwork(err) || notNow(err) || notHere(err)) {
		h.reload(ctx)
	}
}

// nodeHook bounds how long a node is asked for the cluster's form.
type nodeHook struct{}

var _ redis.Hook = nodeHook{}

// DialHook leaves dialling as it is.
func (nodeHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook bounds CLUSTER SLOTS, which is asked without a deadline.
func (nodeHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		if command.Name() == "cluster" {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, topologyTimeout)
			defer cancel()
		}
		return next(ctx, command)
	}
}

// ProcessPipelineHook leaves pipelines as they are.
func (nodeHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// sentinelHook tells what sentinels say apart from what Redis says: to ask
// them is part of dialling. One of them who knows no such primary answers nil,
// which would otherwise look as if a key were empty.
type sentinelHook struct{}

var _ redis.Hook = sentinelHook{}

// DialHook puts what sentinels say into an error of its own.
func (sentinelHook) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := next(ctx, network, address)
		if reply, ok := errors.AsType[redis.Error](err); ok {
			return nil, &sentinelError{reply}
		}
		return conn, err
	}
}

// ProcessHook leaves commands as they are.
func (sentinelHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

// ProcessPipelineHook leaves pipelines as they are.
func (sentinelHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// sentinelError is what a sentinel says against being asked. It does not wrap
// its reply, lest that be taken for one of Redis.
type sentinelError struct{ reply redis.Error }

func (e *sentinelError) Error() string { return "sentinel: " + e.reply.Error() }
