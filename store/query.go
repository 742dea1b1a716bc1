package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// Sort is an order of entries.
type Sort string

// The orders. What is alike in one is in the order of the rules' texts: by
// number and by expiry the lowest first, else the highest.
const (
	ByCreated Sort = "created"  // the newest first; the default
	ByNumber  Sort = "number"   // by the rule's text
	ByHits    Sort = "hits"     // the most first
	ByLastHit Sort = "last-hit" // the latest first
	ByExpiry  Sort = "expiry"   // the soonest first, those that never end last
)

// Sorts returns every order.
func Sorts() []Sort { return []Sort{ByCreated, ByNumber, ByHits, ByLastHit, ByExpiry} }

// ParseSort reads the name of an order; "" is ByCreated.
func ParseSort(text string) (Sort, error) {
	if text == "" {
		return ByCreated, nil
	}
	if !slices.Contains(Sorts(), Sort(text)) {
		names := make([]string, len(Sorts()))
		for i, name := range Sorts() {
			names[i] = string(name)
		}
		return "", fmt.Errorf("no order %q: choose one of %s", text, strings.Join(names, ", "))
	}
	return Sort(text), nil
}

// Query chooses entries; its zero value chooses all, the newest first.
type Query struct {
	// Search chooses entries whose rule, reason, source or author contains the
	// text, in upper or lower case.
	Search string
	// Numbers choose, beside what Search does, entries whose rule contains one
	// of them: other spellings of a number that is searched for.
	Numbers []string
	// Start chooses entries whose rule begins so.
	Start  string
	Kind   blacklist.Kind
	Source string
	Sort   Sort
	// Limit is how many to return at the most; 0 stands for all.
	Limit int
	// After is the Next of the page before, "" for the first page.
	After string
}

func (q Query) filters() bool {
	return q.Search != "" || len(q.Numbers) > 0 || q.Start != "" || q.Kind != "" || q.Source != ""
}

// Page is a part of the list.
type Page struct {
	Entries []blacklist.Entry
	// Next is the After of the page that follows, "" if none does.
	Next string
}

// Page returns the entries that the query chooses, in its order. How long that
// takes doesn't depend on where in the list the page lies. An entry that
// stands all the while, and in its order where it did, is on one page of those
// that follow each other, whatever else comes and goes. An After that is none
// gives ErrCursor.
func (s *Store) Page(ctx context.Context, query Query) (page Page, err error) {
	search, err := s.search(query)
	if err != nil {
		return Page{}, err
	}
	defer s.finish(ctx, opEntries, s.now(), &err)
	var last position
	for entry, err := range search.found(ctx) {
		if err != nil {
			return Page{}, err
		}
		if query.Limit > 0 && len(page.Entries) == query.Limit {
			page.Next = search.order.cursor(last)
			break
		}
		page.Entries = append(page.Entries, entry.Entry)
		last = entry.position
	}
	return page, nil
}

// Entries returns the entries of a Page.
func (s *Store) Entries(ctx context.Context, query Query) ([]blacklist.Entry, error) {
	page, err := s.Page(ctx, query)
	return page.Entries, err
}

// All yields the entries that the query chooses, in its order. It holds some of
// them at a time, however many there are. After an error it ends.
func (s *Store) All(ctx context.Context, query Query) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		search, err := s.search(query)
		if err != nil {
			yield(blacklist.Entry{}, err)
			return
		}
		for entry, err := range search.found(ctx) {
			if err != nil {
				yield(blacklist.Entry{}, s.explain(ctx, opEntries.doing, err))
				return
			}
			if !yield(entry.Entry, nil) {
				return
			}
		}
	}
}
