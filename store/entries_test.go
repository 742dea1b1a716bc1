package store_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
)

func TestAnEntryIsKeptFieldForField(t *testing.T) {
	for _, text := range []string{"+4930123456", "+4930123456:to:+49308888", "100", "+4420*", "+4420*:to:100"} {
		t.Run(text, func(t *testing.T) {
			for name, start := range servers {
				t.Run(name, func(t *testing.T) {
					h := newFixture(t, start(t))
					entry := blacklist.Entry{
						Rule: rule(t, text), Kind: blacklist.Block, Action: blacklist.Busy,
						Reason: "sells \"windows\",\r\nagain \x00\xff ☎", Source: "manual", Author: "anna",
						Created: day, Expires: time.Now().Add(time.Hour).Round(time.Second).UTC(),
						Hits: 7, LastHit: day.Add(time.Hour),
					}
					changes, err := h.Put(t.Context(), []blacklist.Entry{entry})
					if err != nil {
						t.Fatal(err)
					}
					equal(t, "change", changes, []blacklist.Change{{Entry: entry, Effect: blacklist.Added}})
					equal(t, "list", h.list(t, blacklist.Query{}), []blacklist.Entry{entry})
					equal(t, "removed", h.remove(t, text), []blacklist.Entry{entry})
					equal(t, "list", h.rules(t, blacklist.Query{}), []string{})
				})
			}
		})
	}
}

func TestKeysAreThoseOfTheTable(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			listed := []blacklist.Entry{block(t, "+4930123456"), allow(t, "+4930123456:to:+49308888"), block(t, "+4420*"), block(t, "+4930123456:to:+4930*")}
			for i := range listed {
				listed[i].Created = day
			}
			h.put(t, listed...)
			if err := h.AppendCalls(t.Context(), calllog.Batch{Records: []calllog.Record{{Channel: "1"}}}); err != nil {
				t.Fatal(err)
			}
			got := h.keys(t, "*")
			want := []string{"audit", "calls", "schema", "list", "created", "allowed", "prefixes", "ranged", "version"}
			for i := range want {
				want[i] = h.key(want[i])
			}
			beside := h.key("calls:")
			id := h.redis.XRange(t.Context(), h.key("calls"), "-", "+").Val()[0].ID
			want = append(want, beside+"page", beside+"pages", beside+"page:"+id)
			slices.Sort(want)
			equal(t, "keys", got, want)

			created := strconv.FormatInt(day.Unix(), 10)
			equal(t, "list", h.redis.ZRange(t.Context(), h.key("list"), 0, -1).Val(), []string{
				"+4420*\tblock\t" + created + "\t\t\t\t\t", "+4930123456\tblock\t" + created + "\t\t\t\t\t",
				"+4930123456:to:+4930*\tblock\t" + created + "\t\t\t\t\t", "+4930123456:to:+49308888\tallow\t" + created + "\t\t\t\t\t",
			})
		})
	}
}

func TestPutTellsItsEffect(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for _, text := range []string{"+4930123456", "+4420*"} {
				entry := block(t, text)
				entry.Reason, entry.Created, entry.Hits, entry.LastHit = "spam", day, 3, day
				equal(t, "new", h.put(t, entry), []blacklist.Effect{blacklist.Added})

				again := entry
				again.Created, again.Hits, again.LastHit = time.Time{}, 0, time.Time{}
				equal(t, "again", h.put(t, again, again), []blacklist.Effect{blacklist.Unchanged, blacklist.Unchanged})

				again.Reason, again.Source = "fraud", ""
				changes, err := h.Put(t.Context(), []blacklist.Entry{again})
				if err != nil {
					t.Fatal(err)
				}
				changed := entry
				changed.Reason = "fraud"
				equal(t, "hits survive a change of reason", changes, []blacklist.Change{{Entry: changed, Effect: blacklist.Changed, Before: &entry}})
				equal(t, "list", h.list(t, blacklist.Query{Search: text}), []blacklist.Entry{changed})

				freed := allow(t, text)
				freed.Created = day.Add(time.Hour)
				equal(t, "other kind", h.put(t, freed), []blacklist.Effect{blacklist.Changed})
				equal(t, "the other kind begins anew", h.list(t, blacklist.Query{Search: text}), []blacklist.Entry{freed})
			}
		})
	}
}

