package store_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/store"
)

var alice = audit.By{Name: "alice", Via: audit.CommandLine}

// auditLog returns the events that the filter chooses, without what the store
// gives them.
func (h fixture) auditLog(tb testing.TB, filter audit.Filter, limit int) []audit.Event {
	tb.Helper()
	events, err := h.Audit(tb.Context(), filter, limit)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range events {
		events[i].ID, events[i].Time = "", time.Time{}
	}
	return events
}

func TestAnEventIsKeptFieldForField(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			before := blacklist.Entry{
				Rule: rule(t, "+4930123456:to:+4930888"), Kind: blacklist.Block, Action: blacklist.Busy,
				Reason: "a\"b\r\n\x00<&> \u202e\x1b[31m", Source: "survey", Author: "bob",
				Created: day, Expires: day.Add(time.Hour), Hits: 3, LastHit: day.Add(time.Minute),
			}
			events := []audit.Event{
				{
					By: alice, Action: audit.Remove, Edits: []blacklist.Edit{
						{Rule: before.Rule, Before: &before},
						{Rule: rule(t, "+4420*"), After: &blacklist.Entry{Rule: rule(t, "+4420*"), Kind: blacklist.Allow}},
					},
				},
				{By: alice, Action: audit.Import, Batch: "b1", Counts: map[string]int64{"added": 3}, Note: "list.csv\n"},
				{By: alice, Action: "of a later version"},
			}
			began := time.Now().Truncate(time.Millisecond)
			if err := h.Record(audit.As(t.Context(), alice), events...); err != nil {
				t.Fatal(err)
			}
			got, err := h.Audit(t.Context(), audit.Filter{}, 0)
			if err != nil || len(got) != len(events) {
				t.Fatalf("%v, %v", got, err)
			}
			for i, event := range got {
				if event.ID == "" || event.Time.Before(began) || event.Time.After(time.Now()) {
					t.Errorf("event %q of %v", event.ID, event.Time)
				}
				event.ID, event.Time = "", time.Time{}
				equal(t, "event", event, events[len(events)-1-i])
			}
		})
	}
}

func TestTheAuditLogTellsWhatReallyChanged(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			ctx := audit.As(t.Context(), alice)
			spam, agent := block(t, "+4930123456"), allow(t, "+442071838750")
			spam.Reason, spam.Created, agent.Created = "spam", day, day
			fraud := spam
			fraud.Reason = "fraud"
			for _, entries := range [][]blacklist.Entry{{spam, agent}, {spam}, {agent, fraud}, {fraud, spam}} {
				if _, err := h.Put(ctx, entries); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := h.Remove(ctx, []blacklist.Rule{rule(t, "+331"), spam.Rule, spam.Rule}); err != nil {
				t.Fatal(err)
			}
			set := func(s *policy.Settings) error { s.Mode = policy.Observe; return nil }
			for range 2 {
				if err := h.SetSettings(ctx, set); err != nil {
					t.Fatal(err)
				}
			}
			edit := func(before, after *blacklist.Entry) []blacklist.Edit {
				return []blacklist.Edit{{Rule: spam.Rule, Before: before, After: after}}
			}
			equal(t, "audit log", h.auditLog(t, audit.Filter{}, 0), []audit.Event{
				{By: alice, Action: audit.Settings, Of: "settings", Settings: []audit.Setting{{Name: "mode", Before: "enforce", After: "observe"}}},
				{By: alice, Action: audit.Remove, Edits: edit(&spam, nil)},
				{By: alice, Action: audit.Block, Edits: edit(&fraud, &spam)},
				{By: alice, Action: audit.Block, Edits: edit(&spam, &fraud)},
				{By: alice, Action: audit.Allow, Edits: []blacklist.Edit{{Rule: agent.Rule, After: &agent}}},
				{By: alice, Action: audit.Block, Edits: edit(nil, &spam)},
			})
			if _, err := h.Put(t.Context(), []blacklist.Entry{spam}); err != nil {
				t.Fatal(err)
			}
			equal(t, "by nobody known", h.auditLog(t, audit.Filter{}, 1), []audit.Event{{Action: audit.Block, Edits: edit(nil, &spam)}})
		})
	}
}

