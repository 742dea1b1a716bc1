// Package blacklist holds the list of callers: entries that block or allow
// an exact number or a prefix, for every dialled number or for one, and the
// order in which they speak.
package blacklist

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringfence/ringfence/phone"
)

// Kind says whether an entry turns a caller away or lets it through.
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
	return "", fmt.Errorf("no kind %q: choose block or allow", text)
}

// Rule is what an entry is about, and its identity: there is one entry a
// rule, so a later `allow` of the same rule replaces an earlier `block`.
type Rule struct {
	Pattern phone.Pattern
	// To is the dialled number that the rule is for; its zero value stands
	// for every dialled number.
	To phone.Number
}

const toMark = ":to:"

// String returns "+4930123456", "+4420*" or, for one dialled number,
// "+4420*:to:+4930888".
func (r Rule) String() string {
	if !r.Scoped() {
		return r.Pattern.String()
	}
	return r.Pattern.String() + toMark + r.To.String()
}

// Scoped reports whether the rule is for one dialled number only.
func (r Rule) Scoped() bool { return r.To.Known() }

// Matches reports whether the rule speaks about a call from caller to dialled.
func (r Rule) Matches(caller, dialled phone.Number) bool {
	return r.Pattern.Matches(caller) && (!r.Scoped() || r.To == dialled)
}

// CutRule cuts the text of a rule into those of its pattern and, if it is for
// one, of the dialled number.
func CutRule(text string) (pattern, to string, scoped bool) { return strings.Cut(text, toMark) }

// ParseRule reads back what String wrote.
func ParseRule(text string) (Rule, error) {
	pattern, to, scoped := CutRule(text)
	var rule Rule
	var err error
	if rule.Pattern, err = phone.ParsePattern(pattern); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	if scoped {
		if rule.To, err = phone.ParseNumber(to); err != nil {
			return Rule{}, fmt.Errorf("rule %q: %w", text, err)
		}
		if !rule.Scoped() {
			return Rule{}, fmt.Errorf("rule %q: no dialled number after %q", text, toMark)
		}
	}
	return rule, nil
}

// MarshalText writes the rule as String does.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the rule as ParseRule does.
func (r *Rule) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRule(string(text))
	return err
}

// Entry is one line of the list.
type Entry struct {
	Rule   Rule   `json:"rule"`
	Kind   Kind   `json:"kind"`
	Action Action `json:"action,omitempty"`
	// Reason is the operator's own words.
	Reason string `json:"reason,omitempty"`
	// Source names where the entry came from: "manual", a feed, a file.
	Source string `json:"source,omitempty"`
	// Author is who put it on the list.
	Author  string    `json:"author,omitempty"`
	Created time.Time `json:"created,omitzero"`
	// Expires is when the entry ceases to be; zero means never, and stands for
	// what is later than LastEnd, too.
	Expires time.Time `json:"expires,omitzero"`
	// Hits counts the calls that this entry decided.
	Hits    int64     `json:"hits"`
	LastHit time.Time `json:"last_hit,omitzero"`
}

// LastEnd is the latest that an entry may end, in the year 2286: a life up to
// then can be counted in nanoseconds, and its end in ten digits. Lists write
// 9999-12-31 for what never ends.
var LastEnd = time.Unix(9_999_999_999, 0).UTC()

// End returns when an entry ceases to be that shall end at the given time: zero,
// which means never, if that is later than LastEnd.
func End(at time.Time) time.Time {
	if at.After(LastEnd) {
		return time.Time{}
	}
	return at
}

// Expired reports whether the entry has ceased to be at the given time.
func (e Entry) Expired(at time.Time) bool {
	return !e.Expires.IsZero() && !at.Before(e.Expires)
}

// String returns kind and rule in words, as in "block +4420*" or "block
// +4420* for calls to +4930888".
func (e Entry) String() string {
	text := string(e.Kind) + " " + e.Rule.Pattern.String()
	if e.Rule.Scoped() {
		text += " for calls to " + e.Rule.To.String()
	}
	return text
}
