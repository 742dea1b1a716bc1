package schedule

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// timetable is Hours prepared for queries.
type timetable struct {
	hours    Hours
	dayNames [7]string
	// calendar has the closed times of all calendars of the hours.
	calendar Calendar
	// When its spans and floats begin and end, in order.
	edges      []int64
	floatEdges []wall
}

func newTimetable(hours Hours, calendars map[string]Calendar) *timetable {
	t := &timetable{hours: hours, dayNames: hours.dayNames()}
	all := &t.calendar
	for _, address := range hours.calendars {
		one := calendars[address]
		all.days = append(all.days, one.days...)
		all.spans = append(all.spans, one.spans...)
		all.floats = append(all.floats, one.floats...)
	}
	all.normalise()
	t.edges, t.floatEdges = edges(all.spans), edges(all.floats)
	return t
}

// rule is the rule of a day: its intervals, and its name.
type rule struct {
	spans []span
	// why names the rule; the times of open intervals follow it.
	why string
	// extra marks an extra working day, weekly the hours of the week.
	extra, weekly bool
}

// rule returns the first rule that matches a day.
func (t *timetable) rule(on date) rule {
	as := on.day()
	if work := t.work(as); work != nil {
		return rule{spans: work.spans, why: "work " + work.days.String(), extra: true}
	}
	for _, off := range t.hours.off {
		if off.contains(as) {
			return rule{why: "day off " + off.String()}
		}
	}
	for _, code := range t.hours.holidays {
		if name := holiday(code, as.year, on); name != "" {
			return rule{why: "public holiday " + name}
		}
	}
	for _, closed := range t.calendar.days {
		if closed.from > on {
			break
		}
		if on <= closed.to {
			return rule{why: "calendar: " + closed.name}
		}
	}
	weekday := on.weekday()
	return rule{spans: t.hours.week[weekday], why: t.dayNames[weekday], weekly: true}
}

// work returns the hours of an extra working day: those of its year before
// those of every year.
func (t *timetable) work(as day) *workDays {
	var found *workDays
	for i, work := range t.hours.work {
		if work.days.contains(as) && (found == nil || found.days.from.year == 0) {
			found = &t.hours.work[i]
		}
	}
	return found
}

// at returns the state at a moment.
func (t *timetable) at(at time.Time) State {
	now := wallOf(at, t.hours.zone)
	today, second := now.split()
	rules := [2]rule{t.rule(today - 1), t.rule(today)}
	var closingEvent string
	for i, rule := range rules {
		of := second + (1-i)*secondsPerDay
		for _, open := range rule.spans {
			if !open.contains(of) {
				continue
			}
			if rule.extra {
				closingEvent = ""
			} else {
				closingEvent = t.closingEvent(at.Unix(), now)
			}
			if closingEvent == "" {
				return State{Open, rule.why + " " + open.String()}
			}
		}
	}
	todays := rules[1]
	switch {
	case closingEvent != "":
		return State{Closed, "calendar: " + closingEvent}
	case len(todays.spans) > 0:
		return State{Closed, "outside " + todays.why + " " + join(todays.spans)}
	case todays.weekly:
		return State{Closed, "no hours on " + today.weekday().String()}
	}
	return State{Closed, todays.why}
}

// closingEvent returns the name of the event that closes a moment, or "".
func (t *timetable) closingEvent(at int64, now wall) string {
	return cmp.Or(closedBy(t.calendar.spans, at), closedBy(t.calendar.floats, now))
}

// horizon is how far until searches, in years.
const horizon = 50

// until returns the first moment after the given one at which the status is
// another. The clocks run evenly from one change of theirs to the next, so that
// it can go through what may change the status in order.
func (t *timetable) until(at time.Time) time.Time {
	at = at.In(t.hours.zone)
	status := t.at(at).Status
	other := func(second int64) bool { return t.at(time.Unix(second, 0)).Status != status }
	end := t.last(at).AddDate(horizon, 0, 0).Unix()
	for begin := at.Unix(); begin < end; {
		from := time.Unix(begin, 0).In(t.hours.zone)
		if begin != at.Unix() && other(begin) {
			return from
		}
		next := min(end, evenly(from))
		_, offset := from.Zone()
		first, _ := wall(begin + int64(offset)).split()
		for on := first; int64(on.midnight())-int64(offset) < next; on++ {
			for _, moment := range t.moments(on, int64(offset)) {
				if moment > begin && moment < next && other(moment) {
					return time.Unix(moment, 0).In(t.hours.zone)
				}
			}
		}
		begin = next
	}
	return time.Time{}
}

// evenly returns until when the offset from UTC stays the same, or earlier.
func evenly(from time.Time) int64 {
	_, change := from.ZoneBounds()
	switch {
	case change.IsZero():
		return math.MaxInt64
	case !change.After(from):
		// Far in the future, years follow a rule, and all of them end
		// after 365 days: the last day of a leap year is behind the end.
		return from.Unix() + 60*60
	}
	return change.Unix()
}

// last returns the end of all that the hours name by its date, or the moment
// if that is later.
func (t *timetable) last(at time.Time) time.Time {
	last := at
	later := func(day day) {
		if day.year != 0 {
			if end := time.Date(day.year, day.month, day.day+2, 0, 0, 0, 0, at.Location()); end.After(last) {
				last = end
			}
		}
	}
	for _, off := range t.hours.off {
		later(off.to)
	}
	for _, work := range t.hours.work {
		later(work.days.to)
	}
	for _, closed := range t.calendar.days {
		later(closed.to.day())
	}
	return last
}

// moments returns, in order, what may change the status on a day while the
// clocks are so many seconds ahead of UTC.
func (t *timetable) moments(on date, offset int64) []int64 {
	begin := int64(on.midnight()) - offset
	end := begin + secondsPerDay
	var found []int64
	add := func(moment int64) {
		if begin <= moment && moment < end {
			found = append(found, moment)
		}
	}
	for before := range 2 {
		midnight := begin - int64(before)*secondsPerDay
		for _, s := range t.rule(on - date(before)).spans {
			add(midnight + int64(s.from)*60)
			add(midnight + int64(s.to)*60)
		}
	}
	i, _ := slices.BinarySearch(t.edges, begin)
	for ; i < len(t.edges) && t.edges[i] < end; i++ {
		add(t.edges[i])
	}
	i, _ = slices.BinarySearch(t.floatEdges, on.midnight())
	for ; i < len(t.floatEdges) && t.floatEdges[i] < (on+1).midnight(); i++ {
		add(int64(t.floatEdges[i]) - offset)
	}
	slices.Sort(found)
	return found
}
