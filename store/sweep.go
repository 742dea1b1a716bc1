package store

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"
)

var (
	sweepScript = newScript("list.lua", "sweep.lua")
	cutScript   = newScript("cut.lua")
)

const (
	// trimSize is how many records one command takes off the log, pagesDropped
	// how many pages: few enough that a call doesn't wait for it.
	trimSize     = 5000
	pagesDropped = 50
)

// Sweep takes entries off the list that have expired, and the records of calls
// off the log that the settings do not keep, both by Redis' clock. It returns how
// many entries had expired. What fails does not keep it from the rest. Every
// instance that screens calls does it about once a minute.
func (s *Store) Sweep(ctx context.Context) (expired int, err error) {
	defer s.finish(ctx, opSweep, s.now(), &err)
	expired, err = s.sweepList(ctx)
	if err != nil && fromNetwork(err) {
		return expired, err
	}
	return expired, errors.Join(err, s.trimCalls(ctx))
}

func (s *Store) sweepList(ctx context.Context) (expired int, err error) {
	for {
		swept, err := s.write(ctx, sweepScript, swapSize).Int()
		if err != nil {
			return expired, err
		}
		if expired += swept; swept < swapSize {
			return expired, nil
		}
	}
}

// trimCalls takes the records off the log that the settings do not keep, and
// then their lines off its pages. The ID of a record, which is Redis' time, says its
// age.
func (s *Store) trimCalls(ctx context.Context) error {
	return errors.Join(s.trimStream(ctx), s.trimPages(ctx))
}

// trimPages takes those lines off the log's pages whose records have gone.
func (s *Store) trimPages(ctx context.Context) error {
	pages, oldest, err := s.callPages(ctx)
	if err != nil {
		return err
	}
	// A page that another follows is whole, and is gone if that one begins with
	// what is gone as well.
	kept := len(pages)
	for kept > 1 && !oldest.before(pages[kept-2].first) {
		kept--
	}
	for some := range slices.Chunk(pages[kept:], pagesDropped) {
		if _, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, page := range some {
				pipe.Del(ctx, s.keys.callPage(page.name))
				pipe.ZRem(ctx, s.keys.callPages(), page.name)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if kept == 0 || !pages[kept-1].first.before(oldest) {
		return nil
	}
	return s.write(ctx, cutScript, pages[kept-1].name).Err()
}

// trimStream first takes off what Redis frees easily, some at a time, and then
// the few that are left. If the settings are damaged, their defaults count.
func (s *Store) trimStream(ctx context.Context) error {
	texts, err := s.client.HGetAll(ctx, s.keys.settings()).Result()
	if err := s.without(ctx, s.keys.settings(), err); err != nil {
		return err
	}
	key, keep := s.keys.calls(), s.readSettings(ctx, texts).Log
	err = untilNone(func() *redis.IntCmd { return s.client.XTrimMaxLenApprox(ctx, key, keep.Count, trimSize) })
	if err == nil {
		err = s.client.XTrimMaxLen(ctx, key, keep.Count).Err()
	}
	if err != nil || keep.Age == 0 {
		return err
	}
	now, err := s.redisTime(ctx)
	if err != nil {
		return err
	}
	least := streamTime(now.Add(-keep.Age))
	if err := untilNone(func() *redis.IntCmd { return s.client.XTrimMinIDApprox(ctx, key, least, trimSize) }); err != nil {
		return err
	}
	return s.client.XTrimMinID(ctx, key, least).Err()
}

// untilNone repeats a command until it takes nothing off any more.
func untilNone(trim func() *redis.IntCmd) error {
	for {
		if taken, err := trim().Result(); err != nil || taken == 0 {
			return err
		}
	}
}
