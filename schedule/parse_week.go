package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var dayWord = regexp.MustCompile(`^[a-z]+\.?`)

// week reads "mon-wed, fri 09:00-12:30, 13:30-18:00".
func (p *parser) week(clause string) error {
	text := plain(clause)
	if text[0] >= '0' && text[0] <= '9' {
		return errors.New("the days before the time are missing; use for example mon-fri " + clause + ", or daily " + clause)
	}
	weekdays, rest, err := scanWeekdays(text)
	if err != nil {
		return err
	}
	if rest == "closed" || rest == "off" {
		for _, weekday := range weekdays {
			p.closed[weekday] = true
		}
		return nil
	}
	spans, err := parseSpans(rest)
	if err != nil {
		return err
	}
	for _, weekday := range weekdays {
		p.hours.week[weekday] = append(p.hours.week[weekday], spans...)
	}
	return nil
}

// plain returns the text in lower case, with one kind of dash and of blank.
func plain(text string) string {
	text = strings.NewReplacer("–", "-", "—", "-", "‑", "-", "−", "-", "…", "..", "\t", " ", "\u00a0", " ").Replace(text)
	return strings.TrimSpace(strings.ToLower(text))
}

// scanWeekdays parses the days before the times, and returns the remaining text.
func scanWeekdays(text string) (weekdays []time.Weekday, rest string, err error) {
	for {
		word := dayWord.FindString(text)
		if word == "" || word == "closed" || word == "off" {
			break
		}
		var group []time.Weekday
		if group, text, err = scanWeekdayGroup(word, text); err != nil {
			return nil, "", err
		}
		weekdays = append(weekdays, group...)
		text = strings.TrimLeft(text, ",:& ")
		text = strings.TrimPrefix(text, "and ")
	}
	if len(weekdays) == 0 {
		return nil, "", errors.New("invalid clause; " + usage)
	}
	return weekdays, text, nil
}

func scanWeekdayGroup(word, text string) (group []time.Weekday, rest string, err error) {
	text = strings.TrimLeft(text[len(word):], " ")
	switch word {
	case "daily", "everyday":
		return weekOrder[:], text, nil
	case "weekdays", "workdays":
		return weekOrder[:5], text, nil
	case "weekend", "weekends":
		return weekOrder[5:], text, nil
	}
	first, err := parseWeekday(word)
	if err != nil {
		return nil, "", err
	}
	after, ranged := strings.CutPrefix(text, "-")
	if !ranged {
		after, ranged = strings.CutPrefix(text, "to ")
	}
	if !ranged {
		return []time.Weekday{first}, text, nil
	}
	text = strings.TrimLeft(after, " ")
	word = dayWord.FindString(text)
	if word == "" {
		return nil, "", fmt.Errorf("a day is missing after %s-; use for example %s-fri", shortName(first), shortName(first))
	}
	last, err := parseWeekday(word)
	if err != nil {
		return nil, "", err
	}
	for weekday := first; ; weekday = (weekday + 1) % 7 {
		group = append(group, weekday)
		if weekday == last {
			return group, text[len(word):], nil
		}
	}
}

// parseWeekday reads any beginning of a day's English name of two letters or
// more.
func parseWeekday(word string) (time.Weekday, error) {
	word = strings.TrimSuffix(word, ".")
	if len(word) >= 2 {
		for _, weekday := range weekOrder {
			name := strings.ToLower(weekday.String())
			if strings.HasPrefix(name, word) || word == name+"s" || word == "weds" && weekday == time.Wednesday {
				return weekday, nil
			}
		}
	}
	return 0, fmt.Errorf("invalid day %q; %s", shown(word), usage)
}

// parseSpans reads "09:00-12:30, 13:30-18:00" to the end of the text.
func parseSpans(text string) ([]span, error) {
	spans, rest, err := scanSpans(text)
	if err != nil {
		return nil, err
	}
	if rest != "" {
		return nil, fmt.Errorf("invalid time %q; use an interval such as 09:00-18:00, and a semicolon before the next clause", shown(rest))
	}
	return spans, nil
}

var (
	clockTime = regexp.MustCompile(`^(\d{1,2})(?::(\d{2}))?(?: ?([ap])\.?m\b\.?)?`)
	spanDash  = regexp.MustCompile(`^ ?(?:-|\.\.|to\b|until\b) ?`)
	spanComma = regexp.MustCompile(`^ *(?:,|&|and\b)? *`)
)

// scanSpans parses one or more intervals, and returns the remaining text.
func scanSpans(text string) (spans []span, rest string, err error) {
	text = strings.TrimLeft(text, " ")
	for clockTime.MatchString(text) && (len(spans) == 0 || !isDate(text)) {
		var next span
		if next, text, err = scanSpan(text); err != nil {
			return nil, "", err
		}
		spans = append(spans, next)
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

func scanSpan(text string) (s span, rest string, err error) {
	from, rest, err := scanClock(text)
	if err != nil {
		return span{}, "", err
	}
	dash := spanDash.FindString(rest)
	if dash == "" {
		return span{}, "", fmt.Errorf("the interval that begins at %s has no end; use for example %s-18:00", clockText(from), clockText(from))
	}
	rest = rest[len(dash):]
	if !clockTime.MatchString(rest) {
		return span{}, "", fmt.Errorf("invalid end of an interval %q; use for example %s-18:00", shown(rest), clockText(from))
	}
	to, rest, err := scanClock(rest)
	if err != nil {
		return span{}, "", err
	}
	switch {
	case from == minutesPerDay:
		return span{}, "", errors.New("no interval can begin at 24:00; use 00:00 on the next day")
	case from == to:
		return span{}, "", fmt.Errorf("the interval begins and ends at %s; for the whole day use 00:00-24:00", clockText(from))
	case to < from:
		to += minutesPerDay
	}
	return span{from, to}, rest, nil
}

// scanClock reads a time of the day, in minutes since midnight.
func scanClock(text string) (minutes int, rest string, err error) {
	match := clockTime.FindStringSubmatch(text)
	rest = text[len(match[0]):]
	hour, _ := strconv.Atoi(match[1])
	minute, _ := strconv.Atoi("0" + match[2])
	written := strings.TrimSpace(match[0])
	if half := match[3]; half != "" {
		if hour < 1 || hour > 12 {
			return 0, "", fmt.Errorf("invalid time %q; with am and pm, hours go from 1 to 12", written)
		}
		hour %= 12
		if half == "p" {
			hour += 12
		}
	}
	minutes = hour*60 + minute
	if minute > 59 || minutes > minutesPerDay {
		return 0, "", fmt.Errorf("invalid time %q; use 00:00 to 24:00", written)
	}
	if rest != "" && (rest[0] == ':' || rest[0] == '.' && !strings.HasPrefix(rest, "..") || '0' <= rest[0] && rest[0] <= '9') {
		return 0, "", fmt.Errorf("invalid time %q; use hours and minutes with a colon, such as 09:30", shown(text))
	}
	return minutes, rest, nil
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
