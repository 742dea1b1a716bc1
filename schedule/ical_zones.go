package schedule

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	ical "github.com/arran4/golang-ical"
	"github.com/teambition/rrule-go"
)

// located are the clocks of a zone of the IANA list.
type located struct{ zone *time.Location }

func (l located) moment(shown wall) time.Time {
	at := shown.time()
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, l.zone)
}

// clocks returns the clocks that a TZID names: of a zone of the IANA list, by
// its name or behind a prefix of the program that wrote the feed, else those that the
// feed describes itself, as Outlook's do.
func (r *eventReader) clocks(id string) (clocks, error) {
	if known, found := r.known[id]; found {
		return known, nil
	}
	found, err := r.findClocks(id)
	if err == nil {
		r.known[id] = found
	}
	return found, err
}

func (r *eventReader) findClocks(id string) (found clocks, err error) {
	for name := strings.Trim(id, "/"); ; {
		if zone, err := LoadZone(name); err == nil {
			return located{zone}, nil
		}
		_, rest, prefixed := strings.Cut(name, "/")
		if !prefixed {
			break
		}
		name = rest
	}
	for _, zone := range r.zones {
		if value(&zone.ComponentBase, ical.ComponentPropertyTzid) == id {
			err = recovered(func() error {
				found, err = newDescribed(zone)
				return err
			})
			return found, err
		}
	}
	return nil, errors.New("unknown time zone")
}

// described are clocks that a feed describes (RFC 5545, 3.6.5).
type described struct{ observances []observance }

// observance is a way in which the clocks go, from each of its onsets, which
// are in order, to the next onset of another.
type observance struct {
	offset time.Duration // ahead of UTC
	onsets []wall
}

func newDescribed(zone *ical.VTimezone) (clocks, error) {
	var d described
	for _, component := range zone.Components {
		var base *ical.ComponentBase
		switch one := component.(type) {
		case *ical.Standard:
			base = &one.ComponentBase
		case *ical.Daylight:
			base = &one.ComponentBase
		default:
			continue
		}
		one, err := newObservance(base)
		if err != nil {
			return nil, err
		}
		if d.observances = append(d.observances, one); len(d.observances) > maxOnsets {
			return nil, errors.New("the time zone has too many changes of its clocks")
		}
	}
	if len(d.observances) == 0 {
		return nil, errors.New("the feed does not define its time zone")
	}
	return d, nil
}

func newObservance(base *ical.ComponentBase) (one observance, err error) {
	text := value(base, ical.ComponentProperty(ical.PropertyTzoffsetto))
	if one.offset, err = parseOffset(text); err != nil {
		return observance{}, err
	}
	begin := value(base, ical.ComponentPropertyDtStart)
	first, err := time.Parse("20060102T150405", begin)
	if err != nil {
		return observance{}, errors.New("invalid DTSTART of a time zone")
	}
	one.onsets = []wall{wall(first.Unix())}
	if text = value(base, ical.ComponentPropertyRrule); text == "" {
		return one, nil
	}
	option, err := rrule.StrToROption(text)
	if err != nil || option.Freq != rrule.YEARLY {
		return observance{}, errors.New("invalid RRULE of a time zone")
	}
	// Outlook's begin in 1601: hundreds of years change nothing.
	option.Dtstart = first
	if early := time.Date(1970, first.Month(), 1, first.Hour(), first.Minute(), first.Second(), 0, time.UTC); first.Before(early) {
		option.Dtstart = early
	}
	end := time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	if option.Until.IsZero() || option.Until.After(end) {
		option.Until = end
	}
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return observance{}, errors.New("invalid RRULE of a time zone")
	}
	next := rule.Iterator()
	for at, more := next(); more; at, more = next() {
		if len(one.onsets) > maxOnsets {
			return observance{}, errors.New("the RRULE of a time zone changes its clocks too often")
		}
		one.onsets = append(one.onsets, wall(at.Unix()))
	}
	return one, nil
}

// maxOnsets bounds how often clocks change in one way, and how many ways there are.
const maxOnsets = 1000

// parseOffset reads "+0100" or "-033000".
func parseOffset(text string) (time.Duration, error) {
	sign, digits := time.Duration(1), strings.TrimPrefix(text, "+")
	if rest, negative := strings.CutPrefix(text, "-"); negative {
		sign, digits = -1, rest
	}
	number, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || len(digits) != 4 && len(digits) != 6 {
		return 0, errors.New("invalid TZOFFSETTO of a time zone")
	}
	if len(digits) == 4 {
		number *= 100
	}
	return sign * (time.Duration(number/10000)*time.Hour + time.Duration(number/100%100)*time.Minute + time.Duration(number%100)*time.Second), nil
}

func (d described) moment(shown wall) time.Time {
	offset, latest := d.observances[0].offset, wall(math.MinInt64)
	for _, one := range d.observances {
		i, _ := slices.BinarySearch(one.onsets, shown+1)
		if i > 0 && one.onsets[i-1] >= latest {
			offset, latest = one.offset, one.onsets[i-1]
		}
	}
	return shown.time().Add(-offset)
}
