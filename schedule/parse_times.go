package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	clockTime = regexp.MustCompile(`^(\d{1,2})(?:[:h](\d{2}))?(?: ?(?:([ap])\.?m|h|uhr)\b)?`)
	spanDash  = regexp.MustCompile(`^ ?(?:-|\.\.|to\b|until\b) ?`)
	spanComma = regexp.MustCompile(`^ *(?:,|&|and\b)? *`)
)

// scanSpans parses one or more intervals, and returns the remaining text.
func scanSpans(text string) (spans []span, rest string, err error) {
	text = strings.TrimLeft(text, " ")
	var before interval
	for clockTime.MatchString(text) && (len(spans) == 0 || !isDate(text)) {
		var next interval
		if next, text, err = scanInterval(text); err != nil {
			return nil, "", err
		}
		read, err := next.span(before)
		if err != nil {
			return nil, "", err
		}
		spans = append(spans, read)
		before = next
		before.read = read
		text = text[len(spanComma.FindString(text)):]
	}
	if len(spans) == 0 {
		if text == "" {
			return nil, "", errors.New("the times are missing; use for example 09:00-18:00")
		}
		return nil, "", fmt.Errorf("invalid time %q; use an interval such as 09:00-18:00", shown(text))
	}
	return spans, text, nil
}

// An interval is two times as they are written.
type interval struct {
	from, to clock
	// read is the span that an earlier interval means.
	read span
}

func scanInterval(text string) (i interval, rest string, err error) {
	i.from, rest, err = scanClock(text)
	if err != nil {
		return i, "", err
	}
	dash := spanDash.FindString(rest)
	if dash == "" {
		return i, "", fmt.Errorf("the interval that begins at %s has no end; use for example %[1]s-18:00", i.from)
	}
	rest = rest[len(dash):]
	if !clockTime.MatchString(rest) {
		return i, "", fmt.Errorf("invalid end of an interval %q; use for example %s-18:00", shown(rest), i.from)
	}
	i.to, rest, err = scanClock(rest)
	return i, rest, err
}

const (
	noon = minutesPerDay / 2
	// earliest is the first hour at which work that is written as 5-1 begins in
	// the morning.
	earliest = 5 * 60
)

// span returns what the interval means after another one of the same list.
//
// An end with am or pm, with a leading zero, or after 12:59 says what it means.
// Others may be times of a clock with twelve hours: 9-5 is nine to five.
func (i interval) span(before interval) (span, error) {
	from, to := i.from.minutes, i.to.minutes
	switch {
	case from == minutesPerDay:
		return span{}, errors.New("no interval can begin at 24:00; use 00:00 on the next day")
	case i.from.half && i.to.twelve:
		// 9am-5, 1pm-5, 10pm-6: the end is when the clock shows it next.
		for to %= noon; to <= from; {
			to += noon
		}
	case i.from.twelve && i.to.half && to == 0 && from != noon:
		return span{}, fmt.Errorf("12am is midnight; write %s-12:00, or %s-24:00", i.from, clockText(from+noon))
	case i.from.twelve && i.to.half:
		// 1-5pm, 10-2am: the begin is when the clock showed it last.
		if from %= noon; to <= from {
			to += minutesPerDay
		}
		if from+noon < to {
			from += noon
		}
	case i.to.twelve && to < from && from < earliest:
		return span{}, fmt.Errorf("%s-%s can be read in two ways; write %[1]s-%[3]s or %[4]s-%[2]s",
			i.from, i.to, clockText(to+noon), clockText(from+noon))
	case i.to.twelve && to < from && from < noon+60:
		to += noon
	case i.afternoon(before):
		from, to = from+noon, to+noon
	case i.from.twelve && i.to.twelve && from < earliest && from < to:
		return span{}, fmt.Errorf("%s-%s can be read in two ways; write %[1]s-%[2]s with leading zeros, or %[3]s-%[4]s",
			i.from, i.to, clockText(from+noon), clockText(to+noon))
	}
	switch {
	case from == to:
		return span{}, fmt.Errorf("the interval begins and ends at %s; for the whole day use 00:00-24:00", i.from)
	case to < from:
		to += minutesPerDay
	}
	return span{from, to}, nil
}

// afternoon reports whether the interval goes on, on a clock with twelve hours,
// after another one, as 1-5 does in 9-12, 1-5.
func (i interval) afternoon(before interval) bool {
	return i.from.twelve && i.to.twelve && (before.from.twelve || before.from.half) && (before.to.twelve || before.to.half) &&
		i.from.minutes < before.read.from && before.read.to <= i.from.minutes+noon && i.to.minutes <= noon
}

// A clock is a time of the day as it is written.
type clock struct {
	// minutes since midnight.
	minutes int
	// half says that am or pm is written.
	half bool
	// twelve says that the time may be one of a clock with twelve hours.
	twelve bool
}

func (c clock) String() string { return clockText(c.minutes) }

// scanClock reads a time of the day.
func scanClock(text string) (c clock, rest string, err error) {
	match := clockTime.FindStringSubmatch(text)
	rest = text[len(match[0]):]
	// The dot of an abbreviation, not one of the two that are a dash.
	if last := match[0][len(match[0])-1]; last > '9' && (strings.HasPrefix(rest, "...") || !strings.HasPrefix(rest, "..")) {
		rest = strings.TrimPrefix(rest, ".")
	}
	hour, _ := strconv.Atoi(match[1])
	minute, _ := strconv.Atoi("0" + match[2])
	written := strings.TrimSpace(match[0])
	c.half = match[3] != ""
	c.twelve = !c.half && match[1][0] != '0' && hour <= 12
	if c.half {
		if hour < 1 || hour > 12 {
			return c, "", fmt.Errorf("invalid time %q; with am and pm, hours go from 1 to 12", written)
		}
		hour %= 12
		if match[3] == "p" {
			hour += 12
		}
	}
	c.minutes = hour*60 + minute
	if minute > 59 || c.minutes > minutesPerDay {
		return c, "", fmt.Errorf("invalid time %q; use 00:00 to 24:00", written)
	}
	if rest != "" && (rest[0] == ':' || rest[0] == '.' && !strings.HasPrefix(rest, "..") || '0' <= rest[0] && rest[0] <= '9') {
		return c, "", fmt.Errorf("invalid time %q; use hours and minutes with a colon, such as 09:30", shown(text))
	}
	return c, rest, nil
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
