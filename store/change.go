package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
)

var changeScript = newScript("list.lua", "change.lua")

const (
	// changeSize is how many rules one script changes for a person, in one event
	// of the audit trail.
	changeSize = 1000
	// swapSize is how many rules one script changes for a batch: few enough that
	// a call doesn't wait for it.
	swapSize = 500
)

// What change.lua answers for a rule, beside 2 for one that was as it shall be
// already.
const (
	conflict   = '0'
	carriedOut = '1'
)

// alteration is one run of change.lua.
type alteration struct {
	mode  string // put, swap or undo
	rules []blacklist.Rule
	// lines are what the rules must have, but for put, and what they shall have.
	lines []any
	// event is for the audit trail, nil for none.
	event *audit.Event
	// forget ends what rate rules have counted of callers who are taken off.
	forget bool
	chunk  *batch.Chunk
}

// altered is what change.lua answers.
type altered struct {
	// done has a digit for each rule.
	done []byte
	// before is the line that each rule had, "" for none; for put only.
	before []string
}

// change carries an alteration out.
func (s *Store) change(ctx context.Context, what alteration) (made altered, err error) {
	var event []any
	if what.event != nil {
		if event, err = eventValues(ctx, *what.event); err != nil {
			return made, err
		}
	}
	order, sorted := what.order()
	args := append([]any{what.mode, s.now().Unix(), flag(sorted), flag(what.forget), len(event)}, event...)
	if what.chunk != nil {
		args = append(args, what.chunk.Batch, what.chunk.Number, what.chunk.Data, int(batchLife.Seconds()))
	} else {
		args = append(args, "", "", "", "")
	}
	each := len(what.lines) / len(what.rules)
	for _, i := range order {
		args = append(args, what.lines[i*each:(i+1)*each]...)
	}
	answer, err := s.write(ctx, changeScript, args...)
	if err != nil {
		return made, err
	}
	parts, err := list(answer)
	if err != nil || len(parts) != 2 {
		return made, errReply
	}
	digits, _ := parts[0].(string)
	lines, err := texts(parts[1])
	if err != nil || len(digits) != len(order) || len(lines) != len(order) && what.mode == "put" {
		return made, errReply
	}
	made.done, made.before = make([]byte, len(order)), make([]string, len(order))
	for k, i := range order {
		if made.done[i] = digits[k]; len(lines) > 0 {
			made.before[i] = lines[k]
		}
	}
	return made, nil
}

// asGiven is how many rules are changed in the order in which they are given,
// which is how the audit trail shows them.
const asGiven = 16

// order returns the order in which the rules are changed, and whether that is the
// one of their texts: then the list is read at once around them.
func (a alteration) order() (order []int, sorted bool) {
	texts := make([]string, len(a.rules))
	order = make([]int, len(a.rules))
	for i, rule := range a.rules {
		texts[i], order[i] = rule.String(), i
	}
	if sorted = slices.IsSorted(texts); !sorted && len(texts) > asGiven {
		slices.SortFunc(order, func(a, b int) int { return strings.Compare(texts[a], texts[b]) })
		sorted = true
	}
	return order, sorted
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}

// Put writes entries and returns what was done in their order; up to 1,000 of one
// kind are one step and one event of the audit trail, and after an error those are
// returned that came before. The next call goes by them.
//
// Created (zero: now), Hits and LastHit are taken of an entry that is new or
// replaces one of the other kind; one that is only changed keeps its own. An
// entry without Expires never ends, even if the one before did. Times are whole
// seconds: an entry ends at the end of its last one.
func (s *Store) Put(ctx context.Context, entries []blacklist.Entry) (changes []blacklist.Change, err error) {
	defer s.finish(ctx, opPut, s.now(), &err)
	now := s.now()
	entries = slices.Clone(entries)
	for i := range entries {
		if err := valid(entries[i], now); err != nil {
			return nil, err
		}
		if entries[i].Created.IsZero() {
			entries[i].Created = now
		}
		entries[i] = inSeconds(entries[i])
	}
	together := func(a, b blacklist.Entry) bool { return a.Kind == b.Kind }
	for page := range pages(entries, changeSize, func(entry blacklist.Entry) blacklist.Rule { return entry.Rule }, together) {
		action := audit.Block
		if page[0].Kind == blacklist.Allow {
			action = audit.Allow
		}
		what := alteration{mode: "put", event: &audit.Event{Action: action}}
		for _, entry := range page {
			what.rules = append(what.rules, entry.Rule)
			what.lines = append(what.lines, countedLine(entry))
		}
		made, err := s.change(ctx, what)
		if err != nil {
			return changes, err
		}
		for i, entry := range page {
			changes = append(changes, changeOf(entry, made.done[i] == carriedOut, readBefore(made.before[i])))
		}
	}
	return changes, nil
}

func valid(entry blacklist.Entry, now time.Time) error {
	if entry.Rule.Pattern.String() == "" {
		return errors.New("an entry stands for no number")
	}
	if _, err := blacklist.ParseKind(string(entry.Kind)); err != nil {
		return fmt.Errorf("%s: %w", entry.Rule, err)
	}
	if entry.Expired(now) {
		return fmt.Errorf("%s: it would have expired already, at %s", entry, entry.Expires.Format(time.RFC3339))
	}
	return nil
}

