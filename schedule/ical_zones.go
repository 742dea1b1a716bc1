package schedule

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// clocks turn what they show into a moment, in Unix seconds. Of a time that they show
// twice it is the first; a time that they skip is counted by how they went before it
// (RFC 5545, 3.3.5).
type clocks interface {
	moment(shown wall) int64
}

// shownAt returns what clocks show at a moment.
func shownAt(c clocks, at int64) wall {
	shown := wall(at)
	for range 2 {
		shown += wall(at - c.moment(shown))
	}
	return shown
}

// located are the clocks of a zone of the IANA list.
type located struct{ zone *time.Location }

func (l located) moment(shown wall) int64 {
	at := shown.time()
	near := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, l.zone)
	begin, end := near.ZoneBounds()
	// The offsets before and after each change that is near, in order.
	for _, change := range []time.Time{begin, end} {
		if change.IsZero() {
			continue
		}
		_, before := change.Add(-time.Second).Zone()
		if earlier := int64(shown) - int64(before); earlier < change.Unix() {
			return earlier
		}
		if _, after := change.Zone(); int64(shown)-int64(after) < change.Unix() {
			return int64(shown) - int64(before)
		}
	}
	return near.Unix()
}

// scope is what the times of a calendar mean.
type scope struct {
	// zones are the descriptions in the calendar, known the clocks that were looked up, both
	// by the folded name.
	zones map[string]*component
	known map[string]clocks
	// home are the clocks of the calendar, nil if it has none or several.
	home clocks
	// ended reports whether the context of the reading has ended: then rules are not
	// followed, and what was read is not used.
	ended func() bool
}

// foldZone returns a TZID as it is compared. Some programs write quotes or a colon more.
func foldZone(id string) string { return strings.ToLower(strings.Trim(id, "\": \t")) }

func newScope(ctx context.Context, calendar *component, problems problems) *scope {
	s := &scope{
		zones: map[string]*component{}, known: map[string]clocks{},
		ended: func() bool { return ctx.Err() != nil },
	}
	for _, child := range calendar.children {
		if id := foldZone(child.value("TZID")); child.name == nameZone && s.zones[id] == nil {
			s.zones[id] = child
		}
	}
	if zone := zoneNamed(strings.Trim(calendar.value("X-WR-TIMEZONE"), "\"")); zone != nil {
		s.home = located{zone}
	} else if len(s.zones) == 1 {
		for id := range s.zones {
			s.home = s.clocks(id, problems)
		}
	}
	return s
}

// clocks returns the clocks that a TZID names: those that the calendar describes, else
// those of a known name; nil if there are none.
func (s *scope) clocks(id string, problems problems) clocks {
	folded := foldZone(id)
	if known, found := s.known[folded]; found {
		return known
	}
	var found clocks
	if zone := s.zones[folded]; zone != nil {
		found = s.described(zone, problems)
	}
	if found == nil {
		if zone := zoneNamed(strings.Trim(id, "\": \t")); zone != nil {
			found = located{zone}
		}
	}
	s.known[folded] = found
	return found
}

// described are clocks that a feed describes (RFC 5545, 3.6.5).
type described struct {
	// first is the offset before all changes, changes are in order.
	first   int64
	changes []change
}

// change is a change of clocks. The offsets are in seconds ahead of UTC.
type change struct {
	// shown is what the clocks show when they are changed.
	shown         wall
	before, after int64
}

// begins returns from which shown time on the offset after the change counts.
func (c change) begins() wall { return c.shown + wall(max(0, c.after-c.before)) }

func (d *described) moment(shown wall) int64 {
	i, _ := slices.BinarySearchFunc(d.changes, shown, func(c change, shown wall) int {
		if c.begins() <= shown {
			return -1
		}
		return 1
	})
	if i == 0 {
		return int64(shown) - d.first
	}
	return int64(shown) - d.changes[i-1].after
}

const (
	// maxChanges bounds how often described clocks change.
	maxChanges = 2000
	// unread ends the report of a description that is not used.
	unread = ": the description of the time zone is not used"
)

