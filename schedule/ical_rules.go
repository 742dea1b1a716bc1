package schedule

import (
	"errors"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

const (
	// maxOccurrences bounds how often an event takes place near the window, maxRepeats how
	// often since its first time, where a rule has to be followed from there.
	maxOccurrences, maxRepeats = 20_000, 200_000
	// maxTimesADay bounds how often a rule repeats an event within a day.
	maxTimesADay = 8
)

var (
	errRule   = errors.New("invalid rule: use for example FREQ=WEEKLY;BYDAY=MO,TU")
	errDaily  = errors.New("events that repeat several times a day are not supported")
	errEnded  = errors.New("it ends before DTSTART: the event does not take place")
	errOften  = errors.New("it repeats too often")
	errExpand = errors.New("it cannot be expanded")
)

// recovered returns a panic of work as an error. Rrule-go panics on some rules, such
// as FREQ=YEARLY;BYDAY=20SA;BYMONTH=10: an invalid event must not cost the others.
func recovered(work func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errExpand
		}
	}()
	return work()
}

// parseRule reads a rule in any case and with blanks, and its end, if it has one.
func parseRule(text string) (option *rrule.ROption, until *stamp, err error) {
	var parts []string
	for part := range strings.SplitSeq(strings.ToUpper(strings.Join(strings.Fields(text), "")), ";") {
		name, value, found := strings.Cut(part, "=")
		switch {
		case part == "" || found && value == "" || strings.HasPrefix(name, "X-") || part == "RSCALE=GREGORIAN" || part == "SKIP=OMIT":
		case name == "UNTIL":
			end, err := parseStamp(value)
			if err != nil {
				return nil, nil, err
			}
			until = &end
		case name == "DTSTART" || name == "COUNT" && strings.Trim(value, "0") == "":
			return nil, nil, errRule
		default:
			parts = append(parts, part)
		}
	}
	option, err = rrule.StrToROption(strings.Join(parts, ";"))
	if err != nil || option.Count < 0 || option.Interval < 0 {
		return nil, nil, errRule
	}
	return option, until, nil
}

// expand returns the times that a rule names from about a moment to about another, by
// the clocks of the event's zone, as people mean it: at nine stays at nine when the
// clocks change.
func (r *eventReader) expand(text string, start stamp, from, to time.Time) (times []wall, err error) {
	option, until, err := parseRule(text)
	if err != nil {
		return nil, err
	}
	if option.Freq > rrule.DAILY || len(option.Byhour)+len(option.Byminute)+len(option.Bysecond) > maxTimesADay {
		return nil, errDaily
	}
	if start.allDay {
		option.Byhour, option.Byminute, option.Bysecond = nil, nil, nil
	}
	option.Dtstart, option.Until = start.wall.time(), to
	if until != nil {
		last := r.lastWall(*until, start)
		if (stamp{wall: last}).date() < start.date() {
			return nil, errEnded
		}
		if last.time().Before(to) {
			option.Until = last.time()
		}
	}
	skipTo(option, from)
	if option.Until.Before(option.Dtstart) {
		return nil, nil
	}
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, errRule
	}
	next := rule.Iterator()
	total := 0
	for at, more := next(); more; at, more = next() {
		if total++; !at.Before(from) {
			times = append(times, wall(at.Unix()))
		}
		if total > maxRepeats || len(times) > maxOccurrences {
			return nil, errOften
		}
	}
	return times, nil
}

// skipTo lets a rule begin just before a moment, where that changes none of its times.
func skipTo(option *rrule.ROption, moment time.Time) {
	days := max(1, option.Interval)
	switch option.Freq {
	case rrule.DAILY:
	case rrule.WEEKLY:
		days *= 7
	default:
		return
	}
	if early := int((moment.Unix() - option.Dtstart.Unix()) / secondsPerDay); option.Count == 0 && early > 0 && days > 0 {
		option.Dtstart = option.Dtstart.AddDate(0, 0, early/days*days)
	}
}

// lastWall returns the last time of a rule by the clocks of the event.
func (r *eventReader) lastWall(until, start stamp) wall {
	switch {
	case start.allDay:
		return r.scope.day(until).wall
	case until.allDay:
		return until.wall + secondsPerDay - 1
	case !until.utc:
		return until.wall
	case start.zone != nil:
		return shownAt(start.zone, until.moment())
	case r.scope.home != nil:
		return shownAt(r.scope.home, until.moment())
	}
	return until.wall
}
