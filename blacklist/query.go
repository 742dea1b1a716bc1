package blacklist

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrCursor means that a query's After is no cursor of its order.
var ErrCursor = errors.New("no cursor of a list in this order")

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
	Kind   Kind
	Source string
	Sort   Sort
	// Limit is how many to return at most; 0 means all.
	Limit int
	// After is the Next of the page before, "" for the first page.
	After string
}

// Filters reports whether the query leaves entries out.
func (q Query) Filters() bool {
	return q.Search != "" || len(q.Numbers) > 0 || q.Start != "" || q.Kind != "" || q.Source != ""
}

// Page is a part of the list.
type Page struct {
	Entries []Entry
	// Next is the After of the page that follows, "" if none does.
	Next string
}

// Usage says how many entries are on the list, and how many of them are unused.
type Usage struct{ Entries, Unused int64 }
