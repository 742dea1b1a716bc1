// Package span parses and formats durations as people type them: 90m, 24h, 7d,
// 2w or 1d12h.
package span

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Durations that package time does not define. A day always has 24 hours, even
// when daylight saving time begins or ends.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
	// Max is the longest duration that Parse accepts. A time.Duration can hold it.
	Max = 100 * 365 * Day
)

var part = regexp.MustCompile(`^(\d+)(w|d|h|m|s)`)

// Parse parses a duration from a second to Max, made of whole weeks
// (w), days (d), hours (h), minutes (m) and seconds (s).
func Parse(text string) (time.Duration, error) {
	units := map[string]time.Duration{"w": Week, "d": Day, "h": time.Hour, "m": time.Minute, "s": time.Second}
	var sum time.Duration
	for rest := text; rest != ""; {
		found := part.FindStringSubmatch(rest)
		if found == nil {
			sum = 0
			break
		}
		count, err := strconv.ParseInt(found[1], 10, 32)
		if err != nil || count > int64((Max-sum)/units[found[2]]) {
			return 0, fmt.Errorf("invalid duration %q: it is longer than 100 years", text)
		}
		sum += time.Duration(count) * units[found[2]]
		rest = rest[len(found[0]):]
	}
	if sum == 0 {
		return 0, fmt.Errorf("invalid duration %q: use for example 90m, 24h, 7d, 2w or 1d12h", text)
	}
	return sum, nil
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
