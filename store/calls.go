package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
)

// Calls returns the records that the filter chooses, the last written first,
// limit at the most; 0 stands for all.
func (s *Store) Calls(ctx context.Context, filter calllog.Filter, limit int) (records []calllog.Record, err error) {
	defer s.finish(ctx, opCalls, s.now(), &err)
	// A record is written after its call, perhaps long after: there is a first
	// id for a span of time, but no last one.
	first, last := "-", "+"
	if !filter.Since.IsZero() {
		first = streamTime(filter.Since.Add(-clockSkew))
	}
	for {
		page, err := s.client.XRevRangeN(ctx, s.keys.calls(), last, first, pageSize).Result()
		if err != nil {
			return nil, err
		}
		for _, message := range page {
			if record := readRecord(message.ID, message.Values); filter.Matches(record) {
				records = append(records, record)
			}
			if limit > 0 && len(records) == limit {
				return records, nil
			}
			last = "(" + message.ID
		}
		if len(page) < pageSize {
			return records, nil
		}
	}
}

// followBlock is how long Redis holds a question for new records. It bounds
// how late Follow notices the end of its context.
const followBlock = 500 * time.Millisecond

// Follow hands each record that is written after the one with the given id to
// do, in their order; "" stands for from now on. It returns an error of do as it
// is, any failure of Redis, or nil when ctx ends. Whoever wants to go on after a
// failure does so from the last record's ID.
func (s *Store) Follow(ctx context.Context, after string, do func(calllog.Record) error) error {
	if after == "" {
		var err error
		if after, err = s.lastCall(ctx); err != nil {
			return s.followed(ctx, err)
		}
	}
	for ctx.Err() == nil {
		streams, err := s.client.XRead(ctx, &redis.XReadArgs{
			Streams: []string{s.keys.calls(), after}, Count: pageSize, Block: followBlock,
		}).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return s.followed(ctx, err)
		}
		for _, stream := range streams {
			for _, message := range stream.Messages {
				if err := do(readRecord(message.ID, message.Values)); err != nil {
					return err
				}
				after = message.ID
			}
		}
	}
	return nil
}

// followed explains why following ended.
func (s *Store) followed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	if reply := err.Error(); strings.Contains(reply, "Invalid stream ID") {
		err = errors.New("that is no id of a record")
	}
	return s.explain(ctx, opFollow.doing, err)
}

// lastCall returns the id of the last record, or one that precedes them all.
func (s *Store) lastCall(ctx context.Context) (string, error) {
	last, err := s.client.XRevRangeN(ctx, s.keys.calls(), "+", "-", 1).Result()
	if err != nil || len(last) == 0 {
		return "0-0", err
	}
	return last[0].ID, nil
}
