package audit_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

func TestTheContextKnowsWhoDoesTheWork(t *testing.T) {
	t.Parallel()
	alice := audit.By{Name: "alice", Via: audit.CommandLine}
	if got := audit.From(context.Background()); got != (audit.By{}) {
		t.Errorf("by %v, want nobody", got)
	}
	if got := audit.From(audit.As(context.Background(), alice)); got != alice {
		t.Errorf("by %v, want %v", got, alice)
	}
}

func rule(tb testing.TB, text string) blacklist.Rule {
	tb.Helper()
	parsed, err := blacklist.ParseRule(text)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

func TestFilter(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	event := audit.Event{
		Time: at, By: audit.By{Name: "alice", Via: audit.CommandLine}, Action: audit.Block,
		Edits: []blacklist.Edit{{Rule: rule(t, "+4930123456:to:+4930888")}, {Rule: rule(t, "+4420*")}}, Batch: "b1",
	}
	for name, c := range map[string]struct {
		filter audit.Filter
		want   bool
	}{
		"nothing asked":         {audit.Filter{}, true},
		"since is inclusive":    {audit.Filter{Since: at}, true},
		"since later":           {audit.Filter{Since: at.Add(1)}, false},
		"until is exclusive":    {audit.Filter{Until: at}, false},
		"until later":           {audit.Filter{Until: at.Add(1)}, true},
		"by":                    {audit.Filter{By: "alice"}, true},
		"by another":            {audit.Filter{By: "ali"}, false},
		"via":                   {audit.Filter{Via: audit.CommandLine}, true},
		"via another":           {audit.Filter{Via: audit.API}, false},
		"action":                {audit.Filter{Action: audit.Block}, true},
		"another action":        {audit.Filter{Action: audit.Allow}, false},
		"number for any called": {audit.Filter{Pattern: rule(t, "+4930123456").Pattern}, true},
		"prefix":                {audit.Filter{Pattern: rule(t, "+4420*").Pattern}, true},
		"number under a prefix": {audit.Filter{Pattern: rule(t, "+442071234567").Pattern}, false},
		"batch":                 {audit.Filter{Batch: "b1"}, true},
		"another batch":         {audit.Filter{Batch: "b2"}, false},
		"all but one":           {audit.Filter{By: "alice", Batch: "b1", Until: at}, false},
	} {
		if got := c.filter.Matches(event); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	chosen := audit.Filter{Pattern: rule(t, "+4420*").Pattern}
	if chosen.MatchesEdit(event.Edits[0]) || !chosen.MatchesEdit(event.Edits[1]) {
		t.Error("the filter chooses the other edit")
	}
}

// The names of the fields are a promise to those who read the JSON.
func TestEventsAsJSON(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(audit.Event{
		ID: "1-0", Time: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), By: audit.By{Name: "alice", Via: audit.CommandLine},
		Action: audit.Settings, Settings: []audit.Setting{{Name: "mode", Before: "enforce", After: "observe"}},
	})
	want := `{"id":"1-0","time":"2026-11-24T09:00:00Z","by":{"name":"alice","via":"cli"},"action":"settings",` +
		`"settings":[{"name":"mode","before":"enforce","after":"observe"}]}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v, want %s", text, err, want)
	}
}
