package store

import (
	"context"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
)

var changeScript = newScript("list.lua", "change.lua")

const (
	// changeSize is how many rules one script changes for a person, in one event
	// of the audit log.
	changeSize = 1000
	// swapSize is how many rules one script changes for a batch: few enough that
	// a call doesn't wait for it.
	swapSize = 500
)

// What change.lua answers for a rule, in addition to 2 for one that has its line
// already.
const (
	conflict   = '0'
	carriedOut = '1'
)

// alteration is one run of change.lua.
type alteration struct {
	mode string // put, swap or undo
	// keeps has the positions of the fields of a line that an entry keeps if its kind
	// stays; for put only.
	keeps string
	rules []blacklist.Rule
	// lines are, for each rule, the line that it must have, but for put, and the one
	// that it gets.
	lines []any
	// event is for the audit log, nil for none.
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
	args := append([]any{what.mode + what.keeps, flag(sorted), flag(what.forget), len(event)}, event...)
	if what.chunk != nil {
		args = append(args, what.chunk.Batch, what.chunk.Number, what.chunk.Data, int(batchLife.Seconds()))
	} else {
		args = append(args, "", "", "", "")
	}
	each := len(what.lines) / len(what.rules)
	for _, i := range order {
		args = append(args, what.lines[i*each:(i+1)*each]...)
	}
	parts, err := s.write(ctx, changeScript, args...).Slice()
	if err != nil {
		return made, err
	}
	if len(parts) != 2 {
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
// which is how the audit log shows them.
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

// pages yields items in their order, size of them at most, never two of the same
// rule, and only items that belong together; nil means that all do.
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
