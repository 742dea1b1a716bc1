package store

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
)

// DefaultMaxEvents is about how many events the audit log keeps.
const DefaultMaxEvents = 100_000

// recordTimeout is how long a change that was made may take to be recorded,
// whatever its context says by then.
const recordTimeout = 5 * time.Second

// Record adds events to the audit log, all or none. The context says who does
// it (audit.As); ID and Time are the log's own. It is meant for changes that have
// been made, and continues for up to five seconds after ctx has ended.
func (s *Store) Record(ctx context.Context, events ...audit.Event) (err error) {
	if len(events) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	defer s.finish(ctx, opRecord, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, event := range events {
			values, err := eventValues(ctx, event)
			if err != nil {
				return err
			}
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: s.keys.audit(), MaxLen: s.maxEvents, Approx: true, Values: values})
		}
		return nil
	})
	return err
}

// firstEvents is how many events are read at first, without a limit: one may have
// a hundred edits.
const firstEvents = 100

// Audit returns the events that the filter chooses, the newest first, limit at
// most; 0 means all.
func (s *Store) Audit(ctx context.Context, filter audit.Filter, limit int) (events []audit.Event, err error) {
	defer s.finish(ctx, opAudit, s.now(), &err)
	for event, err := range s.foundEvents(ctx, filter, limit) {
		if err != nil {
			return nil, err
		}
		if events = append(events, shown(event)); limit > 0 && len(events) == limit {
			break
		}
	}
	return events, nil
}

// CountEvents counts the events that the filter chooses.
func (s *Store) CountEvents(ctx context.Context, filter audit.Filter) (n int64, err error) {
	defer s.finish(ctx, opAudit, s.now(), &err)
	if filter == (audit.Filter{}) {
		return s.client.XLen(ctx, s.keys.audit()).Result()
	}
	for _, err := range s.foundEvents(ctx, filter, 0) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// foundEvents yields the events that the filter chooses, the newest first. A limit
// says how many are read at first.
func (s *Store) foundEvents(ctx context.Context, filter audit.Filter, limit int) iter.Seq2[audit.Event, error] {
	return func(yield func(audit.Event, error) bool) {
		// The time of an event is that of its id.
		first, last := "-", "+"
		if !filter.Since.IsZero() {
			first = streamTime(filter.Since)
		}
		until, bounded := readStreamID(filter.Before)
		if !filter.Until.IsZero() {
			if !filter.Until.After(time.UnixMilli(0)) {
				return
			}
			end := streamID{ms: max(0, filter.Until.Add(time.Millisecond-time.Nanosecond).UnixMilli())}
			if !bounded || end.before(until) {
				until, bounded = end, true
			}
		}
		if bounded {
			last = fmt.Sprintf("(%d-%d", until.ms, until.seq)
		}
		count := firstEvents
		if limit > 0 {
			count = min(count, limit)
		}
		for {
			page, err := s.client.XRevRangeN(ctx, s.keys.audit(), last, first, int64(count)).Result()
			if err != nil {
				yield(audit.Event{}, err)
				return
			}
			for _, message := range page {
				if event := s.readEvent(ctx, message.ID, message.Values); filter.Matches(event) && !yield(event, nil) {
					return
				}
				last = "(" + message.ID
			}
			if len(page) < count {
				return
			}
			count = min(2*count, pageSize)
		}
	}
}

// Event returns the event of the audit log with an ID, or an error that wraps
// audit.ErrNoEvent.
func (s *Store) Event(ctx context.Context, id string) (event audit.Event, err error) {
	defer s.finish(ctx, opAudit, s.now(), &err)
	event, err = s.event(ctx, id)
	return shown(event), err
}

func (s *Store) event(ctx context.Context, id string) (audit.Event, error) {
	messages, err := s.client.XRange(ctx, s.keys.audit(), id, id).Result()
	if err != nil && strings.Contains(err.Error(), "Invalid stream ID") || err == nil && len(messages) == 0 {
		return audit.Event{}, fmt.Errorf("%w: %s", audit.ErrNoEvent, id)
	}
	if err != nil {
		return audit.Event{}, err
	}
	return s.readEvent(ctx, messages[0].ID, messages[0].Values), nil
}
