package schedule

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// stamp is a date or a time of an iCal feed.
type stamp struct {
	wall   wall
	allDay bool
	// utc marks a time that is written in UTC.
	utc bool
	// zone are the clocks that show the wall time; nil for those of any zone,
	// and for whole days.
	zone clocks
}

// moment returns the moment in Unix seconds; without a zone, that in UTC.
func (s stamp) moment() int64 {
	if s.zone == nil {
		return int64(s.wall)
	}
	return s.zone.moment(s.wall)
}

// date returns the day that the clocks show.
func (s stamp) date() date {
	day, _ := s.wall.split()
	return day
}

// length is how long an event takes: nominal days, which are as long as the clocks say,
// and exact seconds (RFC 5545, 3.3.6).
type length struct {
	days, seconds int64
}

// dates returns how many dates a whole day and its length cover, at least one.
func (l length) dates() int64 {
	return max(1, l.days+(l.seconds+secondsPerDay-1)/secondsPerDay)
}

// end returns the end of an event that begins at a stamp. In a zone it is a moment.
func (s stamp) end(l length) int64 {
	last := s
	last.wall += wall(l.days) * secondsPerDay
	return last.moment() + l.seconds
}

var stampForm = regexp.MustCompile(`^(\d{4})-?(\d\d)-?(\d\d)(?:[tT ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?\s*([zZ]|[+-]\d\d:?\d\d)?$`)

var (
	errStamp = errors.New("invalid date or time: use for example 20261224 or 20261224T120000Z")
	errYear  = errors.New("the year is out of range: use 1583 to 2199")
	errZone  = errors.New("unknown time zone: the zone of the hours counts; use a name such as Europe/Berlin")
)

// parseStamp reads a date or a time; its clocks are UTC or those of any zone. Beside the
// forms of RFC 5545 it reads those of ISO 8601, and times without seconds.
func parseStamp(text string) (s stamp, err error) {
	match := stampForm.FindStringSubmatch(strings.TrimSpace(text))
	if match == nil {
		return stamp{}, errStamp
	}
	number := func(i int) int { n, _ := strconv.Atoi(match[i]); return n }
	year, month, day, hour, minute, second := number(1), number(2), number(3), number(4), number(5), number(6)
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	// 24:00 is the end of a day, and 23:59:60 a leap second.
	if at.Month() != time.Month(month) || at.Day() != day || hour*3600+minute*60 > secondsPerDay || minute > 59 || second > 60 {
		return stamp{}, errStamp
	}
	s = stamp{wall: wall(at.Unix() + int64(hour*3600+minute*60+second)), allDay: match[4] == ""}
	switch zone := match[7]; {
	case zone == "" || s.allDay:
	case strings.EqualFold(zone, "Z"):
		s.zone, s.utc = located{time.UTC}, true
	default:
		ahead, _ := parseOffset(zone)
		s.wall, s.zone, s.utc = s.wall-wall(ahead), located{time.UTC}, true
	}
	return s, nil
}

// inRange refuses years that no rule should be counted from. The calendar that
// is in use today began in 1582; birthdays without a year are written as of 1604.
func inRange(s stamp) error {
	if year := s.wall.time().Year(); year < 1583 || year > lastYear {
		return errYear
	}
	return nil
}

// stamps reads the value of a property with dates or times, and reports those that
// are invalid. Text behind a slash is that of a period.
func (r *eventReader) stamps(p property, visit func(one stamp, period string)) {
	value, parameters := p.times()
	zone, asDate := parameter(parameters, "TZID"), strings.EqualFold(parameter(parameters, "VALUE"), "DATE")
	for text := range strings.SplitSeq(value, ",") {
		if strings.TrimSpace(text) == "" {
			continue // Google's exceptions of a series without exceptions
		}
		text, period, _ := strings.Cut(text, "/")
		one, err := parseStamp(text)
		if err != nil {
			r.report(p, err)
			continue
		}
		if !one.allDay && one.zone == nil && zone != "" {
			if one.zone = r.scope.clocks(zone, r.problems); one.zone == nil && r.scope.zones[foldZone(zone)] == nil {
				r.report(p, errZone)
			}
			one.utc = one.zone == located{time.UTC}
		}
		if asDate && !one.allDay && (one.utc || one.wall == one.date().midnight()) {
			one = r.scope.day(one)
		}
		visit(one, period)
	}
}

// stamp reads the first valid date or time of a property.
func (r *eventReader) stamp(p property) (s stamp, found bool) {
	value, _ := p.times()
	if strings.TrimSpace(value) == "" {
		r.report(p, errStamp)
	}
	r.stamps(p, func(one stamp, _ string) {
		if !found {
			s, found = one, true
		}
	})
	return s, found
}

func (r *eventReader) report(p property, err error) { r.problems.add(p.line, p.name+": "+err.Error()) }

// day returns the whole day that a date or time means beside whole days. Outlook writes
// them as the moment of midnight in UTC, others as the last second of a day.
func (s *scope) day(of stamp) stamp {
	day := of.date()
	if of.utc {
		day = s.dayOfMoment(of.wall)
	}
	return stamp{wall: day.midnight(), allDay: true}
}

func (s *scope) dayOfMoment(at wall) date {
	if at%60 == 59 {
		return s.dayOfMoment(at+1) - 1
	}
	if s.home != nil {
		if day, second := shownAt(s.home, int64(at)).split(); second == 0 {
			return day
		}
	}
	day, second := at.split()
	// Midnight anywhere east of Greenwich: the farthest zones are 14 hours ahead of UTC.
	if second%900 == 0 && second >= 10*60*60 {
		day++
	}
	return day
}

var durationForm = regexp.MustCompile(`^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$`)

var errDuration = errors.New("invalid duration: use for example PT1H30M or P1D")

// parseDuration reads a duration (RFC 5545, 3.3.6) that isn't negative.
func parseDuration(text string) (l length, err error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	match := durationForm.FindStringSubmatch(text)
	if match == nil || strings.HasSuffix(text, "P") || strings.HasSuffix(text, "T") {
		return length{}, errDuration
	}
	number := func(i int) int64 { n, _ := strconv.ParseInt(match[i], 10, 64); return n }
	return length{7*number(1) + number(2), 3600*number(3) + 60*number(4) + number(5)}, nil
}

// lengthUntil returns the length of an event from its start to an end.
func (r *eventReader) lengthUntil(start, end stamp) length {
	switch {
	case start.allDay:
		if !end.allDay && !end.utc && end.wall != end.date().midnight() {
			end.wall = (end.date() + 1).midnight()
		}
		return length{days: int64(r.scope.day(end).date() - start.date())}
	case end.allDay && end.date() == start.date():
		end.wall = (start.date() + 1).midnight()
		fallthrough
	case end.zone == nil:
		end.zone = start.zone
	case start.zone == nil:
		end.zone = nil
	}
	return length{seconds: end.moment() - start.moment()}
}