func TestALargeChangeIsToldBySeveralEvents(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			entries := make([]blacklist.Entry, 2001)
			for i := range entries {
				entries[i] = block(t, "+4930"+strconv.Itoa(10000+i))
			}
			h.put(t, entries...)
			var sizes []int
			var said []string
			for _, event := range h.auditLog(t, audit.Filter{}, 0) {
				sizes = append(sizes, len(event.Edits))
			}
			for _, event := range h.auditLog(t, audit.Filter{Pattern: entries[1500].Rule.Pattern}, 0) {
				said = append(said, event.Edits[500].Rule.String())
			}
			equal(t, "sizes", sizes, []int{1, 1000, 1000})
			equal(t, "the event with the number", said, []string{"+493011500"})
		})
	}
}

func TestTheAuditLogIsSearched(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			const events = 700
			for n := range events {
				by := audit.By{Name: "user" + strconv.Itoa(n%7), Via: audit.Vias()[n%len(audit.Vias())]}
				if err := h.Record(audit.As(t.Context(), by), audit.Event{Action: audit.Import, Note: strconv.Itoa(n)}); err != nil {
					t.Fatal(err)
				}
			}
			all, err := h.Audit(t.Context(), audit.Filter{}, 0)
			if err != nil || len(all) != events || all[0].Note != "699" {
				t.Fatalf("%d events, %v", len(all), err)
			}
			middle := all[events/2].Time
			for name, c := range map[string]struct {
				filter audit.Filter
				limit  int
			}{
				"limit":               {audit.Filter{}, 3},
				"limit of all":        {audit.Filter{}, events},
				"by":                  {audit.Filter{By: "user3"}, 0},
				"by, limit":           {audit.Filter{By: "user3"}, 40},
				"via":                 {audit.Filter{Via: audit.Feed}, 0},
				"since":               {audit.Filter{Since: middle}, 0},
				"since, between":      {audit.Filter{Since: middle.Add(1)}, 0},
				"until":               {audit.Filter{Until: middle}, 0},
				"until, between":      {audit.Filter{Until: middle.Add(1)}, 0},
				"a span":              {audit.Filter{Since: all[500].Time, Until: all[100].Time}, 0},
				"until the beginning": {audit.Filter{Until: time.UnixMilli(0)}, 0},
				"before it":           {audit.Filter{Until: time.UnixMilli(-1)}, 0},
				"since the beginning": {audit.Filter{Since: time.UnixMilli(-1)}, 0},
				"nothing":             {audit.Filter{By: "carol"}, 1},
				"after a page":        {audit.Filter{Before: all[200].ID}, 3},
				"after, by":           {audit.Filter{Before: all[200].ID, By: "user3"}, 0},
				"after, until":        {audit.Filter{Before: all[200].ID, Until: all[300].Time}, 0},
				"after, until later":  {audit.Filter{Before: all[200].ID, Until: all[100].Time}, 5},
				"after the last":      {audit.Filter{Before: all[events-1].ID}, 0},
			} {
				var want []audit.Event
				chosen, follows := int64(0), c.filter.Before == ""
				for _, event := range all {
					if follows && c.filter.Matches(event) {
						if chosen++; c.limit == 0 || len(want) < c.limit {
							want = append(want, event)
						}
					}
					follows = follows || event.ID == c.filter.Before
				}
				if count, err := h.CountEvents(t.Context(), c.filter); err != nil || count != chosen {
					t.Errorf("%s: %d events are counted of %d, %v", name, count, chosen, err)
				}
				got, err := h.Audit(t.Context(), c.filter, c.limit)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				equal(t, name, got, want)
			}
		})
	}
}

