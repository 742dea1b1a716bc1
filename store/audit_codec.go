package store

import (
	"context"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

// The fields of an event; one whose text is "" is left out.
const (
	fieldBy       = "by"
	fieldVia      = "via"
	fieldDone     = "action"
	fieldBatch    = "batch"
	fieldNote     = "note"
	fieldEdits    = "edits"
	fieldSettings = "settings"
	fieldCounts   = "counts"
)

// storedEdit is an edit as the trail has it: what an entry has not got takes
// no room.
type storedEdit struct {
	Rule   blacklist.Rule `json:"rule"`
	Before *storedEntry   `json:"before,omitempty"`
	After  *storedEntry   `json:"after,omitempty"`
}

// storedEntry is an entry without its rule. Times are Unix seconds.
type storedEntry struct {
	Kind    blacklist.Kind   `json:"kind"`
	Action  blacklist.Action `json:"action,omitempty"`
	Reason  string           `json:"reason,omitempty"`
	Source  string           `json:"source,omitempty"`
	Author  string           `json:"author,omitempty"`
	Created int64            `json:"created,omitempty"`
	Expires int64            `json:"expires,omitempty"`
	Hits    int64            `json:"hits,omitempty"`
	LastHit int64            `json:"last_hit,omitempty"`
}

func toStored(entry *blacklist.Entry) *storedEntry {
	if entry == nil {
		return nil
	}
	return &storedEntry{
		Kind: entry.Kind, Action: entry.Action, Reason: entry.Reason, Source: entry.Source, Author: entry.Author,
		Created: unixSeconds(entry.Created), Expires: unixSeconds(entry.Expires), Hits: entry.Hits, LastHit: unixSeconds(entry.LastHit),
	}
}

func (e *storedEntry) of(rule blacklist.Rule) *blacklist.Entry {
	if e == nil {
		return nil
	}
	return &blacklist.Entry{
		Rule: rule, Kind: e.Kind, Action: e.Action, Reason: e.Reason, Source: e.Source, Author: e.Author,
		Created: fromUnix(e.Created), Expires: fromUnix(e.Expires), Hits: e.Hits, LastHit: fromUnix(e.LastHit),
	}
}

func unixSeconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

func fromUnix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// eventValues returns the fields of an event and their texts.
func eventValues(event audit.Event) ([]any, error) {
	edits := make([]storedEdit, len(event.Edits))
	for i, edit := range event.Edits {
		edits[i] = storedEdit{edit.Rule, toStored(edit.Before), toStored(edit.After)}
	}
	values := []any{fieldDone, string(event.Action)}
	for _, text := range []struct{ name, value string }{
		{fieldBy, event.By.Name}, {fieldVia, string(event.By.Via)}, {fieldBatch, event.Batch}, {fieldNote, event.Note},
	} {
		if text.value != "" {
			values = append(values, text.name, text.value)
		}
	}
	for _, part := range []struct {
		name  string
		size  int
		value any
	}{
		{fieldEdits, len(edits), edits}, {fieldSettings, len(event.Settings), event.Settings}, {fieldCounts, len(event.Counts), event.Counts},
	} {
		if part.size == 0 {
			continue
		}
		text, err := json.Marshal(part.value)
		if err != nil {
			return nil, err
		}
		values = append(values, part.name, text)
	}
	return values, nil
}

// readEvent reads what eventValues wrote. What somebody has damaged by hand is
// told and left out: the rest of the event still says something.
func (s *Store) readEvent(ctx context.Context, id string, values map[string]any) audit.Event {
	get := func(name string) string { text, _ := values[name].(string); return text }
	event := audit.Event{
		ID: id, Time: idTime(id), By: audit.By{Name: get(fieldBy), Via: audit.Via(get(fieldVia))},
		Action: audit.Action(get(fieldDone)), Batch: get(fieldBatch), Note: get(fieldNote),
	}
	read := func(name string, into any) {
		text := get(name)
		if text == "" {
			return
		}
		if err := json.Unmarshal([]byte(text), into); err != nil {
			s.log.WarnContext(ctx, "passing over a part of an event that cannot be read",
				slog.String("key", s.keys.audit()), slog.String("id", id), slog.String("field", name), slog.Any("error", err))
		}
	}
	var edits []storedEdit
	read(fieldEdits, &edits)
	read(fieldSettings, &event.Settings)
	read(fieldCounts, &event.Counts)
	for _, edit := range edits {
		event.Edits = append(event.Edits, blacklist.Edit{Rule: edit.Rule, Before: edit.Before.of(edit.Rule), After: edit.After.of(edit.Rule)})
	}
	return event
}

// idTime returns when a stream gave an id, to the millisecond.
func idTime(id string) time.Time {
	text, _, _ := strings.Cut(id, "-")
	milliseconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(milliseconds).UTC()
}
