package schedule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	// keepBack and keepAhead are the window in which events count: a little
	// of the past, so that a night which began before now is known, and more
	// than a year to come, for the case that the feed cannot be fetched.
	keepBack  = 7 * 24 * time.Hour
	keepAhead = 400 * 24 * time.Hour
)

// ReadICal reads an iCal feed (RFC 5545) as of now: what its events close from
// a week ago to 400 days ahead. All-day events close whole days, others their
// span; cancelled ones close nothing. Whether an event is marked as free time
// doesn't matter, since calendars of holidays mark all of theirs so.
//
// What cannot be read costs itself only: a value, a line, or an event without a valid
// DTSTART. It is reported in problems, each with its lines and with the form that is right.
// The error is for a feed that is no calendar or is incomplete, that closes more than can
// be kept, or that takes longer than ctx allows. Neither shows text of the feed, whose
// reader may be allowed more than who reads them. The text is read as a whole: bound it.
func ReadICal(ctx context.Context, text io.Reader, now time.Time) (c Calendar, problems []string, err error) {
	whole, err := io.ReadAll(transform.NewReader(text, unicode.BOMOverride(transform.Nop)))
	if err != nil {
		return Calendar{}, nil, err
	}
	reader := eventReader{problems: map[string][]int{}, from: now.Add(-keepBack), to: now.Add(keepAhead)}
	calendars, err := componentsOf(ctx, string(whole), reader.problems)
	if err != nil {
		return Calendar{}, nil, err
	}
	if err := reader.read(ctx, calendars); err != nil {
		return Calendar{}, nil, err
	}
	return reader.closes, reader.problems.list(), nil
}

// eventReader collects the closed times of events.
type eventReader struct {
	problems problems
	from, to time.Time
	// scope is that of the calendar whose event is read.
	scope  *scope
	closes Calendar
}

func (r *eventReader) read(ctx context.Context, calendars []*component) error {
	var events []*event
	for _, calendar := range calendars {
		r.scope = newScope(ctx, calendar, r.problems)
		for _, child := range calendar.children {
			if ctx.Err() != nil {
				return readFailure(ctx)
			}
			if child.name != nameEvent {
				r.reportWithin(child)
			} else if one := r.event(child); one != nil {
				events = append(events, one)
			}
		}
	}
	if len(events) == 0 {
		r.reportBusy(calendars)
	}
	events = newest(events)
	series := changesOfSeries(events)
	for _, one := range events {
		if ctx.Err() != nil {
			return readFailure(ctx)
		}
		r.scope = one.scope
		r.add(one, series[one.uid])
		if r.closes.Len() > 2*maxClosures {
			r.closes.normalise()
		}
		if r.closes.Len() > 2*maxClosures {
			break
		}
	}
	if ctx.Err() != nil {
		return readFailure(ctx)
	}
	if r.closes.normalise(); r.closes.Len() > maxClosures {
		return fmt.Errorf("it closes more than %d times in a year; use a smaller calendar", maxClosures)
	}
	return nil
}

// reportWithin reports the events in another component: only those in the calendar itself
// count.
func (r *eventReader) reportWithin(c *component) {
	for _, child := range c.children {
		if child.name == nameEvent {
			r.problems.add(child.line, "the event is within another component: it does not count")
		}
		r.reportWithin(child)
	}
}

// reportBusy reports the busy times of a feed that has nothing else, as servers publish
// where they hide events.
func (r *eventReader) reportBusy(calendars []*component) {
	for _, calendar := range calendars {
		for _, child := range calendar.children {
			if child.name == nameBusy {
				r.problems.add(child.line, "VFREEBUSY: only events close: publish the calendar with its events")
			}
		}
	}
}

// event is an event of a feed.
type event struct {
	scope     *scope
	uid       string
	sequence  int
	stamped   wall // when the version was made, 0 if that cannot be read
	name      string
	cancelled bool
	start     stamp
	length    length
	// instance marks an event that changes one time of a series, following one that
	// changes all from that time on. The time is of, nil if it cannot be read.
	instance, following bool
	of                  *stamp
	// rules and the rest say when the event takes place again.
	rules, exceptRules []property
	extra              []occurrence
	except             []stamp
}

