package store

import (
	"context"

	"github.com/ringfence/ringfence/blacklist"
)

// Sweep clears away what the index and the policy tell of entries that have
// expired, what processes have left behind that died while they changed
// entries, and the records of calls that the settings do not keep. It returns
// how many entries had expired. One who screens calls does it every minute or
// so; more than one may.
func (s *Store) Sweep(ctx context.Context) (expired int, err error) {
	defer s.finish(ctx, opSweep, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return 0, err
	}
	if expired, err = s.sweepList(ctx); err != nil {
		return expired, err
	}
	return expired, s.trimCalls(ctx)
}

func (s *Store) sweepList(ctx context.Context) (expired int, err error) {
	if err := s.settlePending(ctx); err != nil {
		return 0, err
	}
	now := s.now().Unix()
	for some, err := range chunks(s.byTime(ctx, s.keys.byExpiry(), upwards, ""), pageSize) {
		if err != nil {
			return expired, err
		}
		var rules []blacklist.Rule
		ended := true
		for _, at := range some {
			if ended = at.at < now; !ended {
				break
			}
			if rule, ok := s.readRule(ctx, at.rule); ok {
				rules = append(rules, rule)
			}
		}
		gone, err := s.settle(ctx, rules)
		if expired += gone; err != nil || !ended {
			return expired, err
		}
	}
	return expired, nil
}
