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

// The fields of an event; one whose text is "" is left out. Changes have the
// form of a diff: a line of the list, with its hits after it if it has any, and
// before it a - for what was there and a + for what is.
const (
	fieldBy       = "by"
	fieldVia      = "via"
	fieldAction   = "action"
	fieldBatch    = "batch"
	fieldNote     = "note"
	fieldUndoes   = "undoes"
	fieldChanges  = "changes"
	fieldSettings = "settings"
	fieldOf       = "of"
	fieldCounts   = "counts"
)

type undoKey struct{}

// undoing returns a context for work that takes back what an event tells of.
func undoing(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, undoKey{}, id)
}

// eventValues returns the fields of an event and their texts, by whom ctx names.
// What a script changes of the list, it adds itself.
func eventValues(ctx context.Context, event audit.Event) ([]any, error) {
	event.By = audit.From(ctx)
	if id, undoes := ctx.Value(undoKey{}).(string); undoes {
		event.Action, event.Undoes = audit.Undo, id
	}
	var changes []byte
	for _, edit := range event.Edits {
		changes = blacklist.AppendEdit(changes, edit)
	}
	var values []any
	for _, text := range []struct{ name, value string }{
		{fieldAction, string(event.Action)},
		{fieldBy, event.By.Name},
		{fieldVia, string(event.By.Via)},
		{fieldBatch, event.Batch},
		{fieldNote, event.Note},
		{fieldOf, event.Of},
		{fieldUndoes, event.Undoes},
		{fieldChanges, strings.TrimSuffix(string(changes), "\n")},
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
		{fieldSettings, len(event.Settings), event.Settings}, {fieldCounts, len(event.Counts), event.Counts},
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

// readEvent reads an event. What has been damaged in Redis is reported and left
// out: the rest of the event still says something.
func (s *Store) readEvent(ctx context.Context, id string, values map[string]any) audit.Event {
	get := func(name string) string { text, _ := values[name].(string); return text }
	event := audit.Event{
		ID: id, Time: idTime(id), By: audit.By{Name: get(fieldBy), Via: audit.Via(get(fieldVia))},
		Action: audit.Action(get(fieldAction)), Batch: get(fieldBatch), Note: get(fieldNote), Undoes: get(fieldUndoes), Of: get(fieldOf),
	}
	read := func(name string, into func(text string) error) {
		text := get(name)
		if text == "" {
			return
		}
		if err := into(text); err != nil {
			s.log.WarnContext(ctx, "cannot read a part of an event",
				slog.String("key", s.keys.audit()), slog.String("id", id), slog.String("field", name), slog.Any("error", err))
		}
	}
	read(fieldChanges, func(text string) (err error) { event.Edits, err = blacklist.ParseEdits(text); return err })
	read(fieldSettings, func(text string) error { return json.Unmarshal([]byte(text), &event.Settings) })
	read(fieldCounts, func(text string) error { return json.Unmarshal([]byte(text), &event.Counts) })
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
