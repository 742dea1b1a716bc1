package store_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
)

// last returns the newest event.
func (h fixture) last(tb testing.TB) audit.Event {
	tb.Helper()
	events, err := h.Audit(tb.Context(), audit.Filter{}, 1)
	if err != nil || len(events) != 1 {
		tb.Fatalf("%d events, %v", len(events), err)
	}
	return events[0]
}

func (h fixture) undo(tb testing.TB, id string) audit.Undone {
	tb.Helper()
	undone, err := h.Undo(audit.As(tb.Context(), alice), id)
	if err != nil {
		tb.Fatal(err)
	}
	return undone
}

// An undo reverts what has not changed since, entries with their hits, and
// is an event that can be undone itself.
func TestUndo_OfEntries(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			first, second, third := block(t, "+4930111"), allow(t, "+4420*"), block(t, "+4930222:to:100")
			first.Hits, first.LastHit, first.Created = 7, day, day
			first.Expires = time.Now().Add(time.Hour).Truncate(time.Second).UTC()
			second.Created, third.Created = day, day
			h.put(t, first, second, third)
			h.remove(t, "+4930111", "+4420*", "+4930222:to:100")
			removal := h.last(t)
			// One is put on the list anew meanwhile.
			again := third
			again.Reason = "anew"
			h.put(t, again)

			undone := h.undo(t, removal.ID)
			equal(t, "left", undone.LeftEdits, []blacklist.Edit{{Rule: third.Rule, After: &third}})
			equal(t, "done", undone.Edits, []blacklist.Edit{{Rule: first.Rule, After: &first}, {Rule: second.Rule, After: &second}})
			equal(t, "list", h.list(t, blacklist.Query{Sort: blacklist.ByNumber}), []blacklist.Entry{second, first, again})
			h.sound(t)
			event := h.last(t)
			equal(t, "event", []any{event.Action, event.Undoes, event.By, event.Edits}, []any{audit.Undo, removal.ID, alice, undone.Edits})

			h.undo(t, event.ID)
			equal(t, "undone twice", h.rules(t, blacklist.Query{}), []string{"+4930222:to:100"})
			h.sound(t)
		})
	}
}

// A caller whom a rate rule has listed begins anew after the undo.
func TestUndo_OfAListing(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.ring(t, "+4930666200", "3 in 5m always for 1d", 3)
			h.undo(t, h.last(t).ID)
			equal(t, "keys", h.keys(t, "*+4930666200*"), []string(nil))
			equal(t, "list", h.rules(t, blacklist.Query{}), []string{})
		})
	}
}

func TestUndo_OfSettingsAndHours(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			set := func(pairs ...string) {
				t.Helper()
				if err := h.SetSettings(t.Context(), func(s *policy.Settings) error {
					for i := 0; i < len(pairs); i += 2 {
						if err := s.Set(pairs[i], pairs[i+1], ""); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			set("mode", "observe", "action", "busy")
			change := h.last(t)
			set("action", "reject")
			version := h.version(t)
			undone := h.undo(t, change.ID)
			equal(t, "done", undone.Settings, []audit.Setting{{Name: "mode", Before: "observe", After: "enforce"}})
			equal(t, "left", undone.LeftSettings, []audit.Setting{{Name: "action", Before: "busy", After: "decline"}})
			equal(t, "version", h.version(t), version+1)
			settings, err := h.Settings(t.Context())
			if err != nil || settings.Mode != policy.Enforce || settings.Action != blacklist.Reject {
				t.Errorf("settings %+v, %v", settings, err)
			}

			const address = "https://anna:secret@example.org/a.ics"
			if err := h.SetHours(t.Context(), func(hours map[string]schedule.Hours) (err error) {
				hours["100"], err = schedule.Parse("24/7; zone UTC; calendar "+address, nil)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			shown := h.undo(t, h.last(t).ID).Settings
			if len(shown) != 1 || shown[0].After != "" || shown[0].Before == "" || len(h.redis.HGetAll(t.Context(), h.key("hours")).Val()) != 0 {
				t.Errorf("undone %v", shown)
			}
			if text := h.redis.HGetAll(t.Context(), h.key("hours")).Val(); len(text) != 0 {
				t.Errorf("hours %v", text)
			}
			// The way back knows what is hidden from who asks.
			h.undo(t, h.last(t).ID)
			equal(t, "hours", h.redis.HGet(t.Context(), h.key("hours"), "100").Val(), "24/7; zone UTC; calendar "+address)
		})
	}
}

func TestUndo_Refuses(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			if err := h.Record(t.Context(), audit.Event{Action: audit.Import, Batch: "x"}); err != nil {
				t.Fatal(err)
			}
			for id, want := range map[string]error{h.last(t).ID: audit.ErrNotUndoable, "1-1": audit.ErrNoEvent, "nonsense": audit.ErrNoEvent} {
				if _, err := h.Undo(t.Context(), id); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", id, err, want)
				}
			}
		})
	}
}

// A change of many is undone as a whole.
func TestUndo_OfMany(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var entries []blacklist.Entry
			for i := range 900 {
				entries = append(entries, block(t, "+49301"+strconv.Itoa(10000+i)))
			}
			h.put(t, entries...)
			if undone := h.undo(t, h.last(t).ID); len(undone.Edits) != len(entries) {
				t.Errorf("%d are undone", len(undone.Edits))
			}
			equal(t, "list", h.rules(t, blacklist.Query{}), []string{})
		})
	}
}