func TestTheAuditLogIsCapped(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			small := h.open(t, store.Options{MaxEvents: 100})
			for n := range 500 {
				if err := small.Record(t.Context(), audit.Event{Action: audit.Import, Note: strconv.Itoa(n)}); err != nil {
					t.Fatal(err)
				}
			}
			// Redis drops whole pages of a hundred.
			events := h.auditLog(t, audit.Filter{}, 0)
			if len(events) < 100 || len(events) > 200 || events[0].Note != "499" {
				t.Errorf("%d events are left, the newest %v", len(events), events[0])
			}
		})
	}
}

// What another program has damaged doesn't hide the rest.
func TestDamagedEventsAreShownAsFarAsTheyCanBeRead(t *testing.T) {
	h := newFixture(t, servers["redis"](t))
	for _, values := range [][]string{
		{"action", "block", "by", "alice", "changes", "+nonsense"},
		{"action", "settings", "settings", "[{", "note", "kept"},
		{"something", "else"},
	} {
		if err := h.redis.XAdd(t.Context(), &redis.XAddArgs{Stream: h.key("audit"), Values: values}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "audit log", h.auditLog(t, audit.Filter{Action: audit.Settings}, 0), []audit.Event{{Action: audit.Settings, Note: "kept"}})
	if got := h.auditLog(t, audit.Filter{By: "alice"}, 0); len(got) != 1 || got[0].Action != audit.Block {
		t.Errorf("%v", got)
	}
}

// replay carries out what the audit log says, and checks that each change begins
// where the one before it ended.
type replay struct {
	list     map[string]blacklist.Entry
	settings map[string]string
}

func newReplay() replay {
	r := replay{list: map[string]blacklist.Entry{}, settings: map[string]string{}}
	defaults := policy.DefaultSettings()
	for _, setting := range defaults.List() {
		r.settings[setting.Name] = setting.Value
	}
	return r
}

func (r replay) take(rt reporter, event audit.Event) {
	for _, edit := range event.Edits {
		text := edit.Rule.String()
		var there *blacklist.Entry
		if entry, found := r.list[text]; found {
			there = &entry
		}
		if !blacklist.Same(edit.Before, there) {
			rt.Errorf("%s of %s begins with %v, not with %v", event.Action, text, edit.Before, there)
		}
		delete(r.list, text)
		if edit.After != nil {
			r.list[text] = *edit.After
		}
	}
	for _, setting := range event.Settings {
		if setting.Before != r.settings[setting.Name] || setting.Before == setting.After {
			rt.Errorf("setting %s goes from %q to %q, it was %q", setting.Name, setting.Before, setting.After, r.settings[setting.Name])
		}
		r.settings[setting.Name] = setting.After
	}
}

func TestTheAuditLogReplayedGivesTheList(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			check(t, name, func(rt *rapid.T) {
				h.clear(t)
				run := &modelRun{t: t, fixture: h, model: model{}, policy: policy.Policy{Version: "-1"}}
				rt.Repeat(map[string]func(*rapid.T){
					"put": run.put, "remove": run.remove,
					"set": func(rt *rapid.T) {
						setting := rapid.SampledFrom([][2]string{
							{"mode", "observe"}, {"mode", "enforce"}, {"action", "busy"}, {"action", "decline"}, {"own", "+4930888"}, {"own", ""},
						}).Draw(rt, "setting")
						if err := h.SetSettings(t.Context(), func(s *policy.Settings) error {
							return s.Set(setting[0], setting[1], "")
						}); err != nil {
							rt.Fatal(err)
						}
					},
				})
				agreesWithAuditLog(t, rt, h)
			})
		})
	}
}

