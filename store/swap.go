package store

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
)

//go:embed swap.lua
var swapText string

var swapScript = newScript(swapText)

// swapSize is how many entries one run of swap.lua edits: few enough that a
// call doesn't wait for it.
const swapSize = 100

// outcome is what became of an edit.
type outcome int64

// What swap.lua answers, beside another number for an edit that the list had
// done already.
const (
	// overtaken means that the list has something else.
	overtaken outcome = 0
	// carriedOut means that this edit changed the list.
	carriedOut outcome = 1
)

// Swap carries out edits, each whole or not at all, and returns for each in
// its order whether it is done; after an error, for those of which that is
// known. An edit is done if the list had its Before, as blacklist.Same compares
// them, or has its After already; another one has been overtaken and changes
// nothing. The next call goes by what is done.
//
// After is written as it is given, but for its Hits and LastHit, which stay
// what they are if the kind does. What has expired stands for nothing, before
// and after. Edits in the order of their rules' texts are carried out fastest.
func (s *Store) Swap(ctx context.Context, edits []blacklist.Edit, chunk *batch.Chunk) (done []bool, err error) {
	defer s.finish(ctx, opSwap, s.now(), &err)
	now := s.now()
	edits = slices.Clone(edits)
	for i := range edits {
		if edits[i], err = validEdit(edits[i], now); err != nil {
			return nil, err
		}
	}
	if err := s.claim(ctx); err != nil {
		return nil, err
	}
	if chunk != nil {
		if err := s.saveChunk(ctx, chunk); err != nil {
			return nil, err
		}
	}
	for page := range pages(edits, func(edit blacklist.Edit) blacklist.Rule { return edit.Rule }) {
		part, err := s.swap(ctx, page)
		for _, outcome := range part {
			done = append(done, outcome != overtaken)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// validEdit returns the edit without what has expired.
func validEdit(edit blacklist.Edit, now time.Time) (blacklist.Edit, error) {
	edit.Before, edit.After = living(edit.Before, now), living(edit.After, now)
	if edit.After != nil {
		if err := valid(*edit.After, now); err != nil {
			return edit, err
		}
		if edit.After.Rule != edit.Rule {
			return edit, fmt.Errorf("an edit of %s writes %s", edit.Rule, edit.After)
		}
	}
	return edit, nil
}

func living(entry *blacklist.Entry, now time.Time) *blacklist.Entry {
	if entry == nil || entry.Expired(now) {
		return nil
	}
	if end := blacklist.End(entry.Expires); !end.Equal(entry.Expires) {
		endless := *entry
		endless.Expires = end
		return &endless
	}
	return entry
}

// pages yields items in their order, none two of the same rule together.
func pages[T any](items []T, rule func(T) blacklist.Rule) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		first, seen := 0, make(map[blacklist.Rule]bool, min(len(items), pageSize))
		for i, item := range items {
			if i-first == pageSize || seen[rule(item)] {
				if !yield(items[first:i]) {
					return
				}
				first = i
				clear(seen)
			}
			seen[rule(item)] = true
		}
		if first < len(items) {
			yield(items[first:])
		}
	}
}

// swap carries out edits of different rules: their lines of the index first,
// so that none decides calls that `list` doesn't show, unless a failover loses
// the lines.
func (s *Store) swap(ctx context.Context, edits []blacklist.Edit) ([]outcome, error) {
	if len(edits) == 0 {
		return nil, nil
	}
	rules := make([]blacklist.Rule, len(edits))
	var lines []string
	var fresh []any
	for i, edit := range edits {
		rules[i] = edit.Rule
		if edit.After != nil {
			lines = append(lines, indexLine(*edit.After))
		}
		if isNew(edit) {
			fresh = append(fresh, edit.Rule.String())
		}
	}
	note, removals, err := s.begin(ctx, rules, fresh)
	if err != nil {
		return nil, err
	}
	written, err := s.index(ctx, lines)
	if err != nil {
		return nil, err
	}
	outcomes, err := s.runEdits(ctx, edits)
	if err != nil {
		return nil, err
	}
	doubtful, err := s.follow(ctx, edits, outcomes)
	if err != nil {
		return outcomes, err
	}
	return outcomes, s.end(ctx, note, removals+written, rules, doubtful)
}

// isNew reports whether an edit makes an entry that has not decided any call.
func isNew(edit blacklist.Edit) bool {
	return edit.After != nil && (edit.Before == nil || edit.Before.Kind != edit.After.Kind)
}

// follow tells of what is written, and returns the rules of which what is told
// may be wrong now: those removed, no longer allowed, or changed by others.
func (s *Store) follow(ctx context.Context, edits []blacklist.Edit, outcomes []outcome) (doubtful []blacklist.Rule, err error) {
	var allowed []blacklist.Rule
	var fresh []blacklist.Entry
	for i, edit := range edits {
		switch exact := !edit.Rule.Pattern.IsPrefix(); {
		case outcomes[i] != carriedOut || edit.After == nil:
			doubtful = append(doubtful, edit.Rule)
			continue
		case exact && edit.After.Kind == blacklist.Allow:
			allowed = append(allowed, edit.Rule)
		case exact && edit.Before != nil && edit.Before.Kind == blacklist.Allow:
			doubtful = append(doubtful, edit.Rule)
		}
		if isNew(edit) {
			fresh = append(fresh, *edit.After)
		}
	}
	if err := s.setAllowed(ctx, allowed, nil); err != nil {
		return nil, err
	}
	return doubtful, s.rank(ctx, fresh)
}

// runEdits runs swap.lua for all edits.
func (s *Store) runEdits(ctx context.Context, edits []blacklist.Edit) ([]outcome, error) {
	var groups [][]int
	var exact, prefixes []int
	for i, edit := range edits {
		if edit.Rule.Pattern.IsPrefix() {
			prefixes = append(prefixes, i)
		} else {
			exact = append(exact, i)
		}
	}
	groups = slices.AppendSeq(groups, slices.Chunk(exact, s.together(swapSize)))
	// A call sees the version of the policy grow once for all of them.
	groups = slices.AppendSeq(groups, slices.Chunk(prefixes, pageSize))

	now := s.now()
	invocations := make([]invocation, len(groups))
	for g, group := range groups {
		run := s.writing([]any{len(group)})
		for _, i := range group {
			run.keys = append(run.keys, s.keys.entry(edits[i].Rule))
			run.args = appendEdit(run.args, edits[i], now)
		}
		if edits[group[0]].Rule.Pattern.IsPrefix() {
			run.keys = append(run.keys, s.keys.prefixes())
		}
		invocations[g] = run
	}
	answers, err := s.runAll(ctx, swapScript, invocations)
	if err != nil {
		return nil, err
	}
	outcomes := make([]outcome, len(edits))
	for g, group := range groups {
		marks, err := list(answers[g])
		if err != nil || len(marks) != len(group) {
			return nil, errReply
		}
		for k, i := range group {
			mark, err := integer(marks[k])
			if err != nil {
				return nil, err
			}
			outcomes[i] = outcome(mark)
		}
	}
	return outcomes, nil
}

// together returns how many callers' entries one script may change: n, but in
// a cluster one, since they lie in different slots.
func (s *Store) together(n int) int {
	if _, cluster := s.client.(*redis.ClusterClient); cluster {
		return 1
	}
	return n
}
