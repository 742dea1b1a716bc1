package schedule

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

var dayWord = regexp.MustCompile(`^[a-z]+\.?`)

// week reads "mon-wed, fri 09:00-12:30, 13:30-18:00".
func (p *parser) week(clause string) error {
	text := strings.ToLower(clause)
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
