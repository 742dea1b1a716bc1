package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lease"
)

// migrationWait is how often those look again who wait for a migration.
const migrationWait = 100 * time.Millisecond

// ready comes before the index is read: one of version 1 is brought to this
// version, by one process at a time, and the others wait. Calls don't: what
// they ask for is the same in both versions.
func (s *Store) ready(ctx context.Context) error {
	if s.migrated.Load() {
		return nil
	}
	return s.migrate(ctx)
}

// migrate moves the rules of the index of version 1 to this one's, some at a
// time. It may be broken off at any time, and is taken up again by the next.
func (s *Store) migrate(ctx context.Context) error {
	for {
		old, err := s.client.Exists(ctx, s.keys.created()).Result()
		if err != nil {
			return err
		}
		if old == 0 {
			s.migrated.Store(true)
			return nil
		}
		held, release, err := s.Lease(ctx, "migration")
		if errors.Is(err, lease.ErrHeld) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("the list is being brought up to date: %w", err)
			case <-time.After(migrationWait):
				continue
			}
		}
		if err != nil {
			return err
		}
		s.log.InfoContext(ctx, "the index of an older version is rewritten, which takes some seconds for each 100,000 entries")
		err = s.migratePages(held)
		release()
		if err != nil {
			return err
		}
	}
}

func (s *Store) migratePages(ctx context.Context) error {
	for {
		members, err := s.client.ZRange(ctx, s.keys.created(), 0, pageSize-1).Result()
		if err != nil || len(members) == 0 {
			return err
		}
		moved := make([]any, len(members))
		var rules []blacklist.Rule
		for i, member := range members {
			moved[i] = member
			if rule, ok := s.readRule(ctx, member); ok {
				rules = append(rules, rule)
			}
		}
		if _, err := s.settle(ctx, rules); err != nil {
			return err
		}
		if _, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			// A program of version 1 that is writing just now sees by this that
			// it has to list its entries once more.
			pipe.Incr(ctx, s.keys.removals())
			pipe.ZRem(ctx, s.keys.created(), moved...)
			return nil
		}); err != nil {
			return err
		}
	}
}