func TestPutKeepsFields(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			first := block(t, "+4930123456")
			first.Reason, first.Action, first.Source, first.Created = "sells\twindows", blacklist.Busy, "ftc", day
			first.Expires = time.Now().Add(time.Hour).Round(time.Second).UTC()
			h.put(t, first)
			for _, step := range []struct {
				name  string
				given func(*blacklist.Entry)
				keep  []blacklist.Field
				want  func(*blacklist.Entry)
			}{
				{"all", func(*blacklist.Entry) {}, []blacklist.Field{blacklist.FieldReason, blacklist.FieldAction, blacklist.FieldExpires}, func(*blacklist.Entry) {}},
				{
					"all but the reason", func(e *blacklist.Entry) { e.Reason = "fraud" },
					[]blacklist.Field{blacklist.FieldAction, blacklist.FieldExpires},
					func(e *blacklist.Entry) { e.Reason = "fraud" },
				},
				{"the action", func(*blacklist.Entry) {}, []blacklist.Field{blacklist.FieldAction}, func(e *blacklist.Entry) { e.Reason, e.Expires = "", time.Time{} }},
				{"nothing", func(*blacklist.Entry) {}, nil, func(e *blacklist.Entry) { e.Reason, e.Action, e.Expires = "", "", time.Time{} }},
			} {
				again, want := block(t, "+4930123456"), h.list(t, blacklist.Query{})[0]
				again.Source = "ftc"
				step.given(&again)
				step.want(&want)
				changes, err := h.Put(t.Context(), []blacklist.Entry{again}, step.keep...)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, step.name, changes[0].Entry, want)
				equal(t, step.name, h.list(t, blacklist.Query{}), []blacklist.Entry{want})
			}
			h.put(t, first)
			freed := allow(t, "+4930123456")
			freed.Created = day
			if _, err := h.Put(t.Context(), []blacklist.Entry{freed}, blacklist.FieldReason, blacklist.FieldAction, blacklist.FieldExpires); err != nil {
				t.Fatal(err)
			}
			equal(t, "the other kind keeps nothing", h.list(t, blacklist.Query{}), []blacklist.Entry{freed})
		})
	}
}

func TestPutSetsAndTakesExpiry(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			// One that is rounded anew at each step may be another.
			now := time.Now().Round(time.Second).UTC()
			for _, text := range []string{"+4930123456", "+4420*"} {
				for _, step := range []struct {
					name string
					live time.Duration
					want blacklist.Effect
				}{
					{"with", time.Hour, blacklist.Added},
					{"the same", time.Hour, blacklist.Unchanged},
					{"longer", 2 * time.Hour, blacklist.Changed},
					{"without", 0, blacklist.Changed},
					{"without again", 0, blacklist.Unchanged},
					{"with again", time.Hour, blacklist.Changed},
				} {
					entry := block(t, text)
					if step.live > 0 {
						entry.Expires = now.Add(step.live)
					}
					equal(t, step.name, h.put(t, entry), []blacklist.Effect{step.want})
					got := h.list(t, blacklist.Query{Search: text})[0].Expires
					if !got.Equal(entry.Expires) {
						t.Errorf("%s: expires %v, want %v", step.name, got, entry.Expires)
					}
				}
			}
		})
	}
}

