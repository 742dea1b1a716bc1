package schedule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	ical "github.com/arran4/golang-ical"
)

// outline says on which lines of a feed its events begin.
type outline struct {
	// events are the lines of the events, as far as the outline knows them.
	events []int
	// total is how many events there are.
	total int
}

// event names an event by its place.
func (o outline) event(i int) string {
	if len(o.events) != o.total {
		return fmt.Sprintf("event %d", i+1)
	}
	return fmt.Sprintf("the event on line %d", o.events[i])
}

// maxParameters bounds the name and the parameters of a property, in bytes: the time
// that the parser takes grows with the square of their length.
const maxParameters = 4 << 10

// parametersLength returns the length of the part of a line before its value.
func parametersLength(line string) int {
	quoted := false
	for i := range len(line) {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				return i
			}
		}
	}
	return len(line)
}

// outlineOf reads a feed as the parser does. It refuses a line that is no property or
// takes long to parse, and components that are nested so deep that the parser, which calls itself for every
// component in another, would take all memory.
func outlineOf(ctx context.Context, text string) (outline, error) {
	var o outline
	counted := &lineCounter{rest: text}
	lines, depth := ical.NewCalendarStream(counted), 0
	for {
		number := counted.next()
		line, err := lines.ReadLine()
		if ctx.Err() != nil {
			return o, readFailure(ctx)
		}
		if line != nil && len(*line) > 0 && strings.TrimSpace(string(*line)) != "" {
			if parametersLength(string(*line)) > maxParameters {
				return o, fmt.Errorf("invalid iCal feed: line %d has too many parameters", number)
			}
			var property *ical.BaseProperty
			failed := recovered(func() (err error) {
				property, err = ical.ParseProperty(*line)
				return err
			})
			if failed != nil || property == nil {
				return o, fmt.Errorf("invalid iCal feed: line %d is not NAME:VALUE", number)
			}
			switch property.IANAToken {
			case "BEGIN":
				if depth++; depth == 2 && property.Value == "VEVENT" {
					o.events = append(o.events, number)
				}
			case "END":
				depth--
			}
		}
		if depth > maxDepth {
			return o, errors.New("invalid iCal feed: its components are nested too deep")
		}
		if err != nil {
			return o, nil // It is the end: nothing else fails in memory.
		}
	}
}

// lineCounter is a reader that returns one line at a time, with blank lines before it. A
// buffered reader that peeks at the byte after a line has begun just the next one.
type lineCounter struct {
	rest, line string
	// begun is the number of the last line of which a part was returned.
	begun int
}

// next returns the number of the line that is read next.
func (l *lineCounter) next() int { return max(1, l.begun) }

func (l *lineCounter) Read(p []byte) (int, error) {
	if l.line == "" {
		if l.rest == "" {
			return 0, io.EOF
		}
		blank := l.rest[:len(l.rest)-len(strings.TrimLeft(l.rest, "\r\n"))]
		line, _, _ := strings.Cut(l.rest[len(blank):], "\n")
		l.begun += strings.Count(blank, "\n") + 1
		l.line = l.rest[:min(len(blank)+len(line)+1, len(l.rest))]
		l.rest = l.rest[len(l.line):]
	}
	n := copy(p, l.line)
	l.line = l.line[n:]
	return n, nil
}

// readFailure returns the error of a feed that took longer than ctx allows.
func readFailure(ctx context.Context) error {
	return fmt.Errorf("read the events of the calendar: %w", ctx.Err())
}
