package store

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// The list has a line a rule, which begins with its text and a tab. A tab is less
// than all characters of a rule, so that the order of the lines is that of the
// rules.

// line returns the line of an entry.
func line(entry blacklist.Entry) string { return string(blacklist.AppendLine(nil, &entry)) }

// countedLine returns the line of an entry with its hits, as change.lua takes it.
func countedLine(entry blacklist.Entry) string {
	if entry.Hits <= 0 {
		return line(entry)
	}
	return line(entry) + "\n" + strconv.FormatInt(entry.Hits, 10) + "\t" + seconds(entry.LastHit)
}

// readLine reads a line of the list. One that has been damaged in Redis is
// logged and is no entry: others are read all the same.
func (s *Store) readLine(ctx context.Context, text string) (blacklist.Entry, bool) {
	entry, err := blacklist.ParseLine(text)
	if err != nil {
		s.log.WarnContext(ctx, "cannot read a line of the list",
			slog.String("key", s.keys.list()), slog.String("line", text), slog.Any("error", err))
	}
	return entry, entry.Kind != ""
}

// live returns the entry of the lines of a rule, nil if there is none that
// can be read and has not ended.
func (s *Store) live(ctx context.Context, lines []string) *blacklist.Entry {
	for _, text := range lines {
		if entry, ok := s.readLine(ctx, text); ok && !entry.Expired(s.Now()) {
			return &entry
		}
	}
	return nil
}

// liveOf returns the entries of lines of different rules that can be read and have not
// ended.
func (s *Store) liveOf(ctx context.Context, lines []string) (entries []blacklist.Entry) {
	for i := range lines {
		if entry := s.live(ctx, lines[i:i+1]); entry != nil {
			entries = append(entries, *entry)
		}
	}
	return entries
}

// seconds writes a time in Unix seconds, "" for none. None is before 1970.
func seconds(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(max(0, at.Unix()), 10)
}

// moment reads what seconds wrote, with the zero time for what it cannot read.
func moment(text string) time.Time {
	unix, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

// count writes a number, "" for none.
func count(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
