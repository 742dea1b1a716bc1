package store

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// What ends, ends by Redis' clock, for all instances at the same moment: scripts
// ask for it, and what is read goes by what Redis said last, and the time since
// then, which goes on evenly when somebody sets this machine's clock.

const (
	// MaxClockSkew is how far the clocks of Redis and of this machine may differ.
	MaxClockSkew = time.Minute
	// slowAnswer is how long an answer may take to set the clock, which it sets wrong
	// by up to half of that.
	slowAnswer = 500 * time.Millisecond
)

// clockReading is what Redis said of the time.
type clockReading struct {
	redis time.Time
	// taken is the same moment on this machine. It counts the time since then,
	// whatever is done to the clock.
	taken time.Time
	// offset is how far Redis' clock is ahead of that of Options.Now.
	offset time.Duration
}

// Now returns the time by Redis' clock, as far as it is known, or else by
// Options.Now.
func (s *Store) Now() time.Time {
	if reading := s.clock.Load(); reading != nil {
		return reading.redis.Add(time.Since(reading.taken))
	}
	return s.now()
}

// ClockOffset returns how far Redis' clock is ahead of this machine's, negative if
// it is behind, and whether that is more than the minute by which they may
// differ. It is measured with each look at the policy's version; before the first
// it is 0.
func (s *Store) ClockOffset() (offset time.Duration, wrong bool) {
	if reading := s.clock.Load(); reading != nil {
		offset = reading.offset
	}
	return offset, offset.Abs() > MaxClockSkew
}

// timeQuestion is a question for Redis' time that has been sent.
type timeQuestion struct {
	answer     *redis.Cmd
	asked, own time.Time
}

// askTime asks for the time of the server that has our keys. In a cluster any node
// may get a command without a key.
func (s *Store) askTime(ctx context.Context, pipe redis.Pipeliner) timeQuestion {
	question := timeQuestion{asked: time.Now(), own: s.now()}
	if s.Setup() == Cluster {
		question.answer = pipe.Do(ctx, "eval", "return redis.call('TIME')", 1, s.keys.schema())
	} else {
		question.answer = pipe.Do(ctx, "time")
	}
	return question
}

// sawTime reads the answer, as if it was given in the middle between question and its
// arrival. A slow one counts only if there is no other.
func (s *Store) sawTime(ctx context.Context, question timeQuestion) error {
	parts, err := question.answer.StringSlice()
	if err != nil {
		return err
	}
	at, err := readTime(parts)
	if err != nil {
		return err
	}
	took := time.Since(question.asked)
	if took > slowAnswer && s.clock.Load() != nil {
		return nil
	}
	half := took / 2
	reading := &clockReading{redis: at, taken: question.asked.Add(half), offset: at.Sub(question.own.Add(half))}
	s.clock.Store(reading)
	s.reportClock(ctx, reading.offset)
	return nil
}

// readTime reads what TIME answers: seconds and microseconds.
func readTime(parts []string) (time.Time, error) {
	if len(parts) != 2 {
		return time.Time{}, errReply
	}
	seconds, err := strconv.ParseInt(parts[0], 10, 64)
	micros, microsErr := strconv.ParseInt(parts[1], 10, 64)
	if errors.Join(err, microsErr) != nil {
		return time.Time{}, errReply
	}
	return time.Unix(seconds, micros*int64(time.Microsecond)), nil
}

// reportClock logs that the clocks differ by too much, once until that changes by
// as much again.
func (s *Store) reportClock(ctx context.Context, offset time.Duration) {
	s.reportedMu.Lock()
	defer s.reportedMu.Unlock()
	switch {
	case offset.Abs() > MaxClockSkew && (offset-s.reported).Abs() > MaxClockSkew:
		s.reported = offset
		s.log.WarnContext(ctx, "the clocks of this machine and of Redis differ: entries end and old records are deleted by the clock of Redis",
			slog.Duration("redis_ahead", offset.Round(time.Second)))
	case offset.Abs() <= MaxClockSkew && s.reported != 0:
		s.reported = 0
		s.log.InfoContext(ctx, "the clocks of this machine and of Redis agree again")
	}
}

// redisTime asks Redis for its time.
func (s *Store) redisTime(ctx context.Context) (time.Time, error) {
	var question timeQuestion
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		question = s.askTime(ctx, pipe)
		return nil
	}); err != nil {
		return time.Time{}, err
	}
	if err := s.sawTime(ctx, question); err != nil {
		return time.Time{}, err
	}
	return s.Now(), nil
}
