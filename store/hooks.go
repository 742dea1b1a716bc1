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

// noHook changes nothing. A hook embeds it and has a method for what it changes.
type noHook struct{}

var _ redis.Hook = noHook{}

// DialHook leaves dialling as it is.
func (noHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook leaves commands as they are.
func (noHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

// ProcessPipelineHook leaves pipelines as they are.
func (noHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// clusterHook keeps the client of a cluster from trying anything twice, and
// lets it ask anew which node is primary when one does not answer as it should.
type clusterHook struct {
	noHook
	reload func(context.Context)
}

// ProcessHook is for single commands.
func (h clusterHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		err := next(ctx, once{command})
		h.refresh(ctx, err)
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
		h.refresh(ctx, err)
		return err
	}
}

// refresh asks for the cluster's present form after a failure that a failover may
// have caused. The client itself asks once a minute, and when a node says that
// keys have moved, which a dead node never does.
func (h clusterHook) refresh(ctx context.Context, err error) {
	if err != nil && !errors.Is(err, context.Canceled) && (fromNetwork(err) || notNow(err) || notHere(err)) {
		h.reload(ctx)
	}
}

// nodeHook bounds how long a node is asked for the cluster's form.
type nodeHook struct{ noHook }

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

// sentinelHook separates what sentinels answer from what Redis answers: they are
// asked as a part of dialling. A sentinel that knows no such primary answers nil,
// which would otherwise look like an empty key.
type sentinelHook struct{ noHook }

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

// sentinelError is the error that a sentinel answers. It does not wrap the reply,
// so that no one takes that for a reply of Redis.
type sentinelError struct{ reply redis.Error }

func (e *sentinelError) Error() string { return "sentinel: " + e.reply.Error() }
