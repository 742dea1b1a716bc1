package app

import (
	"cmp"
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
	CountEvents(ctx context.Context, filter audit.Filter) (int64, error)
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
	// After is the Next of the page before.
	After string
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
	filter.Before, err = readStreamCursor(search.After)
	errs.add("after", err)
	return filter, errs.err()
}

// Event is one event of the audit log.
type Event = audit.Event

// Page returns the events that match the filter, the newest first, at most limit; 0
// means all.
func (a Audit) Page(ctx context.Context, filter audit.Filter, limit int) (Page[Event], error) {
	events, err := a.Store.Audit(ctx, filter, oneMore(limit))
	if err != nil {
		return Page[Event]{}, err
	}
	after := filter.Before
	filter.Before = ""
	return newPage(events, limit, after, func(e Event) string { return e.ID }, func() (int64, error) { return a.Store.CountEvents(ctx, filter) })
}

// AuditLine is one change of an event, or an event without changes.
type AuditLine struct {
	// ID of the event.
	ID string `json:"id"`
	// When the change was recorded, by the clock of Redis.
	Time time.Time `json:"time"`
	// Name of who made the change.
	By string `json:"by"`
	// "cli", "api", "feed", "rule" or "phone".
	Via audit.Via `json:"via"`
	// What was done, such as "block" or "import".
	Action audit.Action `json:"action"`
	// Number or PREFIX* of the entry that was changed.
	Number string `json:"number,omitempty"`
	// Dialled number that the entry is for; missing for all.
	To string `json:"to,omitempty"`
	// Name of what was changed: a setting, or a number with its working time.
	Setting string `json:"setting,omitempty"`
	// Value before the change, in words; missing for none.
	Before AuditValue `json:"before,omitzero"`
	// Value after the change, in words; missing for none.
	After AuditValue `json:"after,omitzero"`
	// ID of the batch.
	Batch string `json:"batch,omitempty"`
	// Number of entries of a batch by effect; for a calendar, what it "closes", and its
	// "problems".
	Counts map[string]int64 `json:"counts,omitempty"`
	// ID of the event that an undo has undone.
	Undoes string `json:"undoes,omitempty"`
	// Further information: name and address of a feed, file of an import, batch that
	// was undone, problems of a calendar.
	Note string `json:"note,omitempty"`
}

// What returns the name of what was changed, "" for a batch.
func (l AuditLine) What() string {
	if l.To != "" {
		return l.Number + " for calls to " + l.To
	}
	return cmp.Or(l.Number, l.Setting)
}

// AuditValue is the value before or after a change: an entry, the text of a
// setting, or nothing.
type AuditValue struct {
	Entry *blacklist.Entry
	Text  string
}

// MarshalText writes the value in words, with times in RFC 3339.
func (v AuditValue) MarshalText() ([]byte, error) {
	return []byte(v.Words(func(at time.Time) string { return at.UTC().Format(time.RFC3339) })), nil
}

// Words describes the value; an entry without what Ringfence counts itself.
func (v AuditValue) Words(at func(time.Time) string) string {
	entry := v.Entry
	if entry == nil {
		return v.Text
	}
	words := []string{string(entry.Kind)}
	if entry.Action != blacklist.DefaultAction {
		words = append(words, string(entry.Action))
	}
	if !entry.Expires.IsZero() {
		words = append(words, "until "+at(entry.Expires))
	}
	if entry.Source != "" {
		words = append(words, "from "+entry.Source)
	}
	if entry.Author != "" {
		words = append(words, "by "+entry.Author)
	}
	text := strings.Join(words, " ")
	if entry.Reason != "" {
		text += ": " + entry.Reason
	}
	return text
}

// EventLines returns one line for each change that matches the filter. The event
// of a batch or a feed is one line.
func EventLines(events []Event, filter audit.Filter) []AuditLine {
	var lines []AuditLine
	for _, event := range events {
		whole := AuditLine{
			ID: event.ID, Time: event.Time, By: event.By.Name, Via: event.By.Via, Action: event.Action,
			Batch: event.Batch, Counts: event.Counts, Undoes: event.Undoes, Note: event.Note,
		}
		if strings.HasPrefix(event.Of, "feed:") || len(event.Edits)+len(event.Settings) == 0 {
			lines = append(lines, whole)
			continue
		}
		for _, edit := range event.Edits {
			if filter.MatchesEdit(edit) {
				line := whole
				line.Number, line.To = edit.Pattern.String(), edit.To.String()
				line.Before, line.After = AuditValue{Entry: edit.Before}, AuditValue{Entry: edit.After}
				lines = append(lines, line)
			}
		}
		for _, setting := range event.Settings {
			line := whole
			line.Setting, line.Before, line.After = setting.Name, AuditValue{Text: setting.Before}, AuditValue{Text: setting.After}
			lines = append(lines, line)
		}
	}
	return lines
}
