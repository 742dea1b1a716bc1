// Package blacklist holds the list of callers: entries that block or allow an exact
// number or a prefix, for all dialled numbers, for one or for a range of them, and their
// precedence.
package blacklist

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringfence/ringfence/phone"
)

// Kind is whether an entry blocks or allows a caller.
type Kind string

// The kinds of an entry.
const (
	Block Kind = "block"
	Allow Kind = "allow"
)

// ParseKind reads the name of a kind.
func ParseKind(text string) (Kind, error) {
	switch kind := Kind(text); kind {
	case Block, Allow:
		return kind, nil
	}
	return "", fmt.Errorf("invalid kind %q: choose block or allow", text)
}

// Rule is the identity of an entry: there is one entry per rule, so a later `allow`
// of the same rule replaces an earlier `block`.
type Rule struct {
	// Number, or PREFIX*.
	Pattern phone.Pattern `json:"number"`
	// Dialled number that the entry is for, or a range of them; missing for all.
	To phone.Pattern `json:"to,omitzero"`
}

const toMark = ":to:"

// String returns "+4930123456", "+4420*" or, for one dialled number or a range,
// "+4420*:to:+4930888" and "+4420*:to:+4930888*".
func (r Rule) String() string {
	if !r.Scoped() {
		return r.Pattern.String()
	}
	return r.Pattern.String() + toMark + r.To.String()
}

const toWords = " for calls to "

// Words returns the rule for people: "+4420*", or "+4420* for calls to +4930888".
func (r Rule) Words() string {
	if !r.Scoped() {
		return r.Pattern.String()
	}
	return r.Pattern.String() + toWords + r.To.String()
}

// Scoped reports whether the rule is for one dialled number or one range only.
func (r Rule) Scoped() bool { return r.To != phone.Pattern{} }

// Matches reports whether the rule matches a call from caller to dialled.
func (r Rule) Matches(caller, dialled phone.Number) bool {
	return r.Pattern.Matches(caller) && (!r.Scoped() || r.To.Matches(dialled))
}

// ParseRule parses the result of Rule.String.
func ParseRule(text string) (Rule, error) {
	pattern, to, scoped := strings.Cut(text, toMark)
	var rule Rule
	var err error
	if rule.Pattern, err = phone.ParsePattern(pattern); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	if scoped {
		if rule.To, err = phone.ParsePattern(to); err != nil {
			return Rule{}, fmt.Errorf("rule %q: dialled number: %w", text, err)
		}
	}
	return rule, nil
}

// Entry is an entry of the list.
type Entry struct {
	Rule
	// "block" or "allow".
	Kind Kind `json:"kind"`
	// How calls are refused; missing for the action of the settings.
	Action Action `json:"action,omitempty"`
	// Reason in words.
	Reason string `json:"reason,omitempty"`
	// Where the entry came from: "manual", a file, a feed, "repeat", "star".
	Source string `json:"source,omitempty"`
	// Who made the entry.
	Author string `json:"author,omitempty"`
	// Creation time.
	Created time.Time `json:"created,omitzero"`
	// End of the entry; missing if it never expires.
	Expires time.Time `json:"expires,omitzero"`
	// Calls that this entry decided.
	Hits int64 `json:"hits"`
	// Time of the last of these calls.
	LastHit time.Time `json:"last_hit,omitzero"`
}

// LastEnd is the latest end of an entry, in the year 2286: durations until then fit
// into nanoseconds, and Unix seconds into ten digits. Files use 9999-12-31 for entries
// that never expire.
var LastEnd = time.Unix(9_999_999_999, 0).UTC()

// End returns the end of an entry that is to end at the given time: the list knows
// whole seconds, and no entry ends early. It is zero (never) after LastEnd.
func End(at time.Time) time.Time {
	if at.IsZero() || at.After(LastEnd) {
		return time.Time{}
	}
	if whole := at.Truncate(time.Second); !whole.Equal(at) {
		at = whole.Add(time.Second)
	}
	return at.UTC()
}

// Expired reports whether the entry has expired at the given time.
func (e Entry) Expired(at time.Time) bool {
	return !e.Expires.IsZero() && !at.Before(e.Expires)
}

// String returns kind and rule: "block +4420*" or "block +4420* for calls to
// +4930888".
func (e Entry) String() string { return string(e.Kind) + " " + e.Rule.Words() }

// ParseEntry parses the result of Entry.String.
func ParseEntry(text string) (Entry, error) {
	word, rest, _ := strings.Cut(text, " ")
	pattern, to, scoped := strings.Cut(rest, toWords)
	kind, err := ParseKind(word)
	if err != nil {
		return Entry{}, fmt.Errorf("entry %q: %w", text, err)
	}
	entry := Entry{Kind: kind}
	if entry.Rule.Pattern, err = phone.ParsePattern(pattern); err != nil {
		return Entry{}, fmt.Errorf("entry %q: %w", text, err)
	}
	if scoped {
		if entry.Rule.To, err = phone.ParsePattern(to); err != nil {
			return Entry{}, fmt.Errorf("entry %q: dialled number: %w", text, err)
		}
	}
	return entry, nil
}
