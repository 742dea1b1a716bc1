package schedule

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/typed"
)

// The formats of a date, with named groups.
var (
	dateSpellings = []*regexp.Regexp{
		regexp.MustCompile(`^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})\b`),
		shortYear, anyOrder,
		regexp.MustCompile(`^(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?:\.(?P<year>\d{4})\b|\.)?`),
		regexp.MustCompile(`^(?P<day>\d{1,2})(?:\.|st|nd|rd|th)? ?(?P<name>[a-z]{3,9})\b\.?(?: (?P<year>\d{4})\b)?`),
		regexp.MustCompile(`^(?P<name>[a-z]{3,9})\b\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?\b(?:,? (?P<year>\d{4})\b)?`),
	}
	// Some people write the day first, others the month.
	anyOrder  = regexp.MustCompile(`^(?P<first>\d{1,2})(?:/(?P<second>\d{1,2})(?:/(?P<year>\d{4}|\d\d))?|-(?P<second>\d{1,2})-(?P<year>\d{4}))\b`)
	shortYear = regexp.MustCompile(`^(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d\d)\b`)
	daysDash  = regexp.MustCompile(`^ ?(?:-|\.{1,2}|to\b|until\b) ?`)
	daysComma = regexp.MustCompile(`^ *(?:,|&|and\b)? *`)
)

const dateUsage = "use 25.12 for every year, 2026-12-25 for one, or a range such as 24.12..26.12"

// A Date is a day of one year, or of every year.
type Date struct {
	// Year is 0 if the text names none.
	Year  int
	Month time.Month
	Day   int
}

// CutDate reads the date at the beginning of a text, in the forms that the clause
// "off" takes, and returns the text after it. Text is as typed.Lower returns it. If it
// does not begin with a date, found is false. The error for an impossible date ends
// with usage.
func CutDate(text, usage string) (date Date, rest string, found bool, err error) {
	if !isDate(text) {
		return Date{}, text, false, nil
	}
	d, rest, err := scanDay(text, usage)
	return Date{d.year, d.month, d.day}, rest, true, err
}

func (p *parser) off(rest string) error {
	off, rest, err := scanDaysList(strings.ToLower(rest))
	if err != nil {
		return err
	}
	if rest != "" {
		return fmt.Errorf("invalid day %q; %s", shown(rest), dateUsage)
	}
	p.hours.off = append(p.hours.off, off...)
	return nil
}

// work reads "2026-12-05, 2026-12-12 10:00-14:00", several times over.
func (p *parser) work(rest string) error {
	rest = strings.ToLower(rest)
	for first := true; first || rest != ""; first = false {
		list, after, err := scanDaysList(rest)
		if err != nil {
			return err
		}
		spans, after, err := scanSpans(after)
		if err != nil {
			return err
		}
		for _, days := range list {
			p.hours.work = append(p.hours.work, workDays{days, slices.Clone(spans)})
		}
		rest = after
	}
	return nil
}

// scanDaysList parses one or more days or ranges, and returns the remaining text.
func scanDaysList(text string) (list []days, rest string, err error) {
	for isDate(text) {
		var next days
		if next, text, err = scanDays(text); err != nil {
			return nil, "", err
		}
		list = append(list, next)
		text = text[len(daysComma.FindString(text)):]
	}
	if len(list) == 0 {
		if text == "" {
			return nil, "", errors.New("the days are missing; " + dateUsage)
		}
		return nil, "", fmt.Errorf("invalid day %q; %s", shown(text), dateUsage)
	}
	return list, text, nil
}

func scanDays(text string) (d days, rest string, err error) {
	from, rest, err := scanDay(text, dateUsage)
	if err != nil {
		return days{}, "", err
	}
	dash := daysDash.FindString(rest)
	if dash == "" {
		return days{from, from}, rest, nil
	}
	rest = rest[len(dash):]
	if !isDate(rest) {
		return days{}, "", fmt.Errorf("invalid end %q of the days from %s; %s", shown(rest), from, dateUsage)
	}
	to, rest, err := scanDay(rest, dateUsage)
	if err != nil {
		return days{}, "", err
	}
	switch {
	case (from.year == 0) != (to.year == 0):
		return days{}, "", fmt.Errorf("%s..%s has only one year; add the other, or remove it", from, to)
	case from.year != 0 && from.compare(to) > 0:
		return days{}, "", fmt.Errorf("%s..%s ends before it begins; write the earlier day first", from, to)
	}
	return days{from, to}, rest, nil
}

// isDate reports whether text begins with a day rather than with a time.
func isDate(text string) bool { return spellingOf(text) != nil }

