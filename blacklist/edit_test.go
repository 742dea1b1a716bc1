package blacklist_test

import (
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

func TestSame(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	base := blacklist.Entry{Rule: rule(t, "+4930123456"), Kind: blacklist.Block, Reason: "spam", Expires: end}
	for _, test := range []struct {
		name   string
		change func(*blacklist.Entry)
		want   bool
	}{
		{"nothing", func(*blacklist.Entry) {}, true},
		{"hits", func(e *blacklist.Entry) { e.Hits, e.LastHit, e.Created = 3, end, end }, true},
		{"a part of a second", func(e *blacklist.Entry) { e.Expires = end.Add(999 * time.Millisecond) }, true},
		{"a second", func(e *blacklist.Entry) { e.Expires = end.Add(-time.Second) }, false},
		{"no end", func(e *blacklist.Entry) { e.Expires = time.Time{} }, false},
		{"rule", func(e *blacklist.Entry) { e.Rule = rule(t, "+4930123457") }, false},
		{"kind", func(e *blacklist.Entry) { e.Kind = blacklist.Allow }, false},
		{"action", func(e *blacklist.Entry) { e.Action = blacklist.Busy }, false},
		{"reason", func(e *blacklist.Entry) { e.Reason = "" }, false},
		{"source", func(e *blacklist.Entry) { e.Source = "manual" }, false},
		{"author", func(e *blacklist.Entry) { e.Author = "alice" }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := base
			test.change(&other)
			if got := blacklist.Same(&base, &other); got != test.want {
				t.Errorf("got %v", got)
			}
			if got := blacklist.Same(&other, &base); got != test.want {
				t.Errorf("the other way round: got %v", got)
			}
		})
	}
	if !blacklist.Same(nil, nil) || blacklist.Same(&base, nil) || blacklist.Same(nil, &base) {
		t.Error("nothing is the same as nothing, and as nothing else")
	}
}

func TestReverse(t *testing.T) {
	t.Parallel()
	entry := blacklist.Entry{Rule: rule(t, "+4930123456"), Kind: blacklist.Block}
	edit := blacklist.Edit{Rule: entry.Rule, After: &entry}
	if back := edit.Reverse(); back.Before != &entry || back.After != nil || back.Rule != entry.Rule {
		t.Errorf("got %+v", back)
	}
}
