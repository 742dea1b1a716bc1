package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

const (
	// maxClosures bounds what one calendar closes.
	maxClosures = 2000
	// maxName bounds the name of an event, in bytes.
	maxName = 120
)

// Calendar has the closed times of an iCal feed: whole days, and other intervals. The
// zero Calendar closes nothing. It is immutable.
type Calendar struct {
	days   []closure[date]  // whole days, the last one included, in any zone
	spans  []closure[int64] // between two moments, in Unix seconds
	floats []closure[wall]  // by the clocks of any zone (RFC 5545, 3.3.5: form #1)
}

// closure is a closed time, or closed days.
type closure[T cmp.Ordered] struct {
	from, to T
	name     string
}

// Len returns how many times and runs of days it closes.
func (c Calendar) Len() int { return len(c.days) + len(c.spans) + len(c.floats) }

// Equal reports whether both close the same.
func (c Calendar) Equal(other Calendar) bool {
	return slices.Equal(c.days, other.days) && slices.Equal(c.spans, other.spans) && slices.Equal(c.floats, other.floats)
}

const floatLayout = "2006-01-02T15:04:05"

// String returns a line for each closure, which ParseCalendar reads back:
//
//	2026-12-24..2027-01-01 Company holidays
//	2026-12-03T12:00:00Z..2026-12-03T14:00:00Z Team day
//	2026-12-03T12:00:00..2026-12-03T14:00:00 Team day
//
// Without the Z they are local times of the zone of the hours.
func (c Calendar) String() string {
	var b strings.Builder
	for _, d := range c.days {
		fmt.Fprintf(&b, "%s..%s %s\n", d.from, d.to, d.name)
	}
	for _, s := range c.spans {
		fmt.Fprintf(&b, "%s..%s %s\n", utc(s.from).Format(time.RFC3339), utc(s.to).Format(time.RFC3339), s.name)
	}
	for _, s := range c.floats {
		fmt.Fprintf(&b, "%s..%s %s\n", s.from.time().Format(floatLayout), s.to.time().Format(floatLayout), s.name)
	}
	return b.String()
}

func utc(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// ParseCalendar parses the result of String.
func ParseCalendar(text string) (Calendar, error) {
	var c Calendar
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := c.addLine(strings.TrimSuffix(line, "\n")); err != nil {
			return Calendar{}, fmt.Errorf("line %d, %q: %w", number, shown(line), err)
		}
	}
	if c.Len() > maxClosures {
		return Calendar{}, fmt.Errorf("it closes %d times; %d are allowed", c.Len(), maxClosures)
	}
	c.normalise()
	return c, nil
}

func (c *Calendar) addLine(line string) error {
	times, name, _ := strings.Cut(line, " ")
	first, last, _ := strings.Cut(times, "..")
	name = eventName(name)
	for _, layout := range []string{time.DateOnly, time.RFC3339, floatLayout} {
		from, err := time.Parse(layout, first)
		if err != nil {
			continue
		}
		to, err := time.Parse(layout, last)
		if err != nil {
			return err
		}
		switch layout {
		case time.DateOnly:
			c.days = append(c.days, closure[date]{dateOf(from.Date()), dateOf(to.Date()), name})
		case time.RFC3339:
			c.spans = append(c.spans, closure[int64]{from.Unix(), to.Unix(), name})
		default:
			c.floats = append(c.floats, closure[wall]{wall(from.Unix()), wall(to.Unix()), name})
		}
		return nil
	}
	return fmt.Errorf("invalid time %q", first)
}

// eventName returns an event's name as one short printable line.
func eventName(text string) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }), " ")
	if len(text) > maxName {
		text = strings.TrimSpace(strings.ToValidUTF8(text[:maxName], ""))
	}
	return cmp.Or(text, "event")
}

// normalise brings the closures into order, drops those that close nothing and
// duplicates.
func (c *Calendar) normalise() {
	c.days = ordered(slices.DeleteFunc(c.days, func(d closure[date]) bool { return d.to < d.from }))
	c.spans = ordered(slices.DeleteFunc(c.spans, func(s closure[int64]) bool { return s.to <= s.from }))
	c.floats = ordered(slices.DeleteFunc(c.floats, func(s closure[wall]) bool { return s.to <= s.from }))
}

func ordered[T cmp.Ordered](list []closure[T]) []closure[T] {
	slices.SortFunc(list, func(a, b closure[T]) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.name, b.name))
	})
	return slices.Compact(list)
}

// closedBy returns the name of the first of ordered closures that closes a
// point, its end not included, or "".
func closedBy[T cmp.Ordered](list []closure[T], point T) string {
	for _, closed := range list {
		if closed.from > point {
			break
		}
		if point < closed.to {
			return closed.name
		}
	}
	return ""
}

// edges returns where closures begin and end, in order.
func edges[T cmp.Ordered](list []closure[T]) []T {
	found := make([]T, 0, 2*len(list))
	for _, closed := range list {
		found = append(found, closed.from, closed.to)
	}
	slices.Sort(found)
	return found
}