func TestPutRefuses(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			past := block(t, "+4930123456")
			past.Expires = time.Now().Add(-time.Second)
			for name, test := range map[string]struct {
				entry blacklist.Entry
				want  string
			}{
				"nobody":  {blacklist.Entry{Kind: blacklist.Block}, "without a number"},
				"no kind": {blacklist.Entry{Rule: rule(t, "+4930123456")}, "invalid kind"},
				"expired": {past, "expired already"},
			} {
				_, err := h.Put(t.Context(), []blacklist.Entry{block(t, "100"), test.entry})
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: error %v, want %q", name, err, test.want)
				}
			}
			equal(t, "nothing is written", h.rules(t, blacklist.Query{}), []string{})
		})
	}
}

func TestExpiryTakesAnEntryOffTheList(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			brief := block(t, "+4930123456")
			brief.Expires = time.Now().Add(300 * time.Millisecond)
			prefix := block(t, "+4420*")
			prefix.Expires = brief.Expires
			freed := allow(t, "+44201234567")
			freed.Expires = brief.Expires
			h.put(t, brief, prefix, freed, block(t, "100"))
			equal(t, "before", len(h.facts(t, "+4930123456", "")), 1)

			eventually(t, "expiry", func() bool {
				facts, err := h.Facts(t.Context(), number(t, "+4930123456"), phone.Number{})
				return err == nil && len(facts.Entries) == 0
			})
			eventually(t, "expiry of the prefix", func() bool {
				policy, err := h.Policy(t.Context())
				return err == nil && policy.Rules.Len() == 0
			})
			eventually(t, "list", func() bool { return slices.Equal(h.rules(t, blacklist.Query{}), []string{"100"}) })
			equal(t, "lines", h.lines(t), []string{"100"})
		})
	}
}

func TestListAgreesWithEntriesUnderARace(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			texts := []string{"+4930123456", "+4930123457", "+4420*"}
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					for range 30 {
						for _, text := range texts {
							if _, err := h.Put(t.Context(), []blacklist.Entry{allow(t, text)}); err != nil {
								t.Error(err)
							}
						}
					}
				})
				group.Go(func() {
					for range 30 {
						for _, text := range texts {
							if _, err := h.Remove(t.Context(), []blacklist.Rule{rule(t, text)}); err != nil {
								t.Error(err)
							}
						}
					}
				})
			}
			group.Wait()
			h.sound(t)
			h.remove(t, texts...)
			equal(t, "list", h.rules(t, blacklist.Query{}), []string{})
		})
	}
}

func TestQuery(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			entry := func(text string, kind blacklist.Kind, minute int, change func(*blacklist.Entry)) blacklist.Entry {
				entry := blacklist.Entry{Rule: rule(t, text), Kind: kind, Created: day.Add(time.Duration(minute) * time.Minute)}
				change(&entry)
				return entry
			}
			soon := time.Now().Add(time.Hour)
			h.put(t,
				entry("+4930111", blacklist.Block, 1, func(e *blacklist.Entry) { e.Reason, e.Hits, e.LastHit = "Energy sales", 5, day }),
				entry("+4420*", blacklist.Block, 2, func(e *blacklist.Entry) { e.Source, e.Expires = "feed", soon.Add(time.Hour) }),
				entry("100", blacklist.Allow, 3, func(e *blacklist.Entry) {
					e.Author, e.Hits, e.LastHit, e.Expires = "anna", 9, day.Add(-time.Hour), soon
				}),
				entry("+4930111:to:100", blacklist.Allow, 3, func(e *blacklist.Entry) { e.Source = "feed" }),
			)
			for name, test := range map[string]struct {
				query blacklist.Query
				want  []string
			}{
				"all":            {blacklist.Query{}, []string{"100", "+4930111:to:100", "+4420*", "+4930111"}},
				"first":          {blacklist.Query{Limit: 1}, []string{"100"}},
				"number":         {blacklist.Query{Sort: blacklist.ByNumber}, []string{"+4420*", "+4930111", "+4930111:to:100", "100"}},
				"hits":           {blacklist.Query{Sort: blacklist.ByHits, Limit: 2}, []string{"100", "+4930111"}},
				"last hit":       {blacklist.Query{Sort: blacklist.ByLastHit, Limit: 2}, []string{"+4930111", "100"}},
				"expiry":         {blacklist.Query{Sort: blacklist.ByExpiry, Limit: 3}, []string{"100", "+4420*", "+4930111"}},
				"kind":           {blacklist.Query{Kind: blacklist.Block}, []string{"+4420*", "+4930111"}},
				"source":         {blacklist.Query{Source: "feed"}, []string{"+4930111:to:100", "+4420*"}},
				"text in reason": {blacklist.Query{Search: "ENERGY"}, []string{"+4930111"}},
				"fragment":       {blacklist.Query{Search: "30111"}, []string{"+4930111:to:100", "+4930111"}},
				"author":         {blacklist.Query{Search: "anna"}, []string{"100"}},
				"nothing":        {blacklist.Query{Search: "nobody"}, []string{}},
			} {
				equal(t, name, h.rules(t, test.query), test.want)
			}
		})
	}
}

