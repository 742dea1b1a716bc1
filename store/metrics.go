package store

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/ringfence/ringfence/retry"
)

// op is one of the store's operations: its label and what errors say of it.
type op struct{ label, doing string }

var (
	opCheck    = op{"check", "check the store"}
	opServer   = op{"server", "ask Redis about itself"}
	opFacts    = op{"facts", "look a caller up"}
	opPolicy   = op{"policy", "read the policy"}
	opPut      = op{"put", "write entries"}
	opRemove   = op{"remove", "remove entries"}
	opLookup   = op{"lookup", "look entries up"}
	opSwap     = op{"swap", "change entries"}
	opEntries  = op{"entries", "read the list"}
	opSweep    = op{"sweep", "sweep the list"}
	opSettings = op{"settings", "read the settings"}
	opSet      = op{"set", "change the settings"}
	opHours    = op{"hours", "read the working time"}
	opSetHours = op{"set_hours", "change the working time"}
	opClosures = op{"calendars", "read or write what calendars close"}
	opAppend   = op{"append", "write call records"}
	opCalls    = op{"calls", "read call records"}
	opFollow   = op{"follow", "follow the call records"}
	opRecord   = op{"record", "write to the audit log"}
	opUndo     = op{"undo", "undo an event of the audit log"}
	opAudit    = op{"audit", "read the audit log"}
	opLease    = op{"lease", "take a lease"}
	opFeeds    = op{"feeds", "read or change the feeds"}
	opEvents   = op{"events", "read the outbox"}
	opTry      = op{"try", "try the commands"}
	opSize     = op{"size", "count the entries"}

	opSaveBatch = op{"save_batch", "remember a batch"}
	opBatches   = op{"batches", "read the batches"}
	opBatch     = op{"batch", "read a batch"}
	opChunks    = op{"chunks", "read a batch's journal"}
	opChunk     = op{"chunk", "read a batch's journal"}
)

func newDurations() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "ringfence_store_duration_seconds",
		Help:    "Time that an operation of the store took, by operation and result: ok, timeout, canceled, unreachable, error.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"op", "result"})
}

// finish measures an operation and explains its error. It is deferred, with
// the time at which the operation began.
func (s *Store) finish(ctx context.Context, what op, began time.Time, err *error) {
	if *err != nil {
		*err = s.explain(ctx, what.doing, *err)
	}
	s.durations.WithLabelValues(what.label, result(*err)).Observe(s.now().Sub(began).Seconds())
}

func result(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, retry.ErrUnreachable):
		return "unreachable"
	}
	return "error"
}

// Size is how many entries the list has, by kind of rule. One that has expired
// counts for up to a minute more.
type Size struct{ Numbers, Prefixes int64 }

// Size returns the size of the list.
func (s *Store) Size(ctx context.Context) (size Size, err error) {
	defer s.finish(ctx, opSize, s.now(), &err)
	var all, prefixes *redis.IntCmd
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		all = pipe.ZCard(ctx, s.keys.list())
		prefixes = pipe.ZCard(ctx, s.keys.prefixes())
		return nil
	}); err != nil {
		return Size{}, err
	}
	return Size{Numbers: all.Val() - prefixes.Val(), Prefixes: prefixes.Val()}, nil
}
