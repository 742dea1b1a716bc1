package store

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

//go:embed page.lua
var pageText string

var pageScript = newScript(pageText)

// Sort is an order of entries.
type Sort string

// The orders.
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
	Kind   blacklist.Kind
	Source string
	Sort   Sort
	// Limit is how many to return at the most; 0 stands for all.
	Limit int
}

func (q Query) matches(entry blacklist.Entry) bool {
	if q.Kind != "" && q.Kind != entry.Kind || q.Source != "" && q.Source != entry.Source {
		return false
	}
	search := strings.ToLower(q.Search)
	return search == "" || slices.ContainsFunc(
		[]string{entry.Rule.String(), entry.Reason, entry.Source, entry.Author},
		func(text string) bool { return strings.Contains(strings.ToLower(text), search) },
	)
}

func (q Query) compare(a, b blacklist.Entry) int {
	first := 0
	switch q.Sort {
	case ByHits:
		first = cmp.Compare(b.Hits, a.Hits)
	case ByLastHit:
		first = b.LastHit.Compare(a.LastHit)
	case ByExpiry:
		first = cmp.Or(never(a)-never(b), a.Expires.Compare(b.Expires))
	case ByNumber:
	default:
		// As the index has it: the newest first, then the highest text.
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(b.Rule.String(), a.Rule.String()))
	}
	return cmp.Or(first, strings.Compare(a.Rule.String(), b.Rule.String()))
}

func never(entry blacklist.Entry) int {
	if entry.Expires.IsZero() {
		return 1
	}
	return 0
}

// Entries returns the entries that the query chooses, in its order. The newest
// are read no further than the limit; other orders read the whole list, page
// by page. It also clears away what has expired.
func (s *Store) Entries(ctx context.Context, query Query) (found []blacklist.Entry, err error) {
	defer s.finish(ctx, opEntries, s.now(), &err)
	inOrder := query.Sort == "" || query.Sort == ByCreated
	var gone []blacklist.Rule
	err = s.eachPage(ctx, func(rules []blacklist.Rule) (bool, error) {
		entries, err := s.fetch(ctx, rules)
		if err != nil {
			return false, err
		}
		gone = append(gone, without(rules, entries)...)
		for _, entry := range entries {
			if query.matches(entry) {
				found = append(found, entry)
			}
		}
		enough := query.Limit > 0 && len(found) >= query.Limit
		if enough && !inOrder {
			found = query.cut(found)
		}
		return enough && inOrder, nil
	})
	if err != nil {
		return nil, err
	}
	for page := range slices.Chunk(gone, pageSize) {
		if err := s.unlist(ctx, page); err != nil {
			return nil, err
		}
	}
	return query.cut(found), nil
}

// cut sorts entries and keeps those within the limit. An entry that moved
// while the list was read may be there twice.
func (q Query) cut(entries []blacklist.Entry) []blacklist.Entry {
	slices.SortFunc(entries, q.compare)
	seen := make(map[blacklist.Rule]bool, len(entries))
	entries = slices.DeleteFunc(entries, func(entry blacklist.Entry) bool {
		twice := seen[entry.Rule]
		seen[entry.Rule] = true
		return twice
	})
	if q.Limit > 0 && len(entries) > q.Limit {
		clear(entries[q.Limit:])
		entries = entries[:q.Limit]
	}
	return entries
}

// without returns the rules that have no entry.
func without(rules []blacklist.Rule, entries []blacklist.Entry) []blacklist.Rule {
	there := make(map[blacklist.Rule]bool, len(entries))
	for _, entry := range entries {
		there[entry.Rule] = true
	}
	return slices.DeleteFunc(slices.Clone(rules), func(rule blacklist.Rule) bool { return there[rule] })
}

// anchors is how many rules of a page lead to the next one.
const anchors = 20

// eachPage reads the index from the newest to the oldest, until do returns
// true. An entry that stays on the list all the while is never passed over.
func (s *Store) eachPage(ctx context.Context, do func([]blacklist.Rule) (bool, error)) error {
	args := []any{pageSize, 0}
	for read := 0; ; {
		answer, err := s.run(ctx, pageScript, []string{s.keys.created()}, args...)
		if err != nil {
			return err
		}
		members, err := list(answer)
		if err != nil || len(members) == 0 {
			return err
		}
		rules := make([]blacklist.Rule, 0, len(members))
		for _, member := range members {
			if rule, ok := s.readRule(ctx, member); ok {
				rules = append(rules, rule)
			}
		}
		if done, err := do(rules); err != nil || done {
			return err
		}
		read += len(members)
		args = []any{pageSize, read}
		for i := range min(anchors, len(members)) {
			args = append(args, members[len(members)-1-i])
		}
		if len(members) < pageSize {
			return nil
		}
	}
}
