package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/store"
)

// askRedis asks whether the list can be used, and the server how it keeps it.
func (d *Doctor) askRedis(ctx context.Context) (RedisEvidence, error) {
	var e RedisEvidence
	s, err := store.Open(store.Options{URL: d.Target.Redis, Prefix: d.Target.RedisPrefix, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return e, fmt.Errorf("redis: %w", err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	e.Setup = s.Setup()
	if e.Problem = s.Check(ctx); e.Problem == nil {
		if last, err := s.Calls(ctx, calllog.Filter{}, 1); err == nil && len(last) > 0 {
			e.LastCall = last[0].Time
		}
	}
	if !errors.Is(e.Problem, store.ErrUnreachable) {
		// A Redis that cannot be tried is one that the other questions tell of.
		e.Trial, _ = s.Try(ctx)
		e.Servers, e.Silent = s.Servers(ctx)
	}
	return e, nil
}
