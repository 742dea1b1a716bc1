package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/notice"
)

//go:embed cursor.lua
var cursorText string

var cursorScript = newReader(cursorText)

var _ notice.Store = (*Store)(nil)

// nothingTold is an id that precedes all others.
const nothingTold = "0-0"

// Notices returns the notices after the one with the given id, the oldest
// first, limit at the most; an id of "0-0" precedes them all.
func (s *Store) Notices(ctx context.Context, after string, limit int) (notices []notice.Notice, err error) {
	defer s.finish(ctx, opEvents, s.now(), &err)
	messages, err := s.client.XRangeN(ctx, s.keys.events(), "("+after, "+", int64(limit)).Result()
	if err != nil {
		return nil, err
	}
	for _, message := range messages {
		notices = append(notices, readNotice(message.ID, message.Values))
	}
	return notices, nil
}

// readNotice reads what addNotice wrote.
func readNotice(id string, values map[string]any) notice.Notice {
	text := func(name string) string {
		if value := values[name]; value != nil {
			return fmt.Sprint(value)
		}
		return ""
	}
	n := notice.Notice{
		ID: id, Time: moment(text("time")), Caller: text("caller"), To: text("to"), Dialled: text("dialled"),
		Reason: text("reason"), Expires: moment(text("expires")), Call: text("call"),
	}
	n.Strike, _ = strconv.Atoi(text("strike"))
	return n
}

// Told returns the id of the last notice that a channel has told. One that is
// new begins after the last notice that there is.
func (s *Store) Told(ctx context.Context, channel string) (id string, err error) {
	defer s.finish(ctx, opEvents, s.now(), &err)
	key := s.keys.cursor(channel)
	if id, err = s.client.Get(ctx, key).Result(); !errors.Is(err, redis.Nil) {
		return id, err
	}
	if err := s.claim(ctx); err != nil {
		return "", err
	}
	last, err := s.client.XRevRangeN(ctx, s.keys.events(), "+", "-", 1).Result()
	if err != nil {
		return "", err
	}
	id = nothingTold
	if len(last) > 0 {
		id = last[0].ID
	}
	// Another instance may have begun meanwhile.
	if err := s.client.SetNX(ctx, key, id, 0).Err(); err != nil {
		return "", err
	}
	return s.client.Get(ctx, key).Result()
}

// SaveTold keeps the id of the last notice that a channel has told. It never
// goes back: what is late does no harm.
func (s *Store) SaveTold(ctx context.Context, channel, id string) (err error) {
	defer s.finish(ctx, opEvents, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	_, err = s.run(ctx, cursorScript, []string{s.keys.cursor(channel)}, id)
	return err
}
