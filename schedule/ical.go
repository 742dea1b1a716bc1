package schedule

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"

	"github.com/ringfence/ringfence/ctxio"
)

const (
	// keepBack and keepAhead are the window in which events count: a little
	// of the past, so that a night which began before now is known, and more
	// than a year to come, for the case that the feed cannot be fetched.
	keepBack  = 7 * 24 * time.Hour
	keepAhead = 400 * 24 * time.Hour
	// maxOccurrences bounds how often an event comes, from its first time to
	// the end of the window, and how many times one of its properties lists.
	maxOccurrences = 20_000
	// maxDepth bounds how deep components are nested.
	maxDepth = 8
)

// ReadICal reads an iCal feed (RFC 5545) as of now: what its events close from
// a week ago to 400 days ahead. All-day events close whole days, others their
// span; cancelled ones close nothing. Whether an event is marked as free time
// doesn't matter, since calendars of holidays mark all of theirs so.
//
// An invalid event is skipped and reported in problems. The
// error is for a feed that is no calendar, that closes more than can be kept,
// or that takes longer than ctx allows. Neither shows text of the feed, whose reader may
// be allowed more than who reads them: they name lines and properties. The text is read
// as a whole: bound it.
func ReadICal(ctx context.Context, text io.Reader, now time.Time) (c Calendar, problems []string, err error) {
	whole, err := io.ReadAll(text)
	if err != nil {
		return Calendar{}, nil, err
	}
	plain := strings.TrimPrefix(string(whole), "\ufeff")
	if !strings.HasPrefix(strings.TrimSpace(strings.ToUpper(plain[:min(len(plain), 200)])), "BEGIN:VCALENDAR") {
		return Calendar{}, nil, errors.New("invalid iCal feed: it does not begin with BEGIN:VCALENDAR")
	}
	outline, err := outlineOf(ctx, plain)
	if err != nil {
		return Calendar{}, nil, err
	}
	var feed *ical.Calendar
	if err := recovered(func() (err error) {
		feed, err = ical.ParseCalendar(ctxio.Reader(ctx, strings.NewReader(strings.TrimSpace(plain)+"\r\n")))
		return err
	}); ctx.Err() != nil {
		return Calendar{}, nil, readFailure(ctx)
	} else if err != nil {
		return Calendar{}, nil, errors.New("invalid iCal feed: its components do not begin and end properly")
	}
	reader := eventReader{
		zones: feed.Timezones(), known: map[string]clocks{}, from: now.Add(-keepBack), to: now.Add(keepAhead), outline: outline,
	}
	problems, err = reader.read(ctx, feed.Events())
	if err != nil {
		return Calendar{}, nil, err
	}
	reader.closes.normalise()
	return reader.closes, problems, nil
}

// eventReader collects the closed times of events.
type eventReader struct {
	zones    []*ical.VTimezone
	known    map[string]clocks
	from, to time.Time
	outline  outline
	closes   Calendar
}

func (r *eventReader) read(ctx context.Context, events []*ical.VEvent) (problems []string, err error) {
	r.outline.total = len(events)
	moved, problems := r.movedOccurrences(ctx, events)
	for i, event := range events {
		if ctx.Err() != nil {
			return nil, readFailure(ctx)
		}
		if strings.EqualFold(value(&event.ComponentBase, ical.ComponentPropertyStatus), "CANCELLED") {
			continue
		}
		name := eventName(value(&event.ComponentBase, ical.ComponentPropertySummary))
		if err := recovered(func() error { return r.add(event, name, moved) }); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", r.outline.event(i), err))
		}
		if r.closes.Len() > maxClosures {
			return nil, fmt.Errorf("it closes more than %d times in a year; use a smaller calendar", maxClosures)
		}
	}
	return problems, nil
}

// occurrence identifies one time of a recurring event.
type occurrence struct {
	uid   string
	start wall
}

// movedOccurrences returns the times of recurring events for which another
// event exists: it was moved, renamed or cancelled.
func (r *eventReader) movedOccurrences(ctx context.Context, events []*ical.VEvent) (moved map[occurrence]bool, problems []string) {
	moved = map[occurrence]bool{}
	for i, event := range events {
		property := event.GetProperty(ical.ComponentPropertyRecurrenceId)
		if property == nil || ctx.Err() != nil {
			continue
		}
		if err := recovered(func() error {
			stamps, err := r.stamps(property)
			for _, stamp := range stamps {
				moved[occurrence{event.Id(), stamp.key()}] = true
			}
			return err
		}); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", r.outline.event(i), err))
		}
	}
	return moved, problems
}

// add adds every time of the event inside the window.
func (r *eventReader) add(event *ical.VEvent, name string, moved map[occurrence]bool) error {
	start, length, err := r.times(event)
	if err != nil || length <= 0 {
		return err
	}
	starts, err := r.starts(event, start, length)
	if err != nil {
		return err
	}
	single := event.HasProperty(ical.ComponentPropertyRecurrenceId)
	for _, one := range starts {
		if !single && moved[occurrence{event.Id(), one.key()}] {
			continue
		}
		r.close(one, length, name)
	}
	return nil
}

// recovered returns a panic of work as an error. Rrule-go panics on some rules, such
// as FREQ=YEARLY;BYDAY=20SA;BYMONTH=10: an invalid event must not cost the others.
func recovered(work func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it cannot be expanded")
		}
	}()
	return work()
}

// close adds one time of an event, if the window has any of it.
func (r *eventReader) close(start stamp, length time.Duration, name string) {
	// Every local time differs from UTC by less than a day.
	if begin := start.moment(); begin.Add(length+24*time.Hour).Before(r.from) || begin.Add(-24*time.Hour).After(r.to) {
		return
	}
	switch {
	case start.allDay:
		first, _ := start.wall.split()
		last := first + date((length+24*time.Hour-1)/(24*time.Hour)) - 1
		r.closes.days = append(r.closes.days, closure[date]{first, last, name})
	case start.zone == nil:
		r.closes.floats = append(r.closes.floats, closure[wall]{start.wall, start.wall + wall(length/time.Second), name})
	default:
		begin := start.moment()
		r.closes.spans = append(r.closes.spans, closure[int64]{begin.Unix(), begin.Add(length).Unix(), name})
	}
}

func value(of *ical.ComponentBase, name ical.ComponentProperty) string {
	if property := of.GetProperty(name); property != nil {
		return property.Value
	}
	return ""
}

func parameter(of *ical.IANAProperty, name string) string {
	for key, values := range of.ICalParameters {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return cmp.Or(values...)
		}
	}
	return ""
}
