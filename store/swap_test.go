package store_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
)

// swap carries out edits and returns which are done.
func (h fixture) swap(tb testing.TB, edits ...blacklist.Edit) []bool {
	tb.Helper()
	done, err := h.Swap(tb.Context(), edits, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return done
}

// lookup returns the entry of a rule, nil if there is none.
func (h fixture) lookup(tb testing.TB, text string) *blacklist.Entry {
	tb.Helper()
	found, err := h.Lookup(tb.Context(), []blacklist.Rule{rule(tb, text)})
	if err != nil {
		tb.Fatal(err)
	}
	return found[0]
}

func TestLookupAnswersInOrder(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			all := make([]blacklist.Rule, 0, 1200)
			var want []string
			for i := range 1200 {
				text := "+49301" + strconv.Itoa(10000+i)
				all = append(all, rule(t, text))
				if i%3 == 0 {
					h.put(t, block(t, text))
				} else {
					text = ""
				}
				want = append(want, text)
			}
			found, err := h.Lookup(t.Context(), all)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, len(found))
			for i, entry := range found {
				if entry != nil {
					got[i] = entry.Rule.String()
				}
			}
			equal(t, "found", got, want)
		})
	}
}

// Entries of longer numbers, of prefixes and of other numbers are not those of a pattern.
func TestEntriesFor(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for _, text := range []string{
				"+49301", "+49301:to:+4977", "+49301:to:+4977*", "+493012", "+493012:to:+4977", "+49301*", "+49301*:to:+4977", "+4930", "+49302:to:+4977",
			} {
				h.put(t, block(t, text))
			}
			var patterns []phone.Pattern
			for _, text := range []string{"+49302", "+49301", "+49301*", "+49303"} {
				patterns = append(patterns, rule(t, text).Pattern)
			}
			found, err := h.EntriesFor(t.Context(), patterns)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, entry := range found {
				got = append(got, entry.Rule.String())
			}
			equal(t, "found", got, []string{"+49302:to:+4977", "+49301", "+49301:to:+4977", "+49301:to:+4977*", "+49301*", "+49301*:to:+4977"})
		})
	}
}

func TestSwapGoesByWhatTheListHas(t *testing.T) {
	for name, start := range servers {
		for _, text := range []string{"+4930123456", "+4420*"} {
			t.Run(name+"/"+text, func(t *testing.T) {
				h := newFixture(t, start(t))
				spam := block(t, text)
				spam.Reason, spam.Source, spam.Created = "spam", "feed", day
				spam.Expires = time.Now().Add(time.Hour).Round(time.Second).UTC()
				spam.Hits, spam.LastHit = 3, day.Add(time.Minute)
				fraud := spam
				fraud.Reason, fraud.Action, fraud.Created, fraud.Expires = "fraud", blacklist.Busy, day.Add(time.Hour), time.Time{}
				fraud.Hits = 99
				counted := fraud
				counted.Hits = spam.Hits
				later := spam
				later.Expires = spam.Expires.Add(time.Minute)
				free := allow(t, text)
				free.Created = day
				ended := spam
				ended.Expires = time.Now().Add(-time.Minute)

				r := spam.Rule
				for _, step := range []struct {
					name          string
					before, after *blacklist.Entry
					done          bool
					list          *blacklist.Entry
				}{
					{"nothing to nothing", nil, nil, true, nil},
					{"not there", &spam, &fraud, false, nil},
					{"new", nil, &spam, true, &spam},
					{"new, done before", nil, &spam, true, &spam},
					{"there already", nil, &fraud, false, &spam},
					{"another end", &later, &fraud, false, &spam},
					{"another kind", &free, nil, false, &spam},
					{"changed, hits stay", &spam, &fraud, true, &counted},
					{"changed, done before", &spam, &fraud, true, &counted},
					{"other kind, no hits", &counted, &free, true, &free},
					{"removed", &free, nil, true, nil},
					{"removed before", &free, nil, true, nil},
					{"what ended is nothing", &ended, &spam, true, &spam},
					{"to what has ended", &spam, &ended, true, nil},
				} {
					equal(t, step.name, h.swap(t, blacklist.Edit{Rule: r, Before: step.before, After: step.after}), []bool{step.done})
					equal(t, step.name+": lookup", h.lookup(t, text), step.list)
					want := []blacklist.Entry{}
					if step.list != nil {
						want = append(want, *step.list)
					}
					equal(t, step.name+": list", append([]blacklist.Entry{}, h.list(t, blacklist.Query{})...), want)
				}
			})
		}
	}
}

func TestSwapRefuses(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			other, unkind := block(t, "101"), blacklist.Entry{Rule: rule(t, "100")}
			for want, after := range map[string]*blacklist.Entry{"an edit of 100 writes block 101": &other, "invalid kind": &unkind} {
				_, err := h.Swap(t.Context(), []blacklist.Edit{{Rule: rule(t, "100"), After: after}}, nil)
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q", err, want)
				}
			}
			equal(t, "nothing is written", h.rules(t, blacklist.Query{}), []string{})
		})
	}
}

