package batch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

var (
	errAway = errors.New("the store is unreachable")
	day     = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// fakeList is a list in memory that may fail, and that others may change.
type fakeList struct {
	entries map[string]blacklist.Entry
	own     []phone.Pattern
	// fail, if not nil, says before and after each exchange what goes wrong.
	fail func(where string) error
	// journal takes the chunks.
	journal *fakeJournal
	// meddle, if not nil, runs before each Swap.
	meddle func(f *fakeList)
	swaps  int
}

func newFakeList(entries ...blacklist.Entry) *fakeList {
	f := &fakeList{entries: map[string]blacklist.Entry{}}
	for _, entry := range entries {
		f.entries[entry.Rule.String()] = entry
	}
	return f
}

func (f *fakeList) trouble(where string) error {
	if f.fail == nil {
		return nil
	}
	return f.fail(where)
}

func (f *fakeList) get(rule blacklist.Rule) *blacklist.Entry {
	entry, found := f.entries[rule.String()]
	if !found || entry.Expired(day) {
		return nil
	}
	return &entry
}

func (f *fakeList) Lookup(_ context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error) {
	if err := f.trouble("lookup"); err != nil {
		return nil, err
	}
	found := make([]*blacklist.Entry, len(rules))
	for i, rule := range rules {
		found[i] = f.get(rule)
	}
	return found, nil
}

func (f *fakeList) Swap(_ context.Context, edits []blacklist.Edit, chunk *Chunk) ([]bool, error) {
	if f.meddle != nil {
		f.meddle(f)
	}
	f.swaps++
	if err := f.trouble("swap"); err != nil {
		return nil, err
	}
	done := make([]bool, len(edits))
	for i, edit := range edits {
		current := f.get(edit.Rule)
		switch {
		case blacklist.Same(current, edit.After):
			done[i] = true
		case blacklist.Same(current, edit.Before):
			done[i] = true
			if edit.After == nil {
				delete(f.entries, edit.Rule.String())
				continue
			}
			after := *edit.After
			if current != nil && current.Kind == after.Kind {
				after.Hits, after.LastHit = current.Hits, current.LastHit
			}
			f.entries[edit.Rule.String()] = after
		}
	}
	f.journal.saveChunk(*chunk)
	return done, f.trouble("after swap")
}

func (f *fakeList) Listings(context.Context) iter.Seq2[blacklist.Entry, error] {
	return func(yield func(blacklist.Entry, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(f.entries)) {
			if err := f.trouble("listings"); err != nil {
				yield(blacklist.Entry{}, err)
				return
			}
			entry, found := f.entries[key]
			if !found {
				continue
			}
			listed := entry
			listed.Hits, listed.LastHit = 0, time.Time{}
			if !yield(listed, nil) {
				return
			}
		}
	}
}

func (f *fakeList) Policy(context.Context) (policy.Policy, error) {
	var entries []blacklist.Entry
	for _, entry := range f.entries {
		if entry.Rule.Pattern.IsPrefix() {
			entries = append(entries, entry)
		}
	}
	settings := policy.DefaultSettings()
	settings.Own = f.own
	return policy.Policy{Settings: settings, Rules: blacklist.NewRules(entries)}, f.trouble("policy")
}

// fakeJournal is a journal in memory.
type fakeJournal struct {
	batches map[string]Batch
	chunks  map[string]map[int][]byte
	fail    func(where string) error
}

func newFakeJournal() *fakeJournal {
	return &fakeJournal{batches: map[string]Batch{}, chunks: map[string]map[int][]byte{}}
}

func (f *fakeJournal) trouble(where string) error {
	if f.fail == nil {
		return nil
	}
	return f.fail(where)
}

func (f *fakeJournal) SaveBatch(_ context.Context, b Batch) error {
	b.Counts.Refused = maps.Clone(b.Counts.Refused)
	f.batches[b.ID] = b
	return f.trouble("save batch")
}

func (f *fakeJournal) saveChunk(chunk Chunk) {
	if f.chunks[chunk.Batch] == nil {
		f.chunks[chunk.Batch] = map[int][]byte{}
	}
	f.chunks[chunk.Batch][chunk.Number] = chunk.Data
}

func (f *fakeJournal) Chunks(_ context.Context, id string) ([]int, error) {
	return slices.Sorted(maps.Keys(f.chunks[id])), f.trouble("chunks")
}

func (f *fakeJournal) Chunk(_ context.Context, id string, number int) ([]byte, error) {
	return f.chunks[id][number], f.trouble("chunk")
}

func (f *fakeJournal) Batch(_ context.Context, id string) (Batch, error) {
	b, found := f.batches[id]
	if !found {
		return Batch{}, fmt.Errorf("%s: %w", id, ErrNoBatch)
	}
	return b, f.trouble("batch")
}

func rule(text string) blacklist.Rule {
	parsed, err := blacklist.ParseRule(text)
	if err != nil {
		panic(err)
	}
	return parsed
}

func number(text string) phone.Number {
	parsed, err := phone.ParseNumber(text)
	if err != nil {
		panic(err)
	}
	return parsed
}

// entry makes an entry of "block +4930123 ftc reason".
func entry(text string) blacklist.Entry {
	words := strings.SplitN(text+"   ", " ", 4)
	return blacklist.Entry{
		Kind: blacklist.Kind(words[0]), Rule: rule(words[1]), Source: words[2], Reason: strings.TrimSpace(words[3]),
		Created: day.Add(-time.Hour), Author: "alice",
	}
}
