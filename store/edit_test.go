package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

func TestEdit(t *testing.T) {
	by := audit.By{Name: "PJSIP/100", Via: audit.Phone}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			ctx := audit.As(t.Context(), by)
			const number = "+4930123456"
			blocked, allowed := block(t, number), allow(t, number)
			blocked.Created, allowed.Created = day, day
			edit := func(before, after *blacklist.Entry, want bool) {
				t.Helper()
				done, err := h.Edit(ctx, blacklist.Edit{Rule: blocked.Rule, Before: before, After: after})
				if err != nil || done != want {
					t.Errorf("done %v, %v, want %v", done, err, want)
				}
			}
			edit(nil, &blocked, true)
			edit(nil, &blocked, true) // done already, and so by another
			edit(nil, &allowed, false)
			edit(&allowed, nil, false)
			equal(t, "list", h.list(t, blacklist.Query{}), []blacklist.Entry{blocked})
			edit(&blocked, nil, true)
			equal(t, "list", h.rules(t, blacklist.Query{}), []string{})
			edit(nil, &allowed, true)

			events, err := h.Audit(t.Context(), audit.Filter{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			want := []audit.Event{
				{By: by, Action: audit.Allow, Edits: []blacklist.Edit{{Rule: blocked.Rule, After: &allowed}}},
				{By: by, Action: audit.Remove, Edits: []blacklist.Edit{{Rule: blocked.Rule, Before: &blocked}}},
				{By: by, Action: audit.Block, Edits: []blacklist.Edit{{Rule: blocked.Rule, After: &blocked}}},
			}
			for i := range events {
				want[min(i, len(want)-1)].ID, want[min(i, len(want)-1)].Time = events[i].ID, events[i].Time
			}
			equal(t, "events", events, want)
		})
	}
}

func TestEdit_Invalid(t *testing.T) {
	h := newFixture(t, servers["redis"](t))
	other := block(t, "+4930123457")
	if done, err := h.Edit(t.Context(), blacklist.Edit{Rule: rule(t, "+4930123456"), After: &other}); done || err == nil {
		t.Errorf("an edit that writes another rule: done %v, %v", done, err)
	}
	equal(t, "list", h.rules(t, blacklist.Query{}), []string{})
}

// A caller who is taken off the list begins anew, as with Remove.
func TestEdit_ForgetsStrikes(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			const number, rate = "+4930666200", "2 in 1m always for 1h"
			now := time.Now().Truncate(time.Second)
			list := func(round int) *blacklist.Entry {
				t.Helper()
				for i := range 2 {
					count := counting(t, fmt.Sprintf("%d-%d", round, i), number, 0, rate)
					count.At = now
					if facts := h.count(t, count); facts.Listed != nil {
						return facts.Listed
					}
				}
				t.Fatal("not listed")
				return nil
			}
			for round := range 3 {
				entry := list(round)
				if (round == 2) != entry.Expires.IsZero() {
					t.Fatalf("listing %d until %s", round+1, entry.Expires)
				}
				if round == 2 {
					if done, err := h.Edit(t.Context(), blacklist.Edit{Rule: entry.Rule, Before: entry}); err != nil || !done {
						t.Fatalf("done %v, %v", done, err)
					}
				} else {
					h.end(t, number)
				}
			}
			if entry := list(3); entry.Expires.IsZero() {
				t.Error("listed permanently after the edit")
			}
		})
	}
}
