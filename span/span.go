// Package span reads and writes spans of time as people type them: 90m, 24h,
// 7d, 2w or 1d12h.
package span

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The spans that package time has no names for. A day has 24 hours, whatever
// the clocks of a zone do.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
	// Max bounds what is read: it is far beyond use, and within what a Duration
	// holds.
	Max = 100 * 365 * Day
)

var part = regexp.MustCompile(`^(\d+)(w|d|h|m|s)`)

// Parse reads a span of at least a second and at most Max, made of whole weeks
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
			return 0, fmt.Errorf("%q is longer than 100 years", text)
		}
		sum += time.Duration(count) * units[found[2]]
		rest = rest[len(found[0]):]
	}
	if sum == 0 {
		return 0, fmt.Errorf("%q is no span of time: write for example 90m, 24h, 7d, 2w or 1d12h", text)
	}
	return sum, nil
}

// Format writes a span of whole seconds as Parse reads it, in days at most;
// less than a second is "0s".
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
