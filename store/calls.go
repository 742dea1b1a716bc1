package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
)

var callsScript = newScript("calls.lua")

// writerLife is how long the number of a writer's last batch is remembered.
const writerLife = 24 * time.Hour

// AppendCalls writes a batch of records to the log in their order, and counts
// the hits of the entries that decided them: all of it or nothing. A batch that
// its writer sends again is written once, whatever happened to the answer, unless
// Redis itself loses what it has done.
func (s *Store) AppendCalls(ctx context.Context, batch calllog.Batch) (err error) {
	defer s.finish(ctx, opAppend, s.now(), &err)
	if len(batch.Records) == 0 {
		return nil
	}
	hits := countHits(batch.Records)
	args := make([]any, 0, 4+3*len(hits)+len(batch.Records)*(2+len(recordFields)))
	args = append(args, batch.Writer, batch.Number, int(writerLife.Seconds()), len(hits))
	for rule, sum := range hits {
		args = append(args, rule, sum.calls, sum.last.Unix())
	}
	for i := range batch.Records {
		record := &batch.Records[i]
		args = append(args, record.Time.UnixMilli(), callLine(record))
		for _, field := range recordFields {
			args = append(args, field.get(record))
		}
	}
	return s.write(ctx, callsScript, args...).Err()
}

// hits are the calls that an entry has decided.
type hits struct {
	calls int
	last  time.Time
}

// countHits returns the hits of some calls by the rules of the entries.
func countHits(records []calllog.Record) map[string]hits {
	var counts map[string]hits
	for i := range records {
		rule, err := blacklist.ParseRule(records[i].HitRule)
		if records[i].HitRule == "" || err != nil {
			continue
		}
		if counts == nil {
			counts = map[string]hits{}
		}
		sum := counts[rule.String()]
		sum.calls++
		if records[i].Time.After(sum.last) {
			sum.last = records[i].Time
		}
		counts[rule.String()] = sum
	}
	return counts
}

// streamTime returns the least ID that a record has that is written at the
// given time.
func streamTime(at time.Time) string {
	return strconv.FormatInt(max(0, at.UnixMilli()), 10)
}

// Calls returns the records that the filter chooses, the last written first,
// limit at most; 0 means all. They are found in the log's pages, about 70 bytes a
// record, and only those are read whole.
func (s *Store) Calls(ctx context.Context, filter calllog.Filter, limit int) (records []calllog.Record, err error) {
	defer s.finish(ctx, opCalls, s.now(), &err)
	size := pageSize
	if limit > 0 {
		size = min(size, limit)
	}
	for some, err := range chunks(s.summaries(ctx, filter, true), size) {
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

// CountCalls counts the records that the filter chooses.
func (s *Store) CountCalls(ctx context.Context, filter calllog.Filter) (n int64, err error) {
	defer s.finish(ctx, opCalls, s.now(), &err)
	if filter == (calllog.Filter{}) {
		return s.client.XLen(ctx, s.keys.calls()).Result()
	}
	for _, err := range s.summaries(ctx, filter, true) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// Call returns the record with the ID, or an error that is calllog.ErrNoCall.
func (s *Store) Call(ctx context.Context, id string) (record calllog.Record, err error) {
	defer s.finish(ctx, opCalls, s.now(), &err)
	if _, valid := readStreamID(id); !valid {
		return record, fmt.Errorf("%w: %q is not the ID of a record; `ringfence log` shows them", calllog.ErrNoCall, id)
	}
	records, err := s.callsByID(ctx, []calllog.Record{{ID: id}})
	if err != nil {
		return record, err
	}
	if len(records) == 0 {
		return record, fmt.Errorf("%w as %s: it never had, or keeps it no longer", calllog.ErrNoCall, id)
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
// do, in their order; "" means from now on. It returns an error of do as it is, any
// failure of Redis, or nil when ctx ends. After a failure, a caller continues from
// the last record's ID.
func (s *Store) Follow(ctx context.Context, after string, do func(calllog.Record) error) error {
	if after == "" {
		var err error
		if after, err = s.lastID(ctx, s.keys.calls()); err != nil {
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
		err = errors.New("invalid ID of a record: `ringfence log` shows them")
	}
	return s.explain(ctx, opFollow.doing, err)
}

// lastID returns the last ID of a stream, or one that precedes all.
func (s *Store) lastID(ctx context.Context, key string) (string, error) {
	last, err := s.client.XRevRangeN(ctx, key, "+", "-", 1).Result()
	if err != nil || len(last) == 0 {
		return "0-0", err
	}
	return last[0].ID, nil
}
