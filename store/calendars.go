package store

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/schedule"
)

var calendarScript = newScript("calendar.lua")

// CalendarStates returns the states of calendars, in the order of their
// addresses; it is zero for one that has not been fetched.
func (s *Store) CalendarStates(ctx context.Context, addresses []string) (states []feed.State, err error) {
	defer s.finish(ctx, opClosures, s.now(), &err)
	names := make([]string, len(addresses))
	for i, address := range addresses {
		names[i] = s.keys.calendar(address)
	}
	found, err := s.hashes(ctx, names...)
	for _, hash := range found {
		states = append(states, readFeedState(hash))
	}
	return states, err
}

// SaveCalendarState writes the state of a calendar.
func (s *Store) SaveCalendarState(ctx context.Context, address string, state feed.State) (err error) {
	defer s.finish(ctx, opClosures, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Del(ctx, s.keys.calendar(address))
		if fields := writeFeedState(state); len(fields) > 0 {
			pipe.HSet(ctx, s.keys.calendar(address), fields)
		}
		return nil
	})
	return err
}

// PutCalendar writes what a calendar closes, and reports whether that is
// something else than before: then the policy's version grows, and the event is recorded.
// With always it is recorded in any case.
func (s *Store) PutCalendar(ctx context.Context, address string, calendar schedule.Calendar, event audit.Event, always bool) (changed bool, err error) {
	defer s.finish(ctx, opClosures, s.now(), &err)
	fields, err := eventValues(ctx, event)
	if err != nil {
		return false, err
	}
	return s.write(ctx, calendarScript, append([]any{address, calendar.String(), always}, fields...)...).Bool()
}

// forgetCalendars drops calendars that no hours name any more, given what was
// changed and all hours after it. Nothing goes by them, so that the version
// stays as it is.
func (s *Store) forgetCalendars(ctx context.Context, changes []audit.Setting, hours map[string]schedule.Hours) error {
	gone := map[string]bool{}
	for _, change := range changes {
		before, _ := schedule.Parse(change.Before, nil)
		for _, address := range before.Calendars() {
			gone[address] = true
		}
	}
	for _, one := range hours {
		for _, address := range one.Calendars() {
			delete(gone, address)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	if _, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for address := range gone {
			pipe.HDel(ctx, s.keys.calendars(), address)
			pipe.Del(ctx, s.keys.calendar(address))
		}
		return nil
	}); err != nil {
		return s.explain(ctx, opClosures.doing, err)
	}
	return nil
}
