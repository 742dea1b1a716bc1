package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

// auditLine is one change of an event.
type auditLine struct {
	audit.Event
	// what was changed: a rule, a setting, or nothing of these.
	what string
	// before and after say it, given how times are shown.
	before, after func(at func(time.Time) string) string
}

// auditLines returns a line for each change that the filter chooses; an event
// without any, such as that of a batch, has one, too, and so has a feed that was
// added or removed.
func auditLines(events []audit.Event, filter audit.Filter) []auditLine {
	var lines []auditLine
	for _, event := range events {
		whole := event.Action == audit.FeedAdd || event.Action == audit.FeedRemove
		if whole || len(event.Edits)+len(event.Settings) == 0 {
			lines = append(lines, auditLine{Event: event, before: always(""), after: always("")})
		}
		if whole {
			continue
		}
		for _, edit := range event.Edits {
			if filter.MatchesEdit(edit) {
				lines = append(lines, auditLine{event, edit.Rule.String(), entryWords(edit.Before), entryWords(edit.After)})
			}
		}
		for _, setting := range event.Settings {
			lines = append(lines, auditLine{event, setting.Name, always(setting.Before), always(setting.After)})
		}
	}
	return lines
}

func always(text string) func(func(time.Time) string) string {
	return func(func(time.Time) string) string { return text }
}

// entryWords describes all of an entry that somebody chose.
func entryWords(entry *blacklist.Entry) func(at func(time.Time) string) string {
	if entry == nil {
		return always("")
	}
	return func(at func(time.Time) string) string {
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
}

// change says in the table what became of what.
func (l auditLine) change() string {
	if l.what == "" {
		return strings.Join(slices.DeleteFunc([]string{countWords(l.Counts), l.Note}, empty), "; ")
	}
	return orNothing(l.before(localTime)) + " → " + orNothing(l.after(localTime))
}

func empty(text string) bool { return text == "" }

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// countWords returns "added 3, removed 1".
func countWords(counts map[string]int64) string {
	words := make([]string, 0, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(words, ", ")
}

// auditColumns returns the columns of a format: those that fit a screen, or
// for CSV all.
func auditColumns(format string) []column[auditLine] {
	columns := []column[auditLine]{
		{"time", func(l auditLine) any { return l.Time }},
		{"by", func(l auditLine) any { return l.By.Name }},
		{"via", func(l auditLine) any { return string(l.By.Via) }},
		{"action", func(l auditLine) any { return string(l.Action) }},
	}
	if format != outputCSV {
		return append(columns, []column[auditLine]{
			{"what", func(l auditLine) any { return tableSubject(l) }},
			{"change", func(l auditLine) any { return l.change() }},
		}...)
	}
	return append(columns, []column[auditLine]{
		{"what", func(l auditLine) any { return l.what }},
		{"before", func(l auditLine) any { return l.before(rfc3339) }},
		{"after", func(l auditLine) any { return l.after(rfc3339) }},
		{"batch", func(l auditLine) any { return l.Batch }},
		{"counts", func(l auditLine) any { return countWords(l.Counts) }},
		{"note", func(l auditLine) any { return l.Note }},
		{"id", func(l auditLine) any { return l.ID }},
	}...)
}

// tableSubject returns what was changed, or the batch that did it.
func tableSubject(l auditLine) string {
	if l.what == "" {
		return l.Batch
	}
	return l.what
}

func rfc3339(at time.Time) string { return at.Format(time.RFC3339) }
