package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

func TestUnusedEntries(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			now := time.Now().UTC().Truncate(time.Second)
			since := now.AddDate(-1, 0, 0)
			usage, err := h.Usage(t.Context(), since)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "of an empty list", usage, blacklist.Usage{})

			old, recent := since.Add(-time.Second), since.Add(time.Second)
			listed := []struct {
				rule          string
				created, last time.Time
			}{
				{"+4930001", old, time.Time{}},
				{"+4930002", old.Add(-time.Hour), old},
				{"+4930003", old, recent},
				{"+4930004", recent, time.Time{}},
				{"+4420*", old.Add(-time.Minute), time.Time{}},
			}
			for i := range 1200 {
				listed = append(listed, struct {
					rule          string
					created, last time.Time
				}{"+4977" + strconv.Itoa(1000+i), old, recent.Add(time.Duration(i%7) * time.Second)})
			}
			var edits []blacklist.Edit
			for _, l := range listed {
				entry := block(t, l.rule)
				entry.Created, entry.LastHit = l.created, l.last
				if !l.last.IsZero() {
					entry.Hits = 1
				}
				edits = append(edits, blacklist.Edit{Rule: entry.Rule, After: &entry})
			}
			if _, err := h.Swap(t.Context(), edits, nil); err != nil {
				t.Fatal(err)
			}
			if usage, err = h.Usage(t.Context(), since); err != nil {
				t.Fatal(err)
			}
			equal(t, "usage", usage, blacklist.Usage{Entries: int64(len(listed)), Unused: 3})
			for limit, want := range map[int][]string{0: {"+4930002", "+4420*", "+4930001"}, 2: {"+4930002", "+4420*"}} {
				entries, err := h.Unused(t.Context(), since, limit)
				if err != nil {
					t.Fatal(err)
				}
				var rules []string
				for _, entry := range entries {
					rules = append(rules, entry.Rule.String())
				}
				equal(t, "unused", rules, want)
			}
		})
	}
}
