package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
)

// ErrNoCall means that the log has no record of an ID: it never had, or no
// longer has.
var ErrNoCall = errors.New("the log has no such record")

// Calls returns the records that the filter chooses, the last written first,
// limit at the most; 0 stands for all. A caller, a rule, a dialled number and
// the like are searched for in the log's pages, about 60 bytes a record; only
// the records found are read.
func (s *Store) Calls(ctx context.Context, filter calllog.Filter, limit int) (records []calllog.Record, err error) {
	defer s.finish(ctx, opCalls, s.now(), &err)
	bySince := calllog.Filter{Since: filter.Since}
	size := pageSize
	if limit > 0 {
		size = min(size, limit)
	}
	if filter == bySince {
		for record, err := range s.streamed(ctx, "+", filter, size) {
			if err != nil {
				return nil, err
			}
			if records = append(records, record); len(records) == limit {
				break
			}
		}
		return records, nil
	}
	for some, err := range chunks(s.summaries(ctx, filter), size) {
		if err != nil {
			return nil, err
		}
		whole, err := s.callsByID(ctx, some)
		if err != nil {
			return nil, err
		}
		records = append(records, whole...)
		if limit > 0 && len(records) >= limit {
			return records[:limit], nil
		}
	}
	return records, nil
}

// Call returns the record with the ID, or an error that is ErrNoCall.
func (s *Store) Call(ctx context.Context, id string) (record calllog.Record, err error) {
	defer s.finish(ctx, opCalls, s.now(), &err)
	if _, valid := readStreamID(id); !valid {
		return record, fmt.Errorf("%w: %q is no ID of one; `ringfence log` shows them", ErrNoCall, id)
	}
	records, err := s.callsByID(ctx, []calllog.Record{{ID: id}})
	if err != nil {
		return record, err
	}
	if len(records) == 0 {
		return record, fmt.Errorf("%w as %s: it was never there, or was kept no longer", ErrNoCall, id)
	}
	return records[0], nil
}

// callsByID returns the whole of records, without those that have gone.
func (s *Store) callsByID(ctx context.Context, some []calllog.Record) ([]calllog.Record, error) {
	asked := make([]*redis.XMessageSliceCmd, len(some))
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, record := range some {
			asked[i] = pipe.XRangeN(ctx, s.keys.calls(), record.ID, record.ID, 1)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	records := make([]calllog.Record, 0, len(some))
	for _, answer := range asked {
		for _, message := range answer.Val() {
			records = append(records, readRecord(message.ID, message.Values))
		}
	}
	return records, nil
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
