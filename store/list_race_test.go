package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/store"
)

// Two stores put, change and remove the same entries in bulk. Once they are
// done, all that Redis has of the list agrees.
func TestTheListAgreesAfterARace(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var rules []blacklist.Rule
			for i := range 60 {
				rules = append(rules, rule(t, fmt.Sprintf("+49301%04d", i)))
				if i%10 == 0 {
					rules = append(rules, rule(t, fmt.Sprintf("+4420%d*", i)))
				}
			}
			var group sync.WaitGroup
			for racer := range 2 {
				other := h.open(t, store.Options{})
				group.Go(func() {
					random := rand.New(rand.NewPCG(1, uint64(racer)))
					for round := range 25 {
						some := slices.Clone(rules)
						random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
						some = some[:1+random.IntN(len(some))]
						if random.IntN(3) == 0 {
							if _, err := other.Remove(t.Context(), some); err != nil {
								t.Error(err)
							}
							continue
						}
						entries := make([]blacklist.Entry, len(some))
						for i, rule := range some {
							entries[i] = blacklist.Entry{Rule: rule, Kind: blacklist.Block, Created: day.Add(time.Duration(round) * time.Hour)}
							if random.IntN(2) == 0 {
								entries[i].Kind, entries[i].Reason = blacklist.Allow, "ours"
							}
						}
						if _, err := other.Put(t.Context(), entries); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			h.sound(t)
		})
	}
}

// What stays is on one page of those that follow each other, while others
// come and go around it.
func TestPagesLoseNoEntryWhileOthersComeAndGo(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			var standing, passing []blacklist.Entry
			for i := range 1500 {
				entry := block(t, fmt.Sprintf("+49301%05d", i))
				entry.Created, entry.Reason = day.Add(time.Duration(i%90)*time.Second), "stays"
				if i%2 == 0 {
					entry.Expires = time.Now().Add(time.Duration(i%70+1) * time.Hour).Round(time.Second).UTC()
				}
				if i%5 > 0 {
					entry.Reason = "passes by"
					passing = append(passing, entry)
				} else {
					entry.Hits, entry.LastHit = int64(i%4), day.Add(time.Duration(i%11)*time.Minute)
					standing = append(standing, entry)
				}
			}
			h.put(t, standing...)
			done := make(chan struct{})
			var group sync.WaitGroup
			defer group.Wait()
			defer close(done)
			group.Go(func() {
				for {
					for some := range slices.Chunk(passing, 100) {
						select {
						case <-done:
							return
						default:
						}
						if _, err := h.Swap(t.Context(), additions(some), nil); err != nil {
							t.Error(err)
						}
					}
					for some := range slices.Chunk(additions(passing), 75) {
						for i := range some {
							some[i] = some[i].Reverse()
						}
						if _, err := h.Swap(t.Context(), some, nil); err != nil {
							t.Error(err)
						}
					}
				}
			})
			for _, sort := range blacklist.Sorts() {
				for _, search := range []string{"", "stays"} {
					query := blacklist.Query{Sort: sort, Limit: 120, Search: search}
					seen := map[string]int{}
					for {
						page, err := h.Page(t.Context(), query)
						if err != nil {
							t.Fatal(err)
						}
						for _, entry := range page.Entries {
							seen[entry.Rule.String()]++
						}
						if query.After = page.Next; page.Next == "" {
							break
						}
					}
					for _, entry := range standing {
						if n := seen[entry.Rule.String()]; n != 1 {
							t.Errorf("by %s, search %q: %s is on %d pages", sort, search, entry.Rule, n)
						}
					}
				}
			}
		})
	}
}