// occurrence is one time of an event.
type occurrence struct {
	stamp
	length length
	name   string
}

// event reads an event. It returns nil for one that says no time, which is reported.
func (r *eventReader) event(c *component) *event {
	e := &event{
		scope: r.scope, uid: c.value("UID"), name: eventName(unescape(c.value("SUMMARY"))),
		cancelled: slices.Contains([]string{"CANCELLED", "CANCELED"}, strings.ToUpper(c.value("STATUS"))),
		rules:     c.all("RRULE"), exceptRules: c.all("EXRULE"),
	}
	for _, p := range c.all("SEQUENCE") {
		number, err := strconv.Atoi(p.text())
		if err != nil {
			r.report(p, errNumber)
		}
		e.sequence = max(e.sequence, number)
	}
	if stamped, err := parseStamp(c.value("DTSTAMP")); err == nil {
		e.stamped = stamped.wall
	}
	for _, p := range c.all("RECURRENCE-ID") {
		e.instance = true
		of, found := r.stamp(p)
		if !found || e.of != nil {
			continue
		}
		e.of = &of
		_, parameters := p.times()
		if span := parameter(parameters, "RANGE"); strings.EqualFold(span, "THISANDFUTURE") {
			e.following = true
		} else if span != "" {
			r.report(p, errRange)
		}
	}
	if !r.start(c, e) {
		if e.cancelled && e.of != nil {
			e.start = *e.of
			return e
		}
		return nil
	}
	r.end(c, e)
	if e.following {
		for _, p := range e.rules {
			r.report(p, errOwnRule)
		}
	}
	for _, p := range c.all("RDATE") {
		r.stamps(p, func(one stamp, period string) { r.extra(e, p, one, period) })
	}
	for _, p := range c.all("EXDATE") {
		r.stamps(p, func(one stamp, _ string) { e.except = append(e.except, one) })
	}
	return e
}

var (
	errRange    = errors.New("RANGE: only THISANDFUTURE is supported: the event counts for one time")
	errNumber   = errors.New("invalid number: use for example 1")
	errOwnRule  = errors.New("the rule of the series goes on: write a new series as an event with another UID")
	errBackward = errors.New("it is before DTSTART: it does not count")
	errMoment   = errors.New("it is the time of DTSTART: the event closes nothing")
	errSecond   = errors.New("the event has it twice: the first counts")
)

// start reads when the event begins first.
func (r *eventReader) start(c *component, e *event) (found bool) {
	all := c.all("DTSTART")
	for _, p := range all {
		begin, valid := r.stamp(p)
		if valid {
			if err := inRange(begin); err != nil {
				r.report(p, err)
				continue
			}
		}
		switch {
		case valid && !found:
			e.start, found = begin, true
		case valid && begin != e.start:
			r.report(p, errSecond)
		}
	}
	if len(all) == 0 && (!e.cancelled || e.of == nil) {
		r.problems.add(c.line, "the event has no DTSTART: add for example DTSTART;VALUE=DATE:20261224")
	}
	return found
}

// end reads how long the event takes.
func (r *eventReader) end(c *component, e *event) {
	for _, p := range c.all("DTEND") {
		if end, found := r.stamp(p); found {
			if l := r.lengthUntil(e.start, end); l.days >= 0 && l.seconds >= 0 {
				if e.length = l; l == (length{}) && !e.start.allDay {
					r.report(p, errMoment)
				}
				return
			}
			r.report(p, errBackward)
		}
	}
	for _, p := range c.all("DURATION") {
		l, err := parseDuration(p.text())
		if err == nil {
			e.length = l
			return
		}
		r.report(p, err)
	}
}