// The edits of one rule follow each other, whatever else there is.
func TestSwapKeepsTheOrderOfEdits(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var edits []blacklist.Edit
			var want []bool
			for i := range 1200 {
				entry := block(t, "+49301"+strconv.Itoa(10000+i))
				entry.Created = day
				edits = append(edits, blacklist.Edit{Rule: entry.Rule, After: &entry})
				want = append(want, true)
			}
			edits = append(edits, edits[0].Reverse(), edits[0], edits[1].Reverse())
			want = append(want, true, true, true)
			equal(t, "done", h.swap(t, edits...), want)
			equal(t, "entries", len(h.list(t, blacklist.Query{})), 1199)
		})
	}
}

func TestPrefixesOfAPageRaiseTheVersionOnce(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var edits, back []blacklist.Edit
			for i := range 300 {
				for _, entry := range []blacklist.Entry{block(t, "+4420"+strconv.Itoa(100+i)+"*"), block(t, "+4930"+strconv.Itoa(100+i))} {
					edits = append(edits, blacklist.Edit{Rule: entry.Rule, After: &entry})
					back = append(back, edits[len(edits)-1].Reverse())
				}
			}
			// 600 edits are two pages.
			h.swap(t, edits...)
			equal(t, "version", h.version(t), int64(2))
			h.swap(t, edits...)
			equal(t, "version, nothing new", h.version(t), int64(2))
			h.swap(t, back...)
			equal(t, "version, undone", h.version(t), int64(4))

			for i := range edits {
				edits[i].After.Kind = blacklist.Allow
			}
			h.swap(t, edits[1], edits[3], edits[5])
			equal(t, "version, allowed numbers", h.version(t), int64(5))
		})
	}
}

func TestListingsAreThoseOfTheEntries(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			first, last := block(t, "+4420*"), allow(t, "100")
			first.Reason, first.Source, first.Author, first.Created = "tab\there\nand \\there", "feed", "anna", day
			first.Expires = time.Now().Add(time.Hour).Round(time.Second).UTC()
			last.Created = day.Add(time.Hour)
			h.put(t, last, first)
			var got []blacklist.Entry
			for listing, err := range h.Listings(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, listing)
			}
			equal(t, "listings", got, []blacklist.Entry{
				{
					Rule: first.Rule, Kind: blacklist.Block, Source: "feed", Author: "anna", Reason: first.Reason,
					Created: day, Expires: first.Expires,
				},
				{Rule: last.Rule, Kind: blacklist.Allow, Created: last.Created},
			})
		})
	}
}

// Of many who change the same entry from what they have read, one is done each
// time: no change is lost.
func TestSwapsRace(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			first := block(t, "100")
			first.Reason, first.Created = "0", day
			h.put(t, first)
			const racers, rounds = 4, 25
			var group sync.WaitGroup
			for racer := range racers {
				other := h.open(t, store.Options{})
				group.Go(func() {
					for done := 0; done < rounds; {
						found, err := other.Lookup(t.Context(), []blacklist.Rule{first.Rule})
						if err != nil {
							t.Error(err)
							return
						}
						after := *found[0]
						n, _ := strconv.Atoi(after.Reason)
						// What two write alike would be done for both.
						after.Reason, after.Author = strconv.Itoa(n+1), strconv.Itoa(racer)
						swapped, err := other.Swap(t.Context(), []blacklist.Edit{{Rule: first.Rule, Before: found[0], After: &after}}, nil)
						if err != nil {
							t.Error(err)
							return
						}
						if slices.Equal(swapped, []bool{true}) {
							done++
						}
					}
				})
			}
			group.Wait()
			equal(t, "changes", h.lookup(t, "100").Reason, strconv.Itoa(racers*rounds))
		})
	}
}

// What ends later than can be written never ends, and says so each time.
func TestAnEndBeyondTellingIsNone(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for text, end := range map[string]time.Time{
				"+4930123456": blacklist.LastEnd, "+4930123457": blacklist.LastEnd.Add(time.Second),
				"+4930123458": time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
			} {
				entry := block(t, text)
				entry.Expires = end
				want := []string{string(blacklist.Added), string(blacklist.Unchanged)}
				var got []string
				for range want {
					changes, err := h.Put(t.Context(), []blacklist.Entry{entry})
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, string(changes[0].Effect))
				}
				equal(t, text, got, want)
				other := entry
				other.Reason = "swapped"
				for n := range 2 {
					done, err := h.Swap(t.Context(), []blacklist.Edit{{Rule: entry.Rule, Before: &entry, After: &other}}, nil)
					if err != nil || !done[0] {
						t.Errorf("%s: swap %d: %v, %v", text, n, done, err)
					}
				}
				found, err := h.Lookup(t.Context(), []blacklist.Rule{entry.Rule})
				if err != nil {
					t.Fatal(err)
				}
				equal(t, text, found[0].Expires, blacklist.End(end))
			}
		})
	}
}