func agreesWithAuditLog(t *testing.T, rt *rapid.T, h fixture) {
	t.Helper()
	events, err := h.Audit(t.Context(), audit.Filter{}, 0)
	if err != nil {
		rt.Fatal(err)
	}
	said := newReplay()
	for i := range events {
		said.take(rt, events[len(events)-1-i])
	}
	entries, err := h.Entries(t.Context(), blacklist.Query{})
	if err != nil {
		rt.Fatal(err)
	}
	list := map[string]blacklist.Entry{}
	for _, entry := range entries {
		list[entry.Rule.String()] = entry
	}
	equal(rt, "the list according to the audit log", said.list, list)
	settings, err := h.Settings(t.Context())
	if err != nil {
		rt.Fatal(err)
	}
	for _, setting := range settings.List() {
		if setting.Value != said.settings[setting.Name] {
			rt.Errorf("the audit log says that %s is %q, it is %q", setting.Name, said.settings[setting.Name], setting.Value)
		}
	}
}

// Stores that change one rule at the same time leave a chain: each change
// begins with what exactly one other made.
func TestChangesOfOneRuleAtTheSameTimeFormAChain(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			stores := []*store.Store{h.open(t, store.Options{}), h.open(t, store.Options{})}
			for i := range 100 {
				var both sync.WaitGroup
				for n, s := range stores {
					both.Go(func() { changeOnce(t, s, n, i) })
				}
				both.Wait()
			}
			events := h.auditLog(t, audit.Filter{}, 0)
			// Who comes first records first, or not: the audit log's order of two
			// changes at the same time is not known. But each follows another one.
			balance := map[string]int{}
			for _, event := range events {
				balance[state(event.Edits[0].Before)]--
				balance[state(event.Edits[0].After)]++
			}
			for _, entry := range h.list(t, blacklist.Query{}) {
				balance[state(&entry)]--
				balance[state(nil)]++
			}
			for text, n := range balance {
				if n != 0 {
					t.Errorf("%q was begun with %d times less than it was made", text, n)
				}
			}
		})
	}
}

func state(entry *blacklist.Entry) string {
	if entry == nil {
		return "nothing"
	}
	return entry.Reason
}

// changeOnce removes the entry, or writes it: often what the other writes, too.
func changeOnce(tb testing.TB, s *store.Store, n, i int) {
	tb.Helper()
	entry := block(tb, "+4930123456")
	entry.Reason = fmt.Sprintf("%d by %d", i, n)
	if i%3 == 0 {
		entry.Reason = strconv.Itoa(i)
	}
	var err error
	if i%4 == 1 {
		_, err = s.Remove(tb.Context(), []blacklist.Rule{entry.Rule})
	} else {
		_, err = s.Put(tb.Context(), []blacklist.Entry{entry})
	}
	if err != nil {
		tb.Error(err)
	}
}

// What cannot be recorded is not done.
func TestAChangeThatCannotBeRecordedIsNotMade(t *testing.T) {
	h := newFixture(t, servers["redis"](t))
	if err := h.redis.Set(t.Context(), h.key("audit"), "no stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	entry := block(t, "+4930123456")
	if changes, err := h.Put(t.Context(), []blacklist.Entry{entry}); err == nil || len(changes) != 0 {
		t.Errorf("put %v, %v", changes, err)
	}
	if done, err := h.Edit(t.Context(), blacklist.Edit{Rule: entry.Rule, After: &entry}); err == nil || done {
		t.Errorf("edited %v, %v", done, err)
	}
	equal(t, "keys", h.keys(t, "*"), []string{h.key("audit")})
}

// A command that is interrupted after the change still says what it did.
func TestAChangeIsRecordedAlthoughTheContextHasEnded(t *testing.T) {
	h := newFixture(t, servers["redis"](t))
	ctx, cancel := context.WithCancel(audit.As(t.Context(), alice))
	cancel()
	if err := h.Record(ctx, audit.Event{Action: audit.Block}); err != nil {
		t.Fatal(err)
	}
	equal(t, "audit log", h.auditLog(t, audit.Filter{}, 0), []audit.Event{{By: alice, Action: audit.Block}})
}
