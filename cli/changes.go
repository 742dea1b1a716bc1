package cli

import (
	"fmt"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/store"
)

// changeReport is a store.Change in JSON.
type changeReport struct {
	Effect store.Effect     `json:"effect"`
	Entry  blacklist.Entry  `json:"entry"`
	Before *blacklist.Entry `json:"before,omitempty"`
}

func (p *program) tellChanges(format string, changes []store.Change) error {
	if format == outputJSON {
		reports := make([]changeReport, len(changes))
		for i, change := range changes {
			reports[i] = changeReport{Effect: change.Effect, Entry: change.Entry, Before: change.Before}
		}
		return writeJSON(p.out, reports)
	}
	for _, change := range changes {
		if _, err := fmt.Fprintln(p.out, printable(changeLine(change))); err != nil {
			return err
		}
	}
	return nil
}

// changeLine returns "blocked +4930123456 until …" for a new entry, and what
// is different for one that was there.
func changeLine(change store.Change) string {
	line := entryState(change.Entry)
	switch change.Effect {
	case store.Same:
		return "unchanged: " + line
	case store.Changed:
		line = "changed: " + line
		if change.Before.Kind != change.Entry.Kind {
			line += " (it was " + participle(change.Before.Kind) + ")"
		}
	case store.Added:
	}
	return line
}

// entryState returns "blocked +4930123456 for calls to +4930888 until …".
func entryState(entry blacklist.Entry) string {
	state := participle(entry.Kind) + " " + ruleText(entry.Rule)
	if !entry.Expires.IsZero() {
		state += " until " + localTime(entry.Expires)
	}
	return state
}

// ruleText returns a rule in words.
func ruleText(rule blacklist.Rule) string {
	if !rule.Scoped() {
		return rule.Pattern.String()
	}
	return rule.Pattern.String() + " for calls to " + rule.To.String()
}

func participle(kind blacklist.Kind) string {
	if kind == blacklist.Allow {
		return "allowed"
	}
	return "blocked"
}