func spellingOf(text string) *regexp.Regexp {
	for _, spelling := range dateSpellings {
		match := spelling.FindStringSubmatch(text)
		if match == nil {
			continue
		}
		if i := spelling.SubexpIndex("name"); i < 0 || parseMonth(match[i]) != 0 {
			return spelling
		}
	}
	return nil
}

func scanDay(text, usage string) (d day, rest string, err error) {
	spelling := spellingOf(text)
	match := spelling.FindStringSubmatch(text)
	group := func(name string) string {
		for i, known := range spelling.SubexpNames() {
			if known == name && match[i] != "" {
				return match[i]
			}
		}
		return ""
	}
	written := strings.TrimSpace(match[0])
	switch spelling {
	case anyOrder:
		return day{}, "", orders(written, group("first"), group("second"), group("year"), usage)
	case shortYear:
		return day{}, "", fmt.Errorf("invalid date %q; write the year with four digits, such as %s.%s.20%s",
			written, group("day"), group("month"), group("year"))
	}
	d.year, _ = strconv.Atoi(group("year"))
	number, _ := strconv.Atoi(group("month"))
	d.month = time.Month(number)
	if name := group("name"); name != "" {
		d.month = parseMonth(name)
	}
	d.day, _ = strconv.Atoi(group("day"))
	if group("year") != "" && (d.year < firstYear || d.year > lastYear) {
		return day{}, "", fmt.Errorf("invalid year %s; use %d to %d", group("year"), firstYear, lastYear)
	}
	// Without a year, a leap year is checked: 29.02 exists in some years.
	leap := d.year
	if leap == 0 {
		leap = 2000
	}
	if d.month < 1 || d.month > 12 || d.day < 1 || dateOf(leap, d.month, d.day).day() != (day{leap, d.month, d.day}) {
		return day{}, "", fmt.Errorf("invalid date %q; %s", written, usage)
	}
	return d, text[len(match[0]):], nil
}

// orders returns the error for a date whose day or month may come first. It names
// all days that are possible.
func orders(written, first, second, year, usage string) error {
	if len(year) == 2 {
		year = "20" + year
	}
	var readings []string
	for _, order := range [][2]string{{first, second}, {second, first}} {
		text := order[0] + "." + order[1]
		if year != "" {
			text += "." + year
		}
		if read, _, err := scanDay(text, usage); err == nil && !slices.Contains(readings, read.String()) {
			readings = append(readings, read.String())
		}
	}
	if len(readings) == 0 {
		return fmt.Errorf("invalid date %q; %s", written, usage)
	}
	return fmt.Errorf("invalid date %q, since some people write the day first and others the month; write %s",
		written, strings.Join(readings, " or "))
}

// parseMonth reads a beginning of an English name of three letters or more; 0
// is none.
func parseMonth(name string) time.Month {
	for month := time.January; month <= time.December; month++ {
		if strings.HasPrefix(strings.ToLower(month.String()), name) || name == "sept" && month == time.September {
			return month
		}
	}
	return 0
}

// nextAddress is the comma before a further address. Addresses may have other commas.
var nextAddress = regexp.MustCompile(`(?i),((?:https?|webcal|file):)`)

func (p *parser) calendars(rest string) error {
	addresses := strings.Fields(nextAddress.ReplaceAllString(rest, " $1"))
	if len(addresses) == 0 {
		return errors.New("the address is missing; use for example calendar https://example.org/closed.ics")
	}
	for _, text := range addresses {
		address, err := parseAddress(strings.TrimFunc(text, func(c rune) bool { return strings.ContainsRune(`,<>"`, c) || typed.IsBlank(c) }))
		if err != nil {
			return err
		}
		p.hours.calendars = append(p.hours.calendars, address)
	}
	return nil
}

// parseAddress never quotes the address in an error: that of a private calendar
// is a secret.
func parseAddress(text string) (string, error) {
	// Calendar programs use webcal: for https:.
	if scheme, rest, found := strings.Cut(text, ":"); found && strings.EqualFold(scheme, "webcal") {
		text = "https:" + rest
	}
	address, err := url.Parse(text)
	if err == nil {
		switch address.Scheme {
		case "http", "https":
			if address.Hostname() != "" {
				return address.String(), nil
			}
		case "file":
			if address.Host == "" && strings.HasPrefix(address.Path, "/") &&
				address.User == nil && address.RawQuery == "" && address.Fragment == "" {
				return address.String(), nil
			}
			return "", errors.New("invalid file; use its whole path, such as calendar file:///etc/ringfence/closed.ics")
		}
	}
	return "", errors.New("invalid address; use for example calendar https://example.org/closed.ics")
}
