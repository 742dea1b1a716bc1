package store

import (
	"context"
	"encoding/json"
	"fmt"
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
	var changes []string
	for _, edit := range event.Edits {
		changes = appendSide(appendSide(changes, "-", edit.Before), "+", edit.After)
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
		{fieldChanges, strings.Join(changes, "\n")},
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

func appendSide(changes []string, mark string, entry *blacklist.Entry) []string {
	if entry == nil {
		return changes
	}
	text := mark + line(*entry)
	if entry.Hits > 0 {
		text += "\t" + strconv.FormatInt(entry.Hits, 10) + "\t" + seconds(entry.LastHit)
	}
	return append(changes, text)
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
	read(fieldChanges, func(text string) (err error) { event.Edits, err = readChanges(text); return err })
	read(fieldSettings, func(text string) error { return json.Unmarshal([]byte(text), &event.Settings) })
	read(fieldCounts, func(text string) error { return json.Unmarshal([]byte(text), &event.Counts) })
	return event
}

// readChanges reads edits, as far as they can be read.
func readChanges(text string) (edits []blacklist.Edit, err error) {
	for change := range strings.Lines(text) {
		mark, text := change[:1], strings.TrimSuffix(change[1:], "\n")
		entry, failed := readLine(text)
		if failed == nil && mark != "-" && mark != "+" {
			failed = fmt.Errorf("a change begins with %q", mark)
		}
		last := len(edits) - 1
		switch {
		case failed != nil:
			err = failed
		case mark == "-":
			edits = append(edits, blacklist.Edit{Rule: entry.Rule, Before: &entry})
		case last >= 0 && edits[last].Rule == entry.Rule && edits[last].After == nil:
			edits[last].After = &entry
		default:
			edits = append(edits, blacklist.Edit{Rule: entry.Rule, After: &entry})
		}
	}
	return edits, err
}

func fromUnix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
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
