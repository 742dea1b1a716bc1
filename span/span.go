// Package span parses and formats durations as people type them: 90m, 24h, 7d,
// 2 weeks, 1y or 1d12h.
package span

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/typed"
)

// Durations that package time does not define. A day always has 24 hours, even
// when daylight saving time begins or ends. Month and Year have the same length
// whenever they begin.
const (
	Day   = 24 * time.Hour
	Week  = 7 * Day
	Month = 30 * Day
	Year  = 365 * Day
	// Max is the longest duration that Parse accepts. A time.Duration can hold it.
	Max = 100 * Year
)

// units are the spellings of units; after all but the single letters, an s
// makes a plural.
var units = map[string]time.Duration{
	"y": Year, "yr": Year, "year": Year,
	"mo": Month, "mth": Month, "month": Month,
	"w": Week, "wk": Week, "week": Week,
	"d": Day, "day": Day,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute,
	"s": time.Second, "sec": time.Second, "second": time.Second,
}

var (
	part  = regexp.MustCompile(`^(\d+) ?([A-Za-z]+)\.?`)
	comma = regexp.MustCompile(`^ ?(?:, ?|and )?`)
)

// ErrUnit is the error of Parse for a text such as 1M, which is otherwise a duration.
var ErrUnit = errors.New("the unit M can be read in two ways")

const usage = "use for example 90m, 24h, 7d, 2 weeks, 1y or 1d12h"

// Parse parses a duration from a second to Max, made of whole years of 365 days
// (y), months of 30 days (mo), weeks (w), days (d), hours (h), minutes (m) and
// seconds (s), or of these words in full. Blanks are free.
func Parse(text string) (time.Duration, error) {
	var sum time.Duration
	for rest := typed.Plain(text); rest != ""; {
		found := part.FindStringSubmatch(rest)
		if found == nil {
			return 0, invalid(text)
		}
		// As a capital letter, M is read as month by some.
		if found[2] == "M" {
			return 0, fmt.Errorf("invalid duration %q: %w: use %sm for minutes, or %smo for months", text, ErrUnit, found[1], found[1])
		}
		unit := unitOf(strings.ToLower(found[2]))
		if unit == 0 {
			return 0, invalid(text)
		}
		count, err := strconv.ParseInt(found[1], 10, 32)
		if err != nil || count > int64((Max-sum)/unit) {
			return 0, fmt.Errorf("invalid duration %q: it is longer than 100 years", text)
		}
		sum += time.Duration(count) * unit
		rest = rest[len(found[0]):]
		if rest != "" {
			if rest = rest[len(comma.FindString(rest)):]; rest == "" {
				return 0, invalid(text)
			}
		}
	}
	if sum == 0 {
		return 0, invalid(text)
	}
	return sum, nil
}

func invalid(text string) error { return fmt.Errorf("invalid duration %q: %s", text, usage) }

// unitOf returns the length of a unit in lower case, 0 for an unknown one.
func unitOf(word string) time.Duration {
	if unit, known := units[word]; known {
		return unit
	}
	if one, plural := strings.CutSuffix(word, "s"); plural && len(one) > 1 {
		return units[one]
	}
	return 0
}

// Format formats a duration in whole seconds for Parse; the largest unit is days,
// and less than a second is "0s".
func Format(length time.Duration) string {
	var text strings.Builder
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{Day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if count := length / unit.length; count > 0 {
			fmt.Fprintf(&text, "%d%s", count, unit.name)
			length -= count * unit.length
		}
	}
	if text.Len() == 0 {
		return "0s"
	}
	return text.String()
}
