package app

import (
	"context"
	"strings"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// AuditStore stores the audit log.
type AuditStore interface {
	// Audit returns events, the newest first.
	Audit(ctx context.Context, filter audit.Filter, limit int) ([]audit.Event, error)
}

// Audit searches the audit log.
type Audit struct {
	Store AuditStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
}

// AuditSearch is a search in the audit log as it was typed. An empty field
// matches all events.
type AuditSearch struct {
	Since, Until, By, Via, Action string
	// Number is a number or prefix in any spelling.
	Number, Batch string
}

// ReadSearch validates a search.
func (a Audit) ReadSearch(search AuditSearch) (audit.Filter, error) {
	filter := audit.Filter{By: search.By, Batch: search.Batch}
	var errs Errors
	var err error
	filter.Since, filter.Until, err = ReadTimes(search.Since, search.Until, a.Now())
	errs.add("", err)
	filter.Via, err = choose("via", search.Via, audit.Vias())
	errs.add("via", err)
	filter.Action, err = choose("action", search.Action, audit.Actions())
	errs.add("action", err)
	if search.Number != "" {
		filter.Pattern, err = a.Region.Pattern(search.Number)
		errs.add("number", err)
	}
	return filter, errs.err()
}

// Events returns the newest events that match the filter, at most limit (0
// for all), and whether there are more.
func (a Audit) Events(ctx context.Context, filter audit.Filter, limit int) ([]audit.Event, bool, error) {
	events, err := a.Store.Audit(ctx, filter, oneMore(limit))
	events, more := first(events, limit)
	return events, more, err
}

// Lines returns the newest changes that match the filter, at most limit (0
// for all), and whether there are more.
func (a Audit) Lines(ctx context.Context, filter audit.Filter, limit int) ([]AuditLine, bool, error) {
	events, err := a.Store.Audit(ctx, filter, oneMore(limit))
	lines, more := first(EventLines(events, filter), limit)
	return lines, more, err
}

// oneMore returns the limit of a query that shows whether there are more rows.
func oneMore(limit int) int {
	if limit == 0 {
		return 0
	}
	return limit + 1
}

func first[T any](rows []T, limit int) (some []T, more bool) {
	if limit == 0 || len(rows) <= limit {
		return rows, false
	}
	return rows[:limit], true
}

// AuditLine is one change of an event, or an event without changes.
type AuditLine struct {
	audit.Event
	// What was changed: a rule or the name of a setting; "" for a batch.
	What string `json:"what,omitempty"`
	// Value before the change.
	Before AuditValue `json:"before,omitzero"`
	// Value after the change.
	After AuditValue `json:"after,omitzero"`
}

// AuditValue is the value before or after a change: an entry, the text of a
// setting, or nothing.
type AuditValue struct {
	Entry *blacklist.Entry `json:"entry,omitempty"`
	Text  string           `json:"text,omitempty"`
}

// EventLines returns one line for each change that matches the filter. The event
// of a batch or a feed is one line.
func EventLines(events []audit.Event, filter audit.Filter) []AuditLine {
	var lines []AuditLine
	for _, event := range events {
		if strings.HasPrefix(event.Of, "feed:") || len(event.Edits)+len(event.Settings) == 0 {
			lines = append(lines, AuditLine{Event: event})
			continue
		}
		for _, edit := range event.Edits {
			if filter.MatchesEdit(edit) {
				lines = append(lines, AuditLine{event, edit.Rule.String(), AuditValue{Entry: edit.Before}, AuditValue{Entry: edit.After}})
			}
		}
		for _, setting := range event.Settings {
			lines = append(lines, AuditLine{event, setting.Name, AuditValue{Text: setting.Before}, AuditValue{Text: setting.After}})
		}
	}
	return lines
}