func TestListHoldsMoreThanAPage(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var entries []blacklist.Entry
			var want []string
			for i := range 1234 {
				entry := block(t, "+49301"+strconv.Itoa(10000+i))
				entry.Created = day.Add(time.Duration(i/100) * time.Second)
				entries = append(entries, entry)
				want = append(want, entry.Rule.String())
			}
			slices.Reverse(want)
			h.put(t, entries...)
			equal(t, "all", h.rules(t, blacklist.Query{}), want)
			equal(t, "some", h.rules(t, blacklist.Query{Limit: 700}), want[:700])
			equal(t, "same", slices.Compact(h.put(t, entries...)), []blacklist.Effect{blacklist.Unchanged})

			all := make([]string, len(entries))
			for i, entry := range entries {
				all[i] = entry.Rule.String()
			}
			equal(t, "removed", len(h.remove(t, all...)), len(entries))
			equal(t, "nothing left but what was done", h.keys(t, "*"), []string{h.key("audit"), h.key("schema")})
		})
	}
}

func TestADamagedEntryIsNone(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.put(t, block(t, "+4930123456"), block(t, "+4420*"))
			for _, set := range []string{"list", "prefixes"} {
				for _, line := range h.redis.ZRange(t.Context(), h.key(set), 0, -1).Val() {
					h.redis.ZRem(t.Context(), h.key(set), line)
					h.redis.ZAdd(t.Context(), h.key(set), redis.Z{Member: strings.Replace(line, "\tblock\t", "\tdeny\t", 1)})
				}
			}
			equal(t, "facts", len(h.facts(t, "+4930123456", "")), 0)
			policy, err := h.Policy(t.Context())
			if err != nil || policy.Rules.Len() != 0 {
				t.Errorf("policy has %d rules, error %v", policy.Rules.Len(), err)
			}
			equal(t, "mended", h.put(t, block(t, "+4930123456"), block(t, "+4420*")), []blacklist.Effect{blacklist.Added, blacklist.Added})
			equal(t, "facts", len(h.facts(t, "+4930123456", "")), 1)
		})
	}
}

func TestListLosesNoEntryWhileOthersGo(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var all []blacklist.Entry
			var leaving []blacklist.Rule
			for i := range 1500 {
				entry := block(t, "+49301"+strconv.Itoa(10000+i))
				entry.Created = day.Add(time.Duration(i) * time.Second)
				entry.Source = "stays"
				if i%3 > 0 {
					entry.Source = "leaves"
					leaving = append(leaving, entry.Rule)
				}
				all = append(all, entry)
			}
			h.put(t, all...)
			var group sync.WaitGroup
			group.Go(func() {
				slices.Reverse(leaving)
				for some := range slices.Chunk(leaving, 100) {
					if _, err := h.Remove(t.Context(), some); err != nil {
						t.Error(err)
					}
				}
			})
			for range 5 {
				if n := len(h.list(t, blacklist.Query{Source: "stays"})); n != 500 {
					t.Errorf("%d entries are found of 500 that stay", n)
				}
			}
			group.Wait()
		})
	}
}
