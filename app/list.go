package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/span"
)

// ListStore keeps the list of callers, and what decides about a call.
type ListStore interface {
	Put(ctx context.Context, entries []blacklist.Entry) ([]blacklist.Change, error)
	Remove(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Entry, error)
	Lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error)
	Entries(ctx context.Context, query blacklist.Query) ([]blacklist.Entry, error)
	Page(ctx context.Context, query blacklist.Query) (blacklist.Page, error)
	All(ctx context.Context, query blacklist.Query) iter.Seq2[blacklist.Entry, error]
	Settings(ctx context.Context) (policy.Settings, error)
	Policy(ctx context.Context) (policy.Policy, error)
	Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error)
	Counted(ctx context.Context, count screen.Count) (map[repeat.Rule]int, error)
	Call(ctx context.Context, id string) (calllog.Record, error)
}

// List is what a person can do with the list of callers.
type List struct {
	Store ListStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
}

// NewEntry is what a person says of the numbers that are to be listed. Empty
// texts stand for nothing said.
type NewEntry struct {
	Kind   blacklist.Kind
	Action string
	Reason string
	// For is how long, such as 7d; "" is for ever.
	For    string
	Source string
	Author string
	// Force lists even what is risky.
	Force bool
}

// entry reads what was said. The result lacks its rule.
func (l List) entry(said NewEntry) (blacklist.Entry, error) {
	now := l.Now().Truncate(time.Second)
	entry := blacklist.Entry{Kind: said.Kind, Reason: said.Reason, Source: said.Source, Author: said.Author, Created: now}
	for _, field := range []struct{ name, text string }{{"reason", said.Reason}, {"source", said.Source}, {"author", said.Author}} {
		if err := CheckText(field.name, field.text); err != nil {
			return entry, err
		}
	}
	var err error
	if said.Action != "" {
		if entry.Action, err = blacklist.ParseAction(said.Action); err != nil {
			return entry, Errorf(Invalid, "action", "%w", err)
		}
	}
	if said.For != "" {
		life, err := span.Parse(said.For)
		if err != nil {
			return entry, Errorf(Invalid, "for", "%w", err)
		}
		entry.Expires = now.Add(life)
	}
	return entry, nil
}

// maxText is the longest text that an entry keeps, in bytes.
const maxText = 1000

// CheckText refuses a text that can't be shown in one line as it is.
func CheckText(field, text string) error {
	switch {
	case len(text) > maxText:
		return Errorf(Invalid, field, "longer than %d bytes", maxText)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return Errorf(Invalid, field, "%s holds characters that can't be shown", strconv.Quote(text))
	}
	return nil
}

// Put lists numbers and prefixes, all or none. After an error from the store
// the changes are those that were written before it.
func (l List) Put(ctx context.Context, said NewEntry, rules []blacklist.Rule) ([]blacklist.Change, error) {
	entry, err := l.entry(said)
	if err != nil {
		return nil, err
	}
	entries := make([]blacklist.Entry, len(rules))
	for i, rule := range rules {
		entry.Rule = rule
		entries[i] = entry
	}
	if !said.Force {
		if err := l.refuseRisky(ctx, entries); err != nil {
			return nil, err
		}
	}
	return l.Store.Put(ctx, entries)
}

// Check reads what is said of an entry without listing anything.
func (l List) Check(said NewEntry) error {
	_, err := l.entry(said)
	return err
}

// refuseRisky returns an error that names every entry which probably blocks
// more callers than is meant.
func (l List) refuseRisky(ctx context.Context, entries []blacklist.Entry) error {
	settings, err := l.Store.Settings(ctx)
	if err != nil {
		return err
	}
	var wrong []error
	for _, entry := range entries {
		if risk := blacklist.Risk(entry, settings.Own); risk != "" {
			wrong = append(wrong, fmt.Errorf("%s; nothing was listed, --force lists it all the same", risk))
		}
	}
	return invalid(wrong)
}

// CallerRules returns the rules for the callers of recorded calls, each once.
// The error names each that has none.
func (l List) CallerRules(ctx context.Context, ids []string, to phone.Number) ([]blacklist.Rule, error) {
	var rules []blacklist.Rule
	var wrong []error
	for _, id := range ids {
		record, err := l.Store.Call(ctx, id)
		if errors.Is(err, calllog.ErrNoCall) {
			wrong = append(wrong, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		number, err := phone.ParseNumber(record.Caller)
		if err != nil || !number.Known() {
			wrong = append(wrong, fmt.Errorf("the caller of %s cannot be listed: %s", id, numberless(record.Caller)))
			continue
		}
		pattern, err := phone.ParsePattern(number.String())
		if err != nil {
			return nil, err
		}
		if rule := (blacklist.Rule{Pattern: pattern, To: to}); !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	return rules, invalid(wrong)
}

// numberless says why a caller has no number.
func numberless(caller string) string {
	switch caller {
	case phone.Withheld.String():
		return "the number is withheld"
	case phone.Unreadable.String():
		return "what the caller sent is no number"
	default:
		return "there is no number"
	}
}

// Search is what a person looks for on the list. Empty texts choose all.
type Search struct {
	// Text is a number in any spelling, a part of one, or a part of a reason.
	Text, Kind, Source, Sort string
	// Limit is how many entries there are at most, 0 for all; After is the Next
	// of the page before.
	Limit int
	After string
}

// Query reads what is looked for.
func (l List) Query(search Search) (blacklist.Query, error) {
	query := blacklist.Query{
		Search: search.Text, Numbers: spellings(search.Text, l.Region), Source: search.Source, After: search.After, Limit: search.Limit,
	}
	var err error
	if search.Kind != "" {
		if query.Kind, err = blacklist.ParseKind(search.Kind); err != nil {
			return query, Errorf(Invalid, "kind", "%w", err)
		}
	}
	if query.Sort, err = blacklist.ParseSort(search.Sort); err != nil {
		return query, Errorf(Invalid, "sort", "%w", err)
	}
	return query, nil
}

// Page returns a page of the list.
func (l List) Page(ctx context.Context, query blacklist.Query) (blacklist.Page, error) {
	page, err := l.Store.Page(ctx, query)
	return page, cursorError(err)
}

// All returns every entry that the query chooses, as it is read.
func (l List) All(ctx context.Context, query blacklist.Query) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		for entry, err := range l.Store.All(ctx, query) {
			if !yield(entry, cursorError(err)) {
				return
			}
		}
	}
}

func cursorError(err error) error {
	if errors.Is(err, blacklist.ErrCursor) {
		return Errorf(Invalid, "after", "%w", err)
	}
	return err
}

// spellings returns what else may stand for a number, or a part of one, that
// is searched for: what is kept of it, if it is a whole one or the beginning of
// one. A part of a number stands for itself; a text that is no number has none.
func spellings(text string, region phone.Region) []string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -/().", r) {
			return -1
		}
		return r
	}, text)
	if digits == "" || strings.Trim(digits, "+0123456789*#") != "" {
		// It may be a number all the same, as a URI is.
		if pattern, err := region.Pattern(text); err == nil {
			return []string{pattern.String()}
		}
		return nil
	}
	found := []string{digits}
	for _, spelling := range []string{text, strings.TrimSuffix(digits, "*") + "*"} {
		if pattern, err := region.Pattern(spelling); err == nil {
			found = append(found, strings.TrimSuffix(pattern.String(), "*"))
		}
	}
	// Where a shorter one is, a longer one is found with it.
	var least []string
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	for _, one := range found {
		if !slices.ContainsFunc(least, func(other string) bool { return strings.Contains(one, other) }) {
			least = append(least, one)
		}
	}
	return least
}
