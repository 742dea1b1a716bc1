package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
)

// choose does plainly what a query says.
func (m model) choose(query blacklist.Query) []string {
	var entries []blacklist.Entry
	for text, entry := range m {
		if query.Kind != "" && entry.Kind != query.Kind || query.Source != "" && entry.Source != query.Source ||
			!strings.HasPrefix(text, query.Start) ||
			query.Whole && text != query.Start && !strings.HasPrefix(text, query.Start+":to:") {
			continue
		}
		found := query.Search == "" && len(query.Numbers) == 0
		for _, number := range query.Numbers {
			found = found || strings.Contains(text, number)
		}
		for _, part := range []string{text, entry.Reason, entry.Source, entry.Author} {
			found = found || query.Search != "" && strings.Contains(strings.ToLower(part), strings.ToLower(query.Search))
		}
		if found {
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(a, b blacklist.Entry) int {
		number := strings.Compare(a.Rule.String(), b.Rule.String())
		switch query.Sort {
		case blacklist.ByNumber:
			return number
		case blacklist.ByHits:
			return -cmp.Or(cmp.Compare(a.Hits, b.Hits), number)
		case blacklist.ByLastHit:
			return -cmp.Or(a.LastHit.Compare(b.LastHit), number)
		case blacklist.ByExpiry:
			if a.Expires.IsZero() != b.Expires.IsZero() {
				return map[bool]int{true: 1, false: -1}[a.Expires.IsZero()]
			}
			return cmp.Or(a.Expires.Compare(b.Expires), number)
		case blacklist.ByCreated:
		}
		return -cmp.Or(a.Created.Compare(b.Created), number)
	})
	texts := []string{}
	for _, entry := range entries {
		texts = append(texts, entry.Rule.String())
	}
	return texts
}

// indexRun changes a list, many entries at a time, so that pages come and go.
type indexRun struct {
	t *testing.T
	fixture
	model model
}

func TestTheListIsReadAsAPlainList(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			check(t, name, func(rt *rapid.T) {
				h.clear(t)
				run := &indexRun{t: t, fixture: h, model: model{}}
				rt.Repeat(map[string]func(*rapid.T){
					"put":    run.put,
					"remove": run.remove,
					"hit":    run.hit,
					"expire": run.expire,
					"list":   run.list,
					"sweep":  run.sweep,
				})
				run.agrees(rt)
			})
		})
	}
}

// drawSome draws a number of rules, close together or far apart.
func drawSome(rt *rapid.T) []string {
	first, step := rapid.IntRange(0, 3000).Draw(rt, "first"), rapid.SampledFrom([]int{1, 3, 17}).Draw(rt, "step")
	form := rapid.SampledFrom([]string{"+49301%04d", "+49301%04d", "+4930%d*", "10%d", "+49301%04d:to:100"}).Draw(rt, "form")
	var texts []string
	for i := range rapid.SampledFrom([]int{1, 2, 40, 300}).Draw(rt, "rules") {
		texts = append(texts, fmt.Sprintf(form, first+step*i))
	}
	return texts
}

func (r *indexRun) put(rt *rapid.T) {
	pattern := blacklist.Entry{
		Kind:    rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(rt, "kind"),
		Reason:  rapid.SampledFrom([]string{"", "spam", "Energy\tsales\\", "MÜLLER & Söhne", strings.Repeat("long ", 300)}).Draw(rt, "reason"),
		Source:  rapid.SampledFrom([]string{"", "feed", "manual"}).Draw(rt, "source"),
		Author:  rapid.SampledFrom([]string{"", "Anna"}).Draw(rt, "author"),
		Created: day.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "hours")) * time.Hour),
	}
	if rapid.Bool().Draw(rt, "ends") {
		pattern.Expires = time.Now().Add(time.Duration(rapid.IntRange(1, 3).Draw(rt, "life")) * time.Hour).Truncate(time.Hour).Add(time.Hour).UTC()
	}
	spread := rapid.SampledFrom([]time.Duration{0, time.Second, -time.Second}).Draw(rt, "spread")
	var entries []blacklist.Entry
	for i, text := range drawSome(rt) {
		entry := pattern
		entry.Rule = rule(r.t, text)
		entry.Created = entry.Created.Add(time.Duration(i) * spread)
		entries = append(entries, entry)
	}
	changes, err := r.Put(r.t.Context(), entries)
	if err != nil {
		rt.Fatal(err)
	}
	for _, change := range changes {
		r.model[change.Entry.Rule.String()] = change.Entry
	}
}

func (r *indexRun) remove(rt *rapid.T) {
	var rules []blacklist.Rule
	for _, text := range drawSome(rt) {
		rules = append(rules, rule(r.t, text))
		delete(r.model, text)
	}
	if _, err := r.Remove(r.t.Context(), rules); err != nil {
		rt.Fatal(err)
	}
}

