package store

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
)

//go:embed append.lua
var appendText string

//go:embed hit.lua
var hitText string

var (
	appendScript = newReader(appendText)
	hitScript    = newReader(hitText)
)

const (
	// writerLife is how long a failed attempt may lie around and still be void.
	writerLife = 24 * time.Hour
	// clockSkew is how far the clocks of Redis and of this machine may differ.
	clockSkew = time.Minute
)

// errVoid means that the records may be written by a later attempt instead.
var errVoid = errors.New("a later attempt has taken over")

// AppendCalls writes records to the log in their order, all or none, and then
// counts the hits of the entries that decided them.
//
// Repeated says that the last attempt failed with the first of these records.
// That one may have been carried out all the same, or may still wait in a Redis
// that hangs: it is made void first, then what the log has already is left out.
// So a record is written once, unless Redis itself forgets what it has done, its
// clock is more than a minute behind, or the program ends between two attempts.
// Hits are counted once at the most: an answer that is lost between the log and
// the count costs the hits of one batch.
func (s *Store) AppendCalls(ctx context.Context, records []calllog.Record, repeated bool) (err error) {
	defer s.finish(ctx, opAppend, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	if repeated {
		if err := s.voidAttempts(ctx); err != nil {
			return err
		}
		if records, err = s.unwritten(ctx, records); err != nil {
			return err
		}
	}
	if len(records) == 0 {
		return nil
	}
	args := []any{s.attempt.Load()}
	for _, record := range records {
		args = append(args, record.Time.UnixMilli(), callLine(record))
		args = append(args, recordArgs(record)...)
	}
	keys := []string{s.keys.calls(), s.keys.writer(s.writer), s.keys.callPages(), s.keys.growingPage()}
	answer, err := s.run(ctx, appendScript, keys, args...)
	if err != nil {
		return err
	}
	written, err := integer(answer)
	if err != nil {
		return err
	}
	if written == 0 {
		return errVoid
	}
	return s.countHits(ctx, records)
}

// voidAttempts keeps every earlier attempt from being carried out from now on.
// It only ever raises the mark, so one that is late itself does no harm.
func (s *Store) voidAttempts(ctx context.Context) error {
	key := s.keys.writer(s.writer)
	var next *redis.IntCmd
	if _, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		next = pipe.Incr(ctx, key)
		pipe.PExpire(ctx, key, writerLife)
		return nil
	}); err != nil {
		return err
	}
	s.attempt.Store(next.Val())
	return nil
}

// unwritten returns the records that the log doesn't have. The same call may
// be screened twice, so the time tells, too.
func (s *Store) unwritten(ctx context.Context, records []calllog.Record) ([]calllog.Record, error) {
	if len(records) == 0 {
		return nil, nil
	}
	first := records[0].Time
	for _, record := range records {
		if record.Time.Before(first) {
			first = record.Time
		}
	}
	written := map[string]bool{}
	from := streamTime(first.Add(-clockSkew))
	for {
		page, err := s.client.XRangeN(ctx, s.keys.calls(), from, "+", pageSize).Result()
		if err != nil {
			return nil, err
		}
		for _, message := range page {
			written[identity(readRecord(message.ID, message.Values))] = true
			from = "(" + message.ID
		}
		if len(page) < pageSize {
			break
		}
	}
	var left []calllog.Record
	for _, record := range records {
		if !written[identity(record)] {
			left = append(left, record)
		}
	}
	return left, nil
}

// identity tells a call from all others: two Asterisks may give the same ids.
func identity(record calllog.Record) string {
	return record.Channel + " " + record.SIPCallID + " " + record.Time.UTC().Format(recordTime)
}

// streamTime returns the least id that a record has that is written at the
// given time.
func streamTime(at time.Time) string {
	return strconv.FormatInt(max(0, at.UnixMilli()), 10)
}

type hits struct {
	calls int
	last  time.Time
}

// countHits adds the calls to the entries that decided them.
func (s *Store) countHits(ctx context.Context, records []calllog.Record) error {
	counts := map[string]hits{}
	for _, record := range records {
		if record.HitRule != "" {
			sum := counts[record.HitRule]
			sum.calls++
			if record.Time.After(sum.last) {
				sum.last = record.Time
			}
			counts[record.HitRule] = sum
		}
	}
	var invocations []invocation
	var rules []string
	for text, sum := range counts {
		rule, err := blacklist.ParseRule(text)
		if err != nil {
			continue
		}
		rules = append(rules, rule.String())
		invocations = append(invocations, invocation{[]string{s.keys.entry(rule)}, []any{sum.calls, sum.last.Unix()}})
	}
	if len(invocations) == 0 {
		return nil
	}
	answers, err := s.runAll(ctx, hitScript, invocations)
	if err != nil {
		return err
	}
	return s.rankHits(ctx, rules, answers)
}

// rankHits gives entries their new places by hits and last hit, which lie in
// another slot.
func (s *Store) rankHits(ctx context.Context, rules []string, answers []any) error {
	var hits, last []redis.Z
	for i, answer := range answers {
		counted, err := list(answer)
		if err != nil {
			return err
		}
		if len(counted) != 2 {
			continue // The entry has gone.
		}
		n, err := integer(counted[0])
		if err != nil {
			return err
		}
		at, err := integer(counted[1])
		if err != nil {
			return err
		}
		hits = append(hits, redis.Z{Score: float64(n), Member: rules[i]})
		last = append(last, redis.Z{Score: float64(at), Member: rules[i]})
	}
	if len(hits) == 0 {
		return nil
	}
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		// Two who count at once may come here in the other order.
		pipe.ZAddGT(ctx, s.keys.hits(), hits...)
		pipe.ZAddGT(ctx, s.keys.lastHit(), last...)
		return nil
	})
	return err
}