// described reads a VTIMEZONE. It returns nil if that cannot be used, and reports why.
func (s *scope) described(zone *component, problems problems) clocks {
	d := &described{}
	for _, child := range zone.children {
		if child.name != nameStandard && child.name != nameDaylight {
			continue
		}
		changes, line, fault := s.changesOf(child)
		if fault != "" {
			problems.add(line, fault+unread)
			return nil
		}
		if d.changes = append(d.changes, changes...); len(d.changes) > maxChanges {
			problems.add(zone.line, "VTIMEZONE: the clocks change too often"+unread)
			return nil
		}
	}
	if len(d.changes) == 0 {
		problems.add(zone.line, "VTIMEZONE: it has neither STANDARD nor DAYLIGHT"+unread)
		return nil
	}
	slices.SortStableFunc(d.changes, func(a, b change) int { return cmp.Compare(a.shown, b.shown) })
	d.first = d.changes[0].before
	return d
}

// changesOf returns when clocks begin to go in one way, else a fault and its line.
func (s *scope) changesOf(observance *component) (changes []change, line int, fault string) {
	to, ok := parseOffset(observance.value("TZOFFSETTO"))
	if !ok {
		return nil, observance.line, "TZOFFSETTO: missing or invalid offset: use for example +0100"
	}
	from, ok := parseOffset(observance.value("TZOFFSETFROM"))
	if !ok {
		from = to
	}
	begin, found := observance.first("DTSTART")
	if !found {
		return nil, observance.line, "DTSTART: missing"
	}
	value, _ := begin.times()
	first, err := parseStamp(value)
	if err != nil {
		return nil, begin.line, "DTSTART: " + err.Error()
	}
	add := func(shown wall) { changes = append(changes, change{shown, from, to}) }
	add(first.wall)
	for _, p := range observance.all("RDATE") {
		value, _ := p.times()
		for text := range strings.SplitSeq(value, ",") {
			one, err := parseStamp(text)
			if err != nil {
				return nil, p.line, "RDATE: " + err.Error()
			}
			if add(one.wall); len(changes) > maxChanges {
				return nil, p.line, "RDATE: the clocks change too often"
			}
		}
	}
	for _, p := range observance.all("RRULE") {
		if s.ended() {
			break
		}
		shown, err := yearly(p.text(), first.wall, from)
		if err != nil {
			return nil, p.line, "RRULE: " + err.Error()
		}
		for _, one := range shown {
			add(one)
		}
	}
	return changes, 0, ""
}

// yearly returns when a rule of a zone changes its clocks, which are so many seconds
// ahead of UTC until then.
func yearly(text string, first wall, ahead int64) (shown []wall, err error) {
	option, until, err := parseRule(text)
	if err != nil || option.Freq != rrule.YEARLY {
		return nil, errRule
	}
	option.Dtstart = first.time()
	// Outlook's begin in 1601: hundreds of years change nothing.
	if start := option.Dtstart; start.Year() < 1970 && option.Count == 0 {
		option.Dtstart = time.Date(1970, start.Month(), 1, start.Hour(), start.Minute(), start.Second(), 0, time.UTC)
	}
	option.Until = time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	if until != nil {
		end := until.wall
		if until.utc {
			end += wall(ahead)
		} else if until.allDay {
			end += secondsPerDay - 1
		}
		if end.time().Before(option.Until) {
			option.Until = end.time()
		}
	}
	if option.Until.Before(option.Dtstart) {
		return nil, nil
	}
	err = recovered(func() error {
		rule, err := rrule.NewRRule(*option)
		if err != nil {
			return errRule
		}
		next := rule.Iterator()
		for at, more := next(); more; at, more = next() {
			if shown = append(shown, wall(at.Unix())); len(shown) > maxChanges {
				return errRule
			}
		}
		return nil
	})
	return shown, err
}

// parseOffset reads "+0100", "-033000" or "+01:00", in seconds.
func parseOffset(text string) (seconds int64, ok bool) {
	digits := strings.ReplaceAll(strings.TrimLeft(text, "+-"), ":", "")
	number, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || len(digits) != 4 && len(digits) != 6 {
		return 0, false
	}
	if len(digits) == 4 {
		number *= 100
	}
	seconds = int64(number/10000*3600 + number/100%100*60 + number%100)
	if strings.HasPrefix(text, "-") {
		seconds = -seconds
	}
	return seconds, seconds > -2*secondsPerDay && seconds < 2*secondsPerDay
}
