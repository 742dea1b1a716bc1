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

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/span"
)

// ListStore stores the list of callers, and the data for decisions.
type ListStore interface {
	// Now is the time by which entries end.
	Now() time.Time
	// Put keeps the given fields of entries that it changes.
	Put(ctx context.Context, entries []blacklist.Entry, keep ...blacklist.Field) ([]blacklist.Change, error)
	Remove(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Entry, error)
	Lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error)
	// EntriesFor returns the entries for exactly these patterns, for any dialled number.
	EntriesFor(ctx context.Context, patterns []phone.Pattern) ([]blacklist.Entry, error)
	Entries(ctx context.Context, query blacklist.Query) ([]blacklist.Entry, error)
	Page(ctx context.Context, query blacklist.Query) (blacklist.Page, error)
	// CountEntries ignores Limit and After of the query.
	CountEntries(ctx context.Context, query blacklist.Query) (int64, error)
	All(ctx context.Context, query blacklist.Query) iter.Seq2[blacklist.Entry, error]
	Settings(ctx context.Context) (policy.Settings, error)
	Policy(ctx context.Context) (policy.Policy, error)
	Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error)
	Counted(ctx context.Context, count screen.Count) (map[repeat.Rule]int, error)
	Call(ctx context.Context, id string) (calllog.Record, error)
}

// List shows, searches and changes the list of callers.
type List struct {
	Store ListStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
	// Warn, if not nil, is called with each doubt about a number that is listed all
	// the same.
	Warn func(doubt string)
}

// EntryInput describes entries to list, as it was typed. An empty field means the
// default, and for an entry of the same kind that is on the list, what it has.
type EntryInput struct {
	Kind blacklist.Kind
	// Action is an action, or Default.
	Action string
	Reason string
	// NoReason clears the reason.
	NoReason bool
	// Lines are the lines that rules were typed in. The reason of a line counts in place
	// of Reason.
	Lines map[blacklist.Rule]Line
	// For is after how long the entry expires, such as 7d, and Until when, as a date
	// or a time; Never is possible in both. One of them is empty.
	For, Until string
	Source     string
	// Author is who made the entry; "" means the actor.
	Author string
	// Force lists entries that are a risk.
	Force bool
}

// Values that reset a field of an entry.
const (
	// Default is the action of the settings.
	Default = "default"
	// Never is the end of an entry that does not expire.
	Never = "never"
)

// entry validates an input. The result has no rule.
func (l List) entry(in EntryInput) (blacklist.Entry, error) {
	now := l.Now().UTC().Truncate(time.Second)
	entry := blacklist.Entry{Kind: in.Kind, Reason: in.Reason, Source: in.Source, Author: in.Author, Created: now}
	var errs Errors
	for _, field := range []struct{ name, text string }{{"reason", in.Reason}, {"source", in.Source}, {"author", in.Author}} {
		errs.add(field.name, CheckText(field.name, field.text))
	}
	var err error
	if in.Action != "" && in.Action != Default {
		entry.Action, err = blacklist.ParseAction(in.Action)
		errs.add("action", err)
	}
	entry.Expires, err = readExpiry(in.For, in.Until, now)
	errs.add("", err)
	return entry, errs.err()
}

// readExpiry reads the fields for and until; the zero Time means never.
func readExpiry(length, until string, now time.Time) (time.Time, error) {
	switch {
	case length != "" && until != "":
		return time.Time{}, Errorf(Invalid, "until", "the entry has a duration (for) too: use one of them")
	case length != "" && length != Never:
		life, err := span.Parse(length)
		if err != nil {
			return time.Time{}, Errorf(Invalid, "for", "%w", err)
		}
		return now.Add(life), nil
	case until != "" && until != Never:
		end, err := ReadEnd(until, now, time.Local)
		if err != nil {
			return time.Time{}, Errorf(Invalid, "until", "%w", err)
		}
		return end, nil
	}
	return time.Time{}, nil
}

// kept returns the fields that an entry on the list keeps: those that the input
// does not give.
func (in EntryInput) kept(rule blacklist.Rule) []blacklist.Field {
	var fields []blacklist.Field
	if in.Action == "" {
		fields = append(fields, blacklist.FieldAction)
	}
	if in.reason(rule) == "" && !in.NoReason {
		fields = append(fields, blacklist.FieldReason)
	}
	if in.For == "" && in.Until == "" {
		fields = append(fields, blacklist.FieldExpires)
	}
	return fields
}

func (in EntryInput) reason(rule blacklist.Rule) string {
	return cmp.Or(in.Lines[rule].Reason, in.Reason)
}

// CheckText returns an error if a text of an entry is too long or has unprintable characters.
func CheckText(field, text string) error {
	switch {
	case len(text) > listfile.MaxText:
		return Errorf(Invalid, field, "longer than %d bytes", listfile.MaxText)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return Errorf(Invalid, field, "%s has unprintable characters", strconv.Quote(text))
	}
	return nil
}

