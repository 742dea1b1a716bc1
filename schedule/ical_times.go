package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"
	"github.com/teambition/rrule-go"
)

// clocks turn what they show into a moment.
type clocks interface {
	moment(shown wall) time.Time
}

// stamp is a date or a time of an iCal feed.
type stamp struct {
	wall   wall
	allDay bool
	// zone are the clocks that show the wall time; nil for those of any zone,
	// and for whole days.
	zone clocks
}

func (s stamp) moment() time.Time {
	if s.zone == nil {
		return s.wall.time()
	}
	return s.zone.moment(s.wall)
}

// key is the same for the same time of an event, however it is written.
func (s stamp) key() wall {
	if s.zone == nil {
		return s.wall
	}
	return wall(s.moment().Unix())
}

// stamps reads the value of DTSTART and of other properties with times, of
// which some have several.
func (r *eventReader) stamps(property *ical.IANAProperty) ([]stamp, error) {
	var list []stamp
	for text := range strings.SplitSeq(property.Value, ",") {
		// Of a period only the start counts: its length is that of the event.
		text, _, _ = strings.Cut(strings.TrimSpace(text), "/")
		one, err := r.stamp(text, parameter(property, "TZID"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", property.IANAToken, err)
		}
		if list = append(list, one); len(list) > maxOccurrences {
			return nil, fmt.Errorf("%s: it has more than %d times", property.IANAToken, maxOccurrences)
		}
	}
	return list, nil
}

func (r *eventReader) stamp(text, zone string) (s stamp, err error) {
	if day, err := time.Parse("20060102", text); err == nil {
		return stamp{wall: wall(day.Unix()), allDay: true}, inRange(day)
	}
	const layout = "20060102T150405"
	at, err := time.Parse(layout, strings.TrimSuffix(text, "Z"))
	if err != nil {
		return stamp{}, errors.New("invalid date or time")
	}
	s.wall = wall(at.Unix())
	switch {
	case strings.HasSuffix(text, "Z"):
		s.zone = located{time.UTC}
	case zone != "":
		if s.zone, err = r.clocks(zone); err != nil {
			return stamp{}, err
		}
	}
	return s, inRange(at)
}

// inRange refuses years that no rule should be counted from. The calendar that
// is in use today began in 1582; birthdays without a year are written as of 1604.
func inRange(at time.Time) error {
	if at.Year() < 1583 || at.Year() > lastYear {
		return errors.New("the year is out of range")
	}
	return nil
}

// times returns when the event begins first, and how long it takes.
func (r *eventReader) times(event *ical.VEvent) (start stamp, length time.Duration, err error) {
	begin := event.GetProperty(ical.ComponentPropertyDtStart)
	if begin == nil {
		return stamp{}, 0, errors.New("it has no DTSTART")
	}
	stamps, err := r.stamps(begin)
	if err != nil {
		return stamp{}, 0, err
	}
	start = stamps[0]
	if end := event.GetProperty(ical.ComponentPropertyDtEnd); end != nil {
		stamps, err := r.stamps(end)
		if err != nil {
			return stamp{}, 0, err
		}
		return start, stamps[0].moment().Sub(start.moment()), nil
	}
	if text := value(&event.ComponentBase, ical.ComponentPropertyDuration); text != "" {
		length, err := parseDuration(text)
		return start, length, err
	}
	if start.allDay {
		return start, 24 * time.Hour, nil
	}
	return start, 0, nil
}

var duration = regexp.MustCompile(`^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$`)

// parseDuration reads a duration (RFC 5545, 3.3.6) that isn't negative.
func parseDuration(text string) (length time.Duration, err error) {
	match := duration.FindStringSubmatch(strings.ToUpper(text))
	if match == nil {
		return 0, errors.New("invalid DURATION")
	}
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		number, _ := strconv.Atoi("0" + match[i+1])
		length += time.Duration(number) * unit
	}
	return length, nil
}

// starts returns all times at which the event begins, up to the window's end.
func (r *eventReader) starts(event *ical.VEvent, start stamp, length time.Duration) ([]stamp, error) {
	starts := []stamp{start}
	rule := value(&event.ComponentBase, ical.ComponentPropertyRrule)
	if rule != "" {
		var err error
		if starts, err = r.recur(rule, start); err != nil {
			return nil, fmt.Errorf("RRULE: %w", err)
		}
	}
	for _, property := range event.GetProperties(ical.ComponentPropertyRdate) {
		more, err := r.stamps(property)
		if err != nil {
			return nil, err
		}
		if starts = append(starts, more...); len(starts) > 2*maxOccurrences {
			return nil, errOften
		}
	}
	except := map[wall]bool{}
	for _, property := range event.GetProperties(ical.ComponentPropertyExdate) {
		list, err := r.stamps(property)
		if err != nil {
			return nil, err
		}
		for _, one := range list {
			except[one.key()] = true
		}
		if len(except) > maxOccurrences {
			return nil, errOften
		}
	}
	var kept []stamp
	for _, one := range starts {
		if !except[one.key()] && !one.moment().Add(length+24*time.Hour).Before(r.from) {
			kept = append(kept, one)
		}
	}
	return kept, nil
}

// errRule does not show the rule, as the error of rrule-go does.
var errRule = errors.New("invalid rule")

var errOften = fmt.Errorf("it repeats more than %d times", maxOccurrences)

// recur expands a rule by the clocks of the event's zone, as people mean it:
// at nine stays at nine when the clocks change.
func (r *eventReader) recur(text string, start stamp) ([]stamp, error) {
	option, err := rrule.StrToROption(text)
	if err != nil {
		return nil, errRule
	}
	if option.Freq > rrule.DAILY {
		return nil, errors.New("events that repeat several times a day are not supported")
	}
	if len(option.Byhour)+len(option.Byminute)+len(option.Bysecond) > maxDepth {
		return nil, errors.New("events that repeat several times a day are not supported")
	}
	option.Dtstart = start.wall.time()
	end := r.to.Add(24 * time.Hour)
	if until := untilWall(option.Until, text, start); !until.IsZero() && until.Before(end) {
		end = until
	}
	option.Until = end
	if end.Before(option.Dtstart) {
		return nil, nil
	}
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, errRule
	}
	// The first time counts even where the rule doesn't name it.
	starts := []stamp{start}
	next := rule.Iterator()
	for at, more := next(); more; at, more = next() {
		if len(starts) > maxOccurrences {
			return nil, errOften
		}
		if shown := wall(at.Unix()); shown != start.wall {
			starts = append(starts, stamp{shown, start.allDay, start.zone})
		}
	}
	return starts, nil
}

var untilDay = regexp.MustCompile(`(?i)UNTIL=\d{8}(?:;|$)`)

// untilWall returns the last time of a rule by the clocks of the event: a rule
// has it in UTC where the event has a zone.
func untilWall(until time.Time, text string, start stamp) time.Time {
	switch {
	case until.IsZero() || start.allDay:
		return until
	case untilDay.MatchString(text):
		return until.Add(24*time.Hour - time.Second)
	case start.zone == nil:
		return until
	}
	// The clocks are as far ahead of UTC as they show more than it, within the
	// hour of a change.
	ahead := until.Sub(start.zone.moment(wall(until.Unix())))
	return until.Add(ahead)
}
