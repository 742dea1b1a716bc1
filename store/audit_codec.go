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

// eventTexts are the fields of an event that are texts.
var eventTexts = []struct {
	name string
	of   func(*audit.Event) *string
}{
	{"action", func(e *audit.Event) *string { return (*string)(&e.Action) }},
	{"by", func(e *audit.Event) *string { return &e.By.Name }},
	{"via", func(e *audit.Event) *string { return (*string)(&e.By.Via) }},
	{"batch", func(e *audit.Event) *string { return &e.Batch }},
	{"note", func(e *audit.Event) *string { return &e.Note }},
	{"of", func(e *audit.Event) *string { return &e.Of }},
	{"undoes", func(e *audit.Event) *string { return &e.Undoes }},
}

// The other fields: changes of the list as blacklist.AppendEdit writes them, and
// two as JSON.
const (
	fieldChanges  = "changes"
	fieldSettings = "settings"
	fieldCounts   = "counts"
)

type undoKey struct{}

// undoing returns a context for work that undoes an event.
func undoing(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, undoKey{}, id)
}

// eventValues returns the fields of an event and their texts, without empty ones,
// by whom ctx names. Scripts that change the list add the changes themselves.
func eventValues(ctx context.Context, event audit.Event) (values []any, err error) {
	event.By = audit.From(ctx)
	if id, undoes := ctx.Value(undoKey{}).(string); undoes {
		event.Action, event.Undoes = audit.Undo, id
	}
	add := func(name, text string) {
		if text != "" {
			values = append(values, name, text)
		}
	}
	for _, field := range eventTexts {
		add(field.name, *field.of(&event))
	}
	var changes []byte
	for _, edit := range event.Edits {
		changes = blacklist.AppendEdit(changes, edit)
	}
	add(fieldChanges, strings.TrimSuffix(string(changes), "\n"))
	settings, err := marshal(event.Settings, len(event.Settings))
	if err != nil {
		return nil, err
	}
	add(fieldSettings, settings)
	counts, err := marshal(event.Counts, len(event.Counts))
	add(fieldCounts, counts)
	return values, err
}

// marshal returns JSON, "" for what has no elements.
func marshal(value any, size int) (string, error) {
	if size == 0 {
		return "", nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// readEvent reads an event. What has been damaged in Redis is logged and left out.
func (s *Store) readEvent(ctx context.Context, id string, values map[string]any) audit.Event {
	get := func(name string) string { text, _ := values[name].(string); return text }
	event := audit.Event{ID: id, Time: idTime(id)}
	for _, field := range eventTexts {
		*field.of(&event) = get(field.name)
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