// inSeconds returns the entry as its line has it.
func inSeconds(entry blacklist.Entry) blacklist.Entry {
	entry.Created, entry.LastHit = wholeSeconds(entry.Created), wholeSeconds(entry.LastHit)
	if entry.Expires = blacklist.End(entry.Expires); !entry.Expires.IsZero() {
		entry.Expires = wholeSeconds(entry.Expires.Add(time.Second - time.Nanosecond))
	}
	return entry
}

func wholeSeconds(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Truncate(time.Second).UTC()
}

// readBefore reads a line that a rule had, "" for none.
func readBefore(line string) *blacklist.Entry {
	if line == "" {
		return nil
	}
	// Change.lua has read it.
	entry, _ := blacklist.ParseLine(line)
	return &entry
}

func changeOf(entry blacklist.Entry, changed bool, before *blacklist.Entry) blacklist.Change {
	switch {
	case before == nil:
		return blacklist.Change{Entry: entry, Effect: blacklist.Added}
	case !changed:
		return blacklist.Change{Entry: *before, Effect: blacklist.Unchanged, Before: before}
	case before.Kind == entry.Kind:
		entry.Created, entry.Hits, entry.LastHit = before.Created, before.Hits, before.LastHit
	}
	return blacklist.Change{Entry: entry, Effect: blacklist.Changed, Before: before}
}

// Remove takes entries off the list and returns those that were on it; up to
// 1,000 are one step and one event of the audit trail. The next call goes by what
// is left, and the callers begin anew for rate rules.
func (s *Store) Remove(ctx context.Context, rules []blacklist.Rule) (removed []blacklist.Entry, err error) {
	defer s.finish(ctx, opRemove, s.now(), &err)
	for page := range pages(rules, changeSize, func(rule blacklist.Rule) blacklist.Rule { return rule }, nil) {
		what := alteration{mode: "put", rules: page, event: &audit.Event{Action: audit.Remove}, forget: true}
		for _, rule := range page {
			what.lines = append(what.lines, rule.String())
		}
		made, err := s.change(ctx, what)
		if err != nil {
			return removed, err
		}
		for _, answer := range made.before {
			if entry := readBefore(answer); entry != nil {
				removed = append(removed, *entry)
			}
		}
	}
	return removed, nil
}

// Swap carries out edits and returns for each in its order whether it is done;
// after an error, for those of which that is known. An edit is done if the list
// had its Before, as blacklist.Same compares them, or has its After already;
// another one is a conflict and changes nothing. The next call goes by what is
// done. The chunk of a batch's journal that tells of the edits is written in the
// same step as the first 500 of them.
//
// After is written as it is given, but for its Hits and LastHit, which stay
// what they are if the kind does. What has expired stands for nothing, before
// and after. Edits in the order of their rules' texts are carried out fastest.
func (s *Store) Swap(ctx context.Context, edits []blacklist.Edit, chunk *batch.Chunk) (done []bool, err error) {
	defer s.finish(ctx, opSwap, s.now(), &err)
	edits = slices.Clone(edits)
	now := s.now()
	for i := range edits {
		if edits[i], err = validEdit(edits[i], now); err != nil {
			return nil, err
		}
	}
	for page := range pages(edits, swapSize, func(edit blacklist.Edit) blacklist.Rule { return edit.Rule }, nil) {
		made, err := s.swap(ctx, page, alteration{mode: "swap", chunk: chunk})
		if err != nil {
			return done, err
		}
		for _, digit := range made.done {
			done = append(done, digit != conflict)
		}
		chunk = nil
	}
	return done, nil
}

// Edit carries out one edit as Swap does, records it in the audit trail as Put
// and Remove do, and returns whether it is done: a conflict is not. A caller who
// is taken off the list begins anew for rate rules.
func (s *Store) Edit(ctx context.Context, edit blacklist.Edit) (done bool, err error) {
	defer s.finish(ctx, opSwap, s.now(), &err)
	if edit, err = validEdit(edit, s.now()); err != nil {
		return false, err
	}
	event := &audit.Event{Action: audit.Block}
	switch {
	case edit.After == nil:
		event.Action = audit.Remove
	case edit.After.Kind == blacklist.Allow:
		event.Action = audit.Allow
	}
	made, err := s.swap(ctx, []blacklist.Edit{edit}, alteration{mode: "swap", event: event, forget: true})
	return err == nil && made.done[0] != conflict, err
}

// swap carries out edits of different rules.
func (s *Store) swap(ctx context.Context, edits []blacklist.Edit, what alteration) (altered, error) {
	for _, edit := range edits {
		must, shall := "", edit.Rule.String()
		if edit.Before != nil {
			must = line(inSeconds(*edit.Before))
		}
		if edit.After != nil {
			shall = countedLine(inSeconds(*edit.After))
		}
		what.rules = append(what.rules, edit.Rule)
		what.lines = append(what.lines, must, shall)
	}
	return s.change(ctx, what)
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
	return entry
}

// pages yields items in their order, so many at most and none two of the same
// rule together, nor two that do not belong together; nil stands for all do.
func pages[T any](items []T, size int, rule func(T) blacklist.Rule, together func(a, b T) bool) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		first, seen := 0, make(map[blacklist.Rule]bool, min(len(items), size))
		for i, item := range items {
			if i-first == size || seen[rule(item)] || together != nil && !together(items[first], item) {
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