// extra adds a further time of an event, in the form of its first one.
func (r *eventReader) extra(e *event, p property, one stamp, period string) {
	added := occurrence{one, e.length, e.name}
	switch {
	case period != "":
		end, err := parseStamp(period)
		if err != nil {
			added.length, err = parseDuration(period)
		} else {
			if !end.utc {
				end.zone = one.zone
			}
			added.length = r.lengthUntil(one, end)
		}
		if err != nil || added.length.seconds < 0 || added.length.days < 0 {
			r.report(p, errPeriod)
			return
		}
	default:
		added.stamp = r.scope.timeOf(one, e.start)
	}
	if r.near(added) {
		e.extra = append(e.extra, added)
	}
}

var errPeriod = errors.New("invalid period: use for example 20261224T120000Z/20261224T130000Z")

const (
	// farthest is how far an event may move a time of a series that the window is to have.
	farthest = 366 * secondsPerDay
	// longest is how long an event that repeats may be to count until its end.
	longest = 100 * farthest
)

// near reports whether the window may have a part of an occurrence.
func (r *eventReader) near(one occurrence) bool {
	return one.end(one.length)+farthest >= r.from.Unix() && one.moment()-farthest <= r.to.Unix()
}

// add adds every time of the event inside the window.
func (r *eventReader) add(e *event, changed *series) {
	if e.instance {
		if !e.cancelled {
			r.close(occurrence{e.start, e.length, e.name})
		}
		return
	}
	if e.cancelled {
		return
	}
	except := newTimes(e.scope, e.start)
	for _, one := range e.except {
		except.add(one)
	}
	excluded, _ := r.repeated(e, e.exceptRules)
	for _, shown := range excluded {
		except.add(stamp{wall: shown, allDay: e.start.allDay})
	}
	first, all := occurrence{e.start, e.length, e.name}, e.extra
	repeated, ended := r.repeated(e, e.rules)
	if !ended {
		all = append(all, first)
	}
	for _, shown := range repeated {
		if shown != e.start.wall {
			one := first
			one.wall = shown
			all = append(all, one)
		}
	}
	moved, turns := changed.moved(e), changed.turns(e)
	for _, one := range all {
		if except.has(one.stamp) || moved.has(one.stamp) {
			continue
		}
		if one, takesPlace := follow(turns, e, one); takesPlace {
			r.close(one)
		}
	}
}

// repeated returns the times that the rules of an event name near the window, and whether
// a rule ends before the event begins.
func (r *eventReader) repeated(e *event, rules []property) (times []wall, ended bool) {
	for _, p := range rules {
		text := p.text()
		if text == "" || r.scope.ended() {
			continue
		}
		long := time.Duration(min(e.length.days*secondsPerDay+e.length.seconds, longest)+farthest) * time.Second
		var named []wall
		err := recovered(func() (err error) {
			named, err = r.expand(text, e.start, r.from.Add(-long), r.to.Add(farthest*time.Second))
			return err
		})
		switch {
		case errors.Is(err, errEnded):
			r.report(p, err)
			ended = true
		case err != nil:
			r.report(p, fmt.Errorf("%w: only the first time counts", err))
		default:
			times = append(times, named...)
		}
	}
	return times, ended
}

// close adds one time of an event, if the window has any of it.
func (r *eventReader) close(one occurrence) {
	// Every local time differs from UTC by less than a day.
	begin, end := one.moment(), one.end(one.length)
	if one.allDay {
		end = begin + one.length.dates()*secondsPerDay
	}
	if end+secondsPerDay < r.from.Unix() || begin-secondsPerDay > r.to.Unix() {
		return
	}
	switch {
	case one.allDay:
		first := one.date()
		last := min(first+date(one.length.dates())-1, dateOf(lastYear, time.December, 31))
		r.closes.days = append(r.closes.days, closure[date]{first, last, one.name})
	case one.zone == nil:
		r.closes.floats = append(r.closes.floats, closure[wall]{one.wall, wall(end), one.name})
	default:
		r.closes.spans = append(r.closes.spans, closure[int64]{begin, end, one.name})
	}
}

// unescape returns a text without the escapes of RFC 5545, 3.3.11.
func unescape(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";").Replace(text)
}