func (r *indexRun) hit(rt *rapid.T) {
	var records []calllog.Record
	at := day.Add(time.Duration(rapid.IntRange(1, 100).Draw(rt, "minutes")) * time.Minute)
	for _, text := range drawSome(rt) {
		record := call(1)
		record.Time, record.HitRule = at, text
		records = append(records, record)
		if entry, found := r.model[text]; found {
			entry.Hits++
			if at.After(entry.LastHit) {
				entry.LastHit = at
			}
			r.model[text] = entry
		}
	}
	if err := r.AppendCalls(r.t.Context(), calllog.Batch{Records: records}); err != nil {
		rt.Fatal(err)
	}
}

// expire lets entries come to their end.
func (r *indexRun) expire(rt *rapid.T) {
	for _, text := range drawSome(rt)[:1] {
		r.end(r.t, text)
		delete(r.model, text)
	}
}

func (r *indexRun) sweep(rt *rapid.T) {
	if _, err := r.Sweep(r.t.Context()); err != nil {
		rt.Fatal(err)
	}
}

// list reads the list page by page, as a query says.
func (r *indexRun) list(rt *rapid.T) {
	query := blacklist.Query{
		Sort:   rapid.SampledFrom(blacklist.Sorts()).Draw(rt, "sort"),
		Limit:  rapid.SampledFrom([]int{0, 1, 7, 50, 600}).Draw(rt, "limit"),
		Search: rapid.SampledFrom([]string{"", "", "ENERGY", "müll", "söhne", "301", "anna", "\t", "ü", "nobody", "s"}).Draw(rt, "search"),
		Start:  rapid.SampledFrom([]string{"", "", "+493012", "10", "101", "+493010003"}).Draw(rt, "start"),
		Kind:   rapid.SampledFrom([]blacklist.Kind{"", "", blacklist.Allow}).Draw(rt, "kind"),
		Source: rapid.SampledFrom([]string{"", "", "feed"}).Draw(rt, "source"),
	}
	if rapid.Bool().Draw(rt, "numbers") {
		query.Numbers = []string{"0123", "+493017"}
	}
	if query.Start != "" {
		query.Whole = rapid.Bool().Draw(rt, "whole")
	}
	want := r.model.choose(query)
	if count, err := r.CountEntries(r.t.Context(), query); err != nil || count != int64(len(want)) {
		rt.Fatalf("%d entries are counted of %d, %v", count, len(want), err)
	}
	got := []string{}
	for pages := 0; ; pages++ {
		page, err := r.Page(r.t.Context(), query)
		if err != nil {
			rt.Fatal(err)
		}
		for _, entry := range page.Entries {
			got = append(got, entry.Rule.String())
		}
		if query.After = page.Next; page.Next == "" {
			break
		}
		if pages == 20 {
			// Further on, it goes as it has gone.
			want = want[:min(len(got), len(want))]
			break
		}
	}
	equal(rt, "list", got, want)
}

// agrees looks whether the list says of each entry what it is, and of no other.
func (r *indexRun) agrees(rt *rapid.T) {
	for entry, err := range r.All(r.t.Context(), blacklist.Query{Sort: blacklist.ByNumber}) {
		if err != nil {
			rt.Fatal(err)
		}
		equal(rt, "entry", entry, r.model[entry.Rule.String()])
	}
	got := map[string]blacklist.Entry{}
	for listing, err := range r.Listings(r.t.Context()) {
		if err != nil {
			rt.Fatal(err)
		}
		got[listing.Rule.String()] = listing
	}
	want := map[string]blacklist.Entry{}
	for text, entry := range r.model {
		entry.Hits, entry.LastHit = 0, time.Time{}
		want[text] = entry
	}
	equal(rt, "listings", got, want)
	r.sweep(rt)
	r.sound(rt)
	equal(rt, "count", r.redis.ZCard(r.t.Context(), r.key("list")).Val(), int64(len(want)))
}

// A search that finds more than it may sort in memory finds all of it, in
// order.
func TestASearchLargerThanItsMemory(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var entries []blacklist.Entry
			for i := range 700 {
				entry := block(t, fmt.Sprintf("+4930%06d", i))
				entry.Created, entry.Source = day.Add(time.Duration(i*37%101)*time.Second), "feed"
				entries = append(entries, entry)
			}
			h.put(t, entries...)
			// Others come before them in every order, so many that the index is searched.
			var others []blacklist.Entry
			for i := range 1100 {
				others = append(others, block(t, fmt.Sprintf("+4920%06d", i)), block(t, fmt.Sprintf("+4940%06d", i)))
			}
			h.put(t, others...)
			for _, sort := range blacklist.Sorts() {
				query := blacklist.Query{Source: "feed", Sort: sort}
				want := h.rules(t, query)
				if len(want) != len(entries) {
					t.Fatalf("%d of %d by %s", len(want), len(entries), sort)
				}
				h.KeepAtMost(64)
				equal(t, "by "+string(sort), h.rules(t, query), want)
				h.KeepAtMost(50_000)
			}
		})
	}
}
