package blacklist

import (
	"errors"
	"fmt"
	"slices"
)

// ErrCursor means that a query's After does not fit its order.
var ErrCursor = errors.New("this value is not from a list in this order")

// Sort is an order of entries.
type Sort string

// The orders. Equal entries are in the order of the rules' texts: ascending by number
// and by expiry, else descending.
const (
	ByCreated Sort = "created"  // the newest first; the default
	ByNumber  Sort = "number"   // by the rule's text
	ByHits    Sort = "hits"     // the most first
	ByLastHit Sort = "last-hit" // the latest first
	ByExpiry  Sort = "expiry"   // the soonest first, entries that never expire last
)

// Sorts returns every order.
func Sorts() []Sort { return []Sort{ByCreated, ByNumber, ByHits, ByLastHit, ByExpiry} }

// ParseSort reads the name of an order; "" means ByCreated.
func ParseSort(text string) (Sort, error) {
	if text == "" {
		return ByCreated, nil
	}
	if !slices.Contains(Sorts(), Sort(text)) {
		return "", fmt.Errorf("invalid order %q: choose one of %s", text, names(Sorts()))
	}
	return Sort(text), nil
}

// Query chooses entries; its zero value chooses all, the newest first.
type Query struct {
	// Search chooses entries whose rule, reason, source or author contains the
	// text, ignoring case.
	Search string
	// Numbers also choose entries whose rule contains one of them: other spellings
	// of a searched number.
	Numbers []string
	// Start chooses entries whose number or prefix begins with it, or is it if Whole is
	// set.
	Start  string
	Whole  bool
	Kind   Kind
	Source string
	Sort   Sort
	// Limit is the maximum number of entries; 0 means all.
	Limit int
	// After is the Next of the page before, "" for the first page.
	After string
}

// Filters reports whether the query excludes entries.
func (q Query) Filters() bool {
	return q.Search != "" || len(q.Numbers) > 0 || q.Start != "" || q.Kind != "" || q.Source != ""
}

// Page is a part of the list.
type Page struct {
	// Entries of the page.
	Entries []Entry
	// After of the next page; "" if there is none.
	Next string
}

// Usage is the number of entries on the list, and how many of them are unused.
type Usage struct {
	Entries int64
	Unused  int64
}
