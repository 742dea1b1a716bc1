package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/notify"
)

var cursorScript = newReader("cursor.lua")

var _ notify.Outbox = (*Store)(nil)

// Events returns at most limit events after the one with the given ID, the
// oldest first; the ID "0-0" precedes them all.
func (s *Store) Events(ctx context.Context, after string, limit int) (events []notify.Event, err error) {
	defer s.finish(ctx, opEvents, s.now(), &err)
	messages, err := s.client.XRangeN(ctx, s.keys.events(), "("+after, "+", int64(limit)).Result()
	if err != nil {
		return nil, err
	}
	for _, message := range messages {
		events = append(events, readOutboxEvent(message.ID, message.Values))
	}
	return events, nil
}

// readOutboxEvent reads an event that count.lua wrote.
func readOutboxEvent(id string, values map[string]any) notify.Event {
	text := func(name string) string {
		if value := values[name]; value != nil {
			return fmt.Sprint(value)
		}
		return ""
	}
	e := notify.Event{
		ID: id, Kind: notify.Kind(text("kind")), Time: moment(text("time")), Caller: text("caller"), To: text("to"), Dialled: text("dialled"),
		Reason: text("reason"), Expires: moment(text("expires")), Call: text("call"),
	}
	e.Strike, _ = strconv.Atoi(text("strike"))
	return e
}

// Cursor returns the ID of the last event that a sink has delivered. A new sink
// begins after the last event that there is.
func (s *Store) Cursor(ctx context.Context, sink string) (id string, err error) {
	defer s.finish(ctx, opEvents, s.now(), &err)
	key := s.keys.cursor(sink)
	if id, err = s.client.Get(ctx, key).Result(); !errors.Is(err, redis.Nil) {
		return id, err
	}
	if err := s.claim(ctx); err != nil {
		return "", err
	}
	if id, err = s.lastID(ctx, s.keys.events()); err != nil {
		return "", err
	}
	// Another instance may have begun meanwhile.
	if err := s.client.SetNX(ctx, key, id, 0).Err(); err != nil {
		return "", err
	}
	return s.client.Get(ctx, key).Result()
}

// SetCursor writes the ID of the last event that a sink has delivered. It never
// goes back.
func (s *Store) SetCursor(ctx context.Context, sink, id string) (err error) {
	defer s.finish(ctx, opEvents, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	return s.run(ctx, cursorScript, []string{s.keys.cursor(sink)}, id).Err()
}
