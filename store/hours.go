package store

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/schedule"
)

// Schedule returns the working time of all dialled numbers, with what the
// calendars close that it names.
func (s *Store) Schedule(ctx context.Context) (times schedule.Schedule, err error) {
	defer s.finish(ctx, opHours, s.now(), &err)
	found, err := s.hashes(ctx, s.keys.hours(), s.keys.calendars())
	if err != nil {
		return schedule.Schedule{}, err
	}
	return s.makeSchedule(ctx, found[0], found[1]), nil
}

// makeSchedule reports what it cannot read and leaves it out, as readSettings
// does.
func (s *Store) makeSchedule(ctx context.Context, hours, calendars map[string]string) schedule.Schedule {
	times, problems := schedule.Read(hours, calendars)
	for _, err := range problems {
		s.log.WarnContext(ctx, "cannot read working time",
			slog.String("key", s.keys.hours()), slog.Any("error", err))
	}
	return times
}

// SetHours lets change alter working time, by the names of schedule.ParseName,
// and writes what it altered, all of it or nothing. What cannot be read is
// there as zero hours, and stays as it is unless it is replaced or deleted. If
// others change the same hours meanwhile, it begins anew: change may run more
// than once. An error of change is returned as it is.
func (s *Store) SetHours(ctx context.Context, change func(map[string]schedule.Hours) error) error {
	var changes []audit.Setting
	var hours map[string]schedule.Hours
	err := s.changeFields(ctx, opSetHours, ofHours, func(texts map[string]string) ([]audit.Setting, audit.Event, error) {
		hours = readHours(texts)
		if err := change(hours); err != nil {
			return nil, audit.Event{}, err
		}
		changes = hoursChanges(texts, hours)
		return changes, audit.Event{Action: audit.Hours}, nil
	})
	if err != nil {
		return err
	}
	return s.forgetCalendars(ctx, changes, hours)
}

func readHours(texts map[string]string) map[string]schedule.Hours {
	hours := make(map[string]schedule.Hours, len(texts))
	for name, text := range texts {
		// What cannot be read is zero.
		hours[name], _ = schedule.Parse(text, nil)
	}
	return hours
}

// hoursChanges returns what differs from the texts in Redis.
func hoursChanges(texts map[string]string, hours map[string]schedule.Hours) []audit.Setting {
	var changes []audit.Setting
	before := readHours(texts)
	for _, name := range slices.Sorted(maps.Keys(hours)) {
		if old, found := before[name]; !found || !old.Equal(hours[name]) {
			changes = append(changes, audit.Setting{Name: name, Before: texts[name], After: hours[name].String()})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if _, stays := hours[name]; !stays {
			changes = append(changes, audit.Setting{Name: name, Before: texts[name]})
		}
	}
	return changes
}
