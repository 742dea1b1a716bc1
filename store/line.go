package store

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// The list has a line a rule, whose parts are separated by tabs: RULE KIND
// CREATED EXPIRES ACTION SOURCE AUTHOR REASON. Times are Unix seconds; what is
// empty or zero is "". A tab is less than all that rules have, so that the order
// of the lines is that of the rules.
const (
	partRule = iota
	partKind
	partCreated
	partExpires
	partAction
	partSource
	partAuthor
	partReason
	entryParts
)

// line returns the line of an entry.
func line(entry blacklist.Entry) string {
	return entry.Rule.String() + "\t" + string(entry.Kind) + "\t" + seconds(entry.Created) + "\t" + seconds(blacklist.End(entry.Expires)) + "\t" +
		string(entry.Action) + "\t" + escape(entry.Source) + "\t" + escape(entry.Author) + "\t" + escape(entry.Reason)
}

// countedLine returns the line of an entry with its hits, as change.lua takes it.
func countedLine(entry blacklist.Entry) string {
	if entry.Hits <= 0 {
		return line(entry)
	}
	return line(entry) + "\n" + strconv.FormatInt(entry.Hits, 10) + "\t" + seconds(entry.LastHit)
}

// readLine reads a line, which may be followed by hits and last hit. An action
// that cannot be read is an error, too, and the entry has the default one.
func readLine(text string) (entry blacklist.Entry, err error) {
	parts := strings.Split(text, "\t")
	if len(parts) != entryParts && len(parts) != entryParts+2 {
		return entry, fmt.Errorf("a line of %d parts, not of %d", len(parts), entryParts)
	}
	rule, err := blacklist.ParseRule(parts[partRule])
	if err != nil {
		return entry, err
	}
	kind, err := blacklist.ParseKind(parts[partKind])
	if err != nil {
		return entry, err
	}
	entry = blacklist.Entry{
		Rule: rule, Kind: kind, Created: moment(parts[partCreated]), Expires: moment(parts[partExpires]),
		Source: unescape(parts[partSource]), Author: unescape(parts[partAuthor]), Reason: unescape(parts[partReason]),
	}
	if len(parts) > entryParts {
		entry.Hits, _ = strconv.ParseInt(parts[entryParts], 10, 64)
		entry.LastHit = moment(parts[entryParts+1])
	}
	if action := parts[partAction]; action != "" {
		entry.Action, err = blacklist.ParseAction(action)
	}
	return entry, err
}

// readLine reads a line of the list. One that has been damaged in Redis is
// reported and stands for nothing: it must not keep others from being read.
func (s *Store) readLine(ctx context.Context, text string) (blacklist.Entry, bool) {
	entry, err := readLine(text)
	if err != nil {
		s.log.WarnContext(ctx, "cannot read a line of the list",
			slog.String("key", s.keys.list()), slog.String("line", text), slog.Any("error", err))
	}
	return entry, entry.Kind != ""
}

// standing returns the entry of the lines of a rule, nil if there is none that
// can be read and has not ended.
func (s *Store) standing(ctx context.Context, lines []string) *blacklist.Entry {
	for _, text := range lines {
		if entry, ok := s.readLine(ctx, text); ok && !entry.Expired(s.now()) {
			return &entry
		}
	}
	return nil
}

// from and to bound the lines of a rule.
func from(rule string) string { return "[" + rule + "\t" }
func to(rule string) string   { return "(" + rule + "\n" }

// seconds writes a moment, "" for none. Nothing was put on a list before 1970.
func seconds(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(max(0, at.Unix()), 10)
}

// moment reads what seconds wrote.
func moment(text string) time.Time {
	unix, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

// escape writes a text so that a line can hold it: without control characters.
func escape(text string) string {
	if strings.IndexFunc(text, escaped) < 0 {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\n':
			out.WriteString(`\n`)
		case escaped(rune(c)):
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func escaped(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }

// unescape reads what escape wrote.
func unescape(text string) string {
	before, rest, found := strings.Cut(text, `\`)
	if !found {
		return text
	}
	var out strings.Builder
	for found {
		out.WriteString(before)
		switch {
		case strings.HasPrefix(rest, "t"):
			out.WriteByte('\t')
			rest = rest[1:]
		case strings.HasPrefix(rest, "n"):
			out.WriteByte('\n')
			rest = rest[1:]
		case len(rest) >= 3 && rest[0] == 'x':
			if code, err := strconv.ParseUint(rest[1:3], 16, 8); err == nil {
				out.WriteByte(byte(code))
				rest = rest[3:]
			}
		}
		before, rest, found = strings.Cut(rest, `\`)
	}
	return out.String() + before
}

func count(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
