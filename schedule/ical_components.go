package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// component is a part of a feed between BEGIN and END.
type component struct {
	name       string // in upper case
	line       int    // of its BEGIN
	properties []property
	children   []*component
}

// first returns the first property with a name.
func (c *component) first(name string) (p property, found bool) {
	i := slices.IndexFunc(c.properties, func(p property) bool { return p.name == name })
	if i < 0 {
		return property{}, false
	}
	return c.properties[i], true
}

// value returns the text of the first property with a name, "" for none.
func (c *component) value(name string) string {
	if p, found := c.first(name); found {
		return p.text()
	}
	return ""
}

// all returns the properties with a name.
func (c *component) all(name string) (list []property) {
	for _, p := range c.properties {
		if p.name == name {
			list = append(list, p)
		}
	}
	return list
}

// Names of components.
const (
	nameCalendar = "VCALENDAR"
	nameEvent    = "VEVENT"
	nameZone     = "VTIMEZONE"
	nameBusy     = "VFREEBUSY"
	nameStandard = "STANDARD"
	nameDaylight = "DAYLIGHT"
)

var (
	// inCalendar stand in a calendar and never in each other, inComponent in those.
	inCalendar  = []string{nameEvent, nameZone, "VTODO", "VJOURNAL", nameBusy, "VAVAILABILITY"}
	inComponent = []string{nameStandard, nameDaylight, "VALARM", "AVAILABLE", "PARTICIPANT", "VLOCATION", "VRESOURCE"}
	// usedProperties are the properties that are kept.
	usedProperties = []string{
		"UID", "SUMMARY", "STATUS", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
		"TZID", "TZOFFSETFROM", "TZOFFSETTO", "X-WR-TIMEZONE",
	}
)

// maxDepth bounds how deep components are nested.
const maxDepth = 8

// tree makes components of lines. A line that stands where it may not is reported and
// costs what it begins or ends, and no other component.
type tree struct {
	problems  problems
	calendars []*component
	// open are the components that have begun and not ended, the outermost first.
	open []*component
	// last is the number of the last line, ended whether it is an END.
	last  int
	ended bool
}

// componentsOf returns the calendars of a feed. The error is for a feed that is no
// calendar or that ends too early.
func componentsOf(ctx context.Context, text string, problems problems) ([]*component, error) {
	t := tree{problems: problems}
	for number, line := range contentLines(text) {
		if number%1000 == 0 && ctx.Err() != nil {
			return nil, readFailure(ctx)
		}
		t.add(number, line)
	}
	if len(t.calendars) == 0 {
		return nil, errors.New("invalid iCal feed: it does not begin with BEGIN:VCALENDAR")
	}
	return t.calendars, t.finish()
}

// readFailure returns the error of a feed that took longer than ctx allows.
func readFailure(ctx context.Context) error {
	return fmt.Errorf("read the events of the calendar: %w", ctx.Err())
}

func (t *tree) add(number int, line string) {
	name, rest, fault := readLine(line)
	t.last, t.ended = number, name == "END"
	switch {
	case name == "BEGIN":
		t.begin(number, componentName(rest))
	case name == "END":
		t.end(number, componentName(rest))
	case len(t.open) == 0:
		t.problems.add(number, "it is not between BEGIN:VCALENDAR and END:VCALENDAR")
		return
	case slices.Contains(usedProperties, name):
		top := t.open[len(t.open)-1]
		top.properties = append(top.properties, property{name, number, rest})
	}
	if fault != "" {
		t.problems.add(number, fault)
	}
}

func componentName(rest string) string {
	return strings.ToUpper(property{rest: rest}.text())
}

func (t *tree) begin(number int, name string) {
	if name == nameCalendar {
		for len(t.open) > 0 {
			t.abandon()
		}
	}
	if slices.Contains(inCalendar, name) {
		if i := slices.IndexFunc(t.open, func(c *component) bool { return slices.Contains(inCalendar, c.name) }); i >= 0 {
			for len(t.open) > i {
				t.abandon()
			}
		}
	}
	if len(t.open) == maxDepth {
		t.problems.add(number, "BEGIN: components are nested too deep")
		return
	}
	made := &component{name: name, line: number}
	switch {
	case name == nameCalendar:
		t.calendars = append(t.calendars, made)
	case len(t.open) > 0:
		above := t.open[len(t.open)-1]
		above.children = append(above.children, made)
	case len(t.calendars) > 0 && slices.Contains(inCalendar, name):
		above := t.calendars[len(t.calendars)-1]
		above.children = append(above.children, made)
		t.problems.add(number, "it comes after END:VCALENDAR: put it before")
	default:
		t.problems.add(number, "it is not between BEGIN:VCALENDAR and END:VCALENDAR")
		return
	}
	t.open = append(t.open, made)
}

func (t *tree) end(number int, name string) {
	outer := name == nameCalendar || slices.Contains(inCalendar, name)
	for i, one := range slices.Backward(t.open) {
		if one.name == name {
			for len(t.open) > i+1 {
				t.abandon()
			}
			t.open = t.open[:i]
			return
		}
		if !outer && slices.Contains(inCalendar, one.name) {
			break // Another name does not end an event.
		}
	}
	t.problems.add(number, "END without a BEGIN of the same name")
}

// abandon ends the innermost component, which has no END. If its name is unknown, its
// BEGIN counts as a mistake: what follows belongs to the component around it.
func (t *tree) abandon() {
	top := t.open[len(t.open)-1]
	t.open = t.open[:len(t.open)-1]
	t.problems.add(top.line, "BEGIN without an END of the same name")
	if top.name == nameCalendar || slices.Contains(inCalendar, top.name) || slices.Contains(inComponent, top.name) || len(t.open) == 0 {
		return
	}
	around := t.open[len(t.open)-1]
	around.properties = append(around.properties, top.properties...)
	around.children = append(around.children, top.children...)
	top.properties, top.children = nil, nil
}

// finish ends a feed. Without END:VCALENDAR it may be half of a file: then it must end
// between two components.
func (t *tree) finish() error {
	if len(t.open) == 0 {
		return nil
	}
	for _, one := range t.open {
		if slices.Contains(inCalendar, one.name) {
			return fmt.Errorf("invalid iCal feed: it ends within the component that begins on line %d: the file is incomplete", one.line)
		}
	}
	if !t.ended {
		return errors.New("invalid iCal feed: it ends without END:VCALENDAR: the file is incomplete")
	}
	for len(t.open) > 1 {
		t.abandon()
	}
	t.problems.add(t.last, "the feed ends without END:VCALENDAR: is the file complete?")
	return nil
}
