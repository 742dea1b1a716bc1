package store

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// The fields of an entry's hash; swap.lua and hit.lua write them.
const (
	fieldKind    = "kind"
	fieldAction  = "action"
	fieldReason  = "reason"
	fieldSource  = "source"
	fieldAuthor  = "author"
	fieldCreated = "created"
	fieldHits    = "hits"
	fieldLastHit = "last_hit"
	// fieldUntold is written by repeat.lua and taken away by tell.lua.
	fieldUntold = "untold"
)

// appendEdit appends the arguments of swap.lua for one edit.
func appendEdit(args []any, edit blacklist.Edit, now time.Time) []any {
	args = append(args, edit.Rule.String())
	if edit.Before == nil {
		args = append(args, "")
	} else {
		args = appendState(args, *edit.Before, now)
	}
	if edit.After == nil {
		return append(args, "")
	}
	args = appendState(args, *edit.After, now)
	return append(args, seconds(edit.After.Created), count(edit.After.Hits), seconds(edit.After.LastHit))
}

// appendState appends what decides whether two entries are the same.
func appendState(args []any, entry blacklist.Entry, now time.Time) []any {
	live := int64(0)
	if !entry.Expires.IsZero() {
		live = max(1, entry.Expires.Sub(now).Milliseconds())
	}
	return append(args, live, string(entry.Kind), string(entry.Action), entry.Reason, entry.Source, entry.Author)
}

// readEntry reads an entry's hash; left is what is left of its life, negative
// if it never ends. An empty hash is no entry. One that somebody has damaged by
// hand is none either: it is told, and must not take the other callers' checks
// down with it.
func (s *Store) readEntry(ctx context.Context, rule blacklist.Rule, hash map[string]string, left time.Duration) (blacklist.Entry, bool) {
	if len(hash) == 0 {
		return blacklist.Entry{}, false
	}
	kind, err := blacklist.ParseKind(hash[fieldKind])
	if err != nil {
		s.log.WarnContext(ctx, "passing over an entry that cannot be read",
			slog.String("key", s.keys.entry(rule)), slog.Any("error", err))
		return blacklist.Entry{}, false
	}
	entry := blacklist.Entry{
		Rule:    rule,
		Kind:    kind,
		Reason:  hash[fieldReason],
		Source:  hash[fieldSource],
		Author:  hash[fieldAuthor],
		Created: moment(hash[fieldCreated]),
		Expires: expiry(s.now(), left),
		LastHit: moment(hash[fieldLastHit]),
	}
	entry.Hits, _ = strconv.ParseInt(hash[fieldHits], 10, 64)
	if action := hash[fieldAction]; action != "" {
		if entry.Action, err = blacklist.ParseAction(action); err != nil {
			s.log.WarnContext(ctx, "an entry names no action that can be read, the default stands in",
				slog.String("key", s.keys.entry(rule)), slog.Any("error", err))
		}
	}
	return entry, true
}

// expiry tells the end from what is left, to the second: so it reads the same
// each time, though the way to Redis and back takes its milliseconds.
func expiry(now time.Time, left time.Duration) time.Time {
	if left < 0 {
		return time.Time{}
	}
	exact := now.Add(left)
	if rounded := exact.Round(time.Second); rounded.After(now) {
		return rounded.UTC()
	}
	return exact.UTC()
}

func seconds(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(at.Unix(), 10)
}

func moment(text string) time.Time {
	unix, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

func count(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
