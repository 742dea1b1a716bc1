package schedule

import (
	"cmp"
	"slices"
)

// newest returns the events without those of which the feed has a newer version: one with
// the same identity and a higher SEQUENCE, and of changes of one time also a later DTSTAMP
// (RFC 5546, 2.1.5). Programs that give all events one UID do not number them.
func newest(events []*event) []*event {
	type identity struct {
		uid      string
		instance bool
		of       wall
	}
	of := func(e *event) identity {
		id := identity{uid: e.uid, instance: e.instance}
		if e.of != nil {
			id.of = wall(e.of.moment())
		}
		return id
	}
	older := func(a, b *event) bool {
		return a.sequence < b.sequence ||
			a.sequence == b.sequence && a.instance && a.following == b.following && a.stamped != 0 && a.stamped < b.stamped
	}
	latest := map[identity]*event{}
	for _, e := range events {
		if known := latest[of(e)]; known == nil || known.stamped == 0 && known.sequence <= e.sequence || older(known, e) {
			latest[of(e)] = e
		}
	}
	return slices.DeleteFunc(events, func(e *event) bool {
		return e.uid != "" && (!e.instance || e.of != nil) && older(e, latest[of(e)])
	})
}

// times are a set of times that are compared with those of an event, whose form they may
// not have: a date or midnight is any time of that day, a time without a zone is one of the event's
// zone.
type times struct {
	scope   *scope
	form    stamp
	dates   map[date]bool
	walls   map[wall]bool
	moments map[int64]bool
}

func newTimes(in *scope, form stamp) *times {
	return &times{in, form, map[date]bool{}, map[wall]bool{}, map[int64]bool{}}
}

func (t *times) add(one stamp) {
	switch {
	case t.form.allDay:
		t.dates[t.scope.day(one).date()] = true
	case one.allDay || t.isDay(one):
		t.dates[one.date()] = true
	case one.zone == nil || t.form.zone == nil:
		t.walls[one.wall] = true
		if one.utc && t.scope.home != nil {
			t.walls[shownAt(t.scope.home, one.moment())] = true
		}
	default:
		t.moments[one.moment()] = true
	}
}

// isDay reports whether a time is midnight by the clocks of an event that begins later in
// the day: some programs write a day so.
func (t *times) isDay(one stamp) bool {
	return one.wall == one.date().midnight() && t.form.wall != t.form.date().midnight() && (one.zone == nil || one.zone == t.form.zone)
}

func (t *times) has(one stamp) bool {
	return t.dates[one.date()] || t.walls[one.wall] || t.form.zone != nil && t.moments[one.moment()]
}

// series is what changes the times of events with the same UID.
type series struct {
	// single change one time, following all from one on.
	single, following []*event
	// known are the times of single as moved returns them, by the form of the event: a
	// whole day, a time of any zone, one of a zone.
	known [3]*times
}

// changesOfSeries returns the changes by the UID of the events that they change.
func changesOfSeries(events []*event) map[string]*series {
	found := map[string]*series{}
	for _, e := range events {
		if e.of == nil {
			continue
		}
		if found[e.uid] == nil {
			found[e.uid] = &series{}
		}
		if one := found[e.uid]; e.following {
			one.following = append(one.following, e)
		} else {
			one.single = append(one.single, e)
		}
	}
	return found
}

// moved returns the times of an event for which the feed has another event.
func (s *series) moved(e *event) *times {
	if s == nil {
		return newTimes(e.scope, e.start)
	}
	form := 2
	if e.start.allDay {
		form = 0
	} else if e.start.zone == nil {
		form = 1
	}
	if s.known[form] == nil {
		s.known[form] = newTimes(e.scope, e.start)
		for _, one := range s.single {
			s.known[form].add(*one.of)
		}
	}
	return s.known[form]
}

// turn is a change that counts from a time of an event on.
type turn struct {
	// begins is what the clocks of the event show at since.
	begins wall
	since  stamp
	by     *event
}

// turns returns the changes of an event that count from a time on, in the order of these
// times.
func (s *series) turns(e *event) []turn {
	if s == nil {
		return nil
	}
	turns := make([]turn, len(s.following))
	for i, change := range s.following {
		since := e.scope.timeOf(*change.of, e.start)
		turns[i] = turn{e.scope.shownAs(since, e.start), since, change}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return cmp.Compare(a.begins, b.begins) })
	return turns
}

// follow returns where the turns put a time of an event, and whether it takes place.
func follow(turns []turn, e *event, one occurrence) (occurrence, bool) {
	if len(turns) == 0 {
		return one, true
	}
	// The latest turn that begins at the time or before it counts.
	at := e.scope.shownAs(one.stamp, e.start)
	after, _ := slices.BinarySearchFunc(turns, at, func(t turn, at wall) int {
		if t.begins <= at {
			return -1
		}
		return 1
	})
	if after == 0 {
		return one, true
	}
	last := turns[after-1]
	if last.by.cancelled {
		return one, false
	}
	moved := occurrence{last.by.start, last.by.length, last.by.name}
	moved.wall += e.scope.shownAs(one.stamp, last.by.start) - e.scope.shownAs(last.since, last.by.start)
	return moved, true
}

// timeOf returns the time of an event that a date or a time without a zone means.
func (s *scope) timeOf(one, event stamp) stamp {
	switch {
	case event.allDay:
		return s.day(one)
	case one.allDay:
		_, second := event.wall.split()
		event.wall = one.wall + wall(second)
		return event
	case one.zone == nil:
		one.zone, one.utc = event.zone, event.utc
	}
	return one
}

// shownAs returns what the clocks of another time show at a time: its day, if that is a
// whole day.
func (s *scope) shownAs(one, form stamp) wall {
	switch {
	case form.allDay:
		return s.day(one).wall
	case one.allDay || one.zone == nil || form.zone == nil:
		return one.wall
	}
	return shownAt(form.zone, one.moment())
}