// Put lists numbers and prefixes, all or none. After an error of the store it
// returns the changes written before the error.
func (l List) Put(ctx context.Context, in EntryInput, rules []blacklist.Rule) ([]blacklist.Change, error) {
	in.Author = cmp.Or(in.Author, audit.From(ctx).Name)
	entry, err := l.entry(in)
	if err != nil {
		return nil, err
	}
	entries := make([]blacklist.Entry, len(rules))
	for i, rule := range rules {
		entry.Rule, entry.Reason = rule, in.reason(rule)
		entries[i] = entry
	}
	if err := l.weigh(ctx, entries, in.Lines, in.Force); err != nil {
		return nil, err
	}
	// A reason on a line of its own is all in which entries differ in what they keep.
	byReason := map[bool][]blacklist.Entry{}
	place := make(map[blacklist.Rule]int, len(entries))
	for i, entry := range entries {
		place[entry.Rule] = i
		byReason[entry.Reason == ""] = append(byReason[entry.Reason == ""], entry)
	}
	var changes []blacklist.Change
	for _, empty := range []bool{false, true} {
		same := byReason[empty]
		if len(same) == 0 {
			continue
		}
		made, err := l.Store.Put(ctx, same, in.kept(same[0].Rule)...)
		if changes = append(changes, made...); err != nil {
			return changes, err
		}
	}
	slices.SortFunc(changes, func(a, b blacklist.Change) int { return cmp.Compare(place[a.Entry.Rule], place[b.Entry.Rule]) })
	return changes, nil
}

// ValidateEntry validates an input without listing anything.
func (l List) ValidateEntry(in EntryInput) error {
	_, err := l.entry(in)
	return err
}

// CallerRules returns the rules for the callers of recorded calls, without
// duplicates. The error names each call without a number.
func (l List) CallerRules(ctx context.Context, ids []string, to phone.Pattern) ([]blacklist.Rule, error) {
	var rules []blacklist.Rule
	var errs Errors
	for _, id := range ids {
		if err := checkID(id, streamID, HintCalls); err != nil {
			errs.add("", err)
			continue
		}
		record, err := l.Store.Call(ctx, id)
		if errors.Is(err, calllog.ErrNoCall) {
			errs.add("", Errorf(NotFound, "id", "%w", err).hint(HintCalls, ""))
			continue
		}
		if err != nil {
			return nil, err
		}
		number, err := phone.ParseNumber(record.Caller)
		if err != nil || !number.Known() {
			errs.add("id", fmt.Errorf("cannot list the caller of %s: %s", id, noNumberReason(record.Caller)))
			continue
		}
		if rule := (blacklist.Rule{Pattern: number.Pattern(), To: to}); !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	return rules, errs.err()
}

// noNumberReason returns why a caller has no number.
func noNumberReason(caller string) string {
	switch caller {
	case phone.Withheld.String():
		return "the number is withheld"
	case phone.Unreadable.String():
		return "the number is unreadable"
	default:
		return "there is no number"
	}
}

// Search is a search of the list as it was typed. An empty field matches all.
type Search struct {
	// Text is a number in any spelling, a part of one, or a part of a reason. Number is
	// a whole number in any spelling, or the beginning of numbers: PREFIX*.
	Text, Number, Kind, Source, Sort string
	// Limit is the maximum number of entries, 0 for all; After is the Next of the
	// page before.
	Limit int
	After string
}

// ReadSearch validates a search.
func (l List) ReadSearch(search Search) (blacklist.Query, error) {
	query := blacklist.Query{
		Search: search.Text, Numbers: spellings(search.Text, l.Region), Source: search.Source, After: search.After, Limit: search.Limit,
	}
	var errs Errors
	var err error
	if search.Number != "" {
		pattern, err := l.Region.Pattern(search.Number)
		errs.add("number", err)
		query.Start, query.Whole = strings.TrimSuffix(pattern.String(), "*"), !pattern.IsPrefix()
	}
	if search.Kind != "" {
		query.Kind, err = blacklist.ParseKind(search.Kind)
		errs.add("kind", err)
	}
	query.Sort, err = blacklist.ParseSort(search.Sort)
	errs.add("sort", err)
	return query, errs.err()
}

// Page returns a page of the list.
func (l List) Page(ctx context.Context, query blacklist.Query) (Page[blacklist.Entry], error) {
	found, err := l.Store.Page(ctx, query)
	if err != nil {
		return Page[blacklist.Entry]{}, cursorError(err)
	}
	page := Whole(found.Entries)
	page.Next = found.Next
	if page.Next != "" || query.After != "" {
		page.Total, err = l.Store.CountEntries(ctx, query)
	}
	return page, err
}

// Count returns how many entries there are on all pages of a query.
func (l List) Count(ctx context.Context, query blacklist.Query) (int64, error) {
	return l.Store.CountEntries(ctx, query)
}

// All returns all entries of a query as they are read.
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

// spellings returns other spellings of a searched number or part of a number: its
// canonical form as a whole number and as a prefix. For other text there are none.
func spellings(text string, region phone.Region) []string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -/().", r) {
			return -1
		}
		return r
	}, text)
	if digits == "" || strings.Trim(digits, "+0123456789*#") != "" {
		// It may still be a number, such as a URI.
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
	// A search for the shorter spelling also finds the longer one.
	var least []string
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	for _, one := range found {
		if !slices.ContainsFunc(least, func(other string) bool { return strings.Contains(one, other) }) {
			least = append(least, one)
		}
	}
	return least
}
