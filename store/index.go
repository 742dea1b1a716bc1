package store

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

//go:embed index.lua
var indexText string

var indexScript = newReader(indexText)

// indexSize is how many lines one run of index.lua writes: few enough that a
// call doesn't wait for it.
const indexSize = 100

// index writes lines of the index, and takes away those of which only the rule
// is given. It returns how many there were before and are no more.
func (s *Store) index(ctx context.Context, lines []string) (removals int64, err error) {
	// A line sorts as its rule does: the tab comes before all that rules have.
	slices.Sort(lines)
	parts := slices.Collect(slices.Chunk(lines, indexSize))
	for len(parts) > 0 {
		invocations := make([]invocation, len(parts))
		for i, part := range parts {
			invocations[i] = invocation{s.keys.index(), anys(part)}
		}
		answers, err := s.runAll(ctx, indexScript, invocations)
		if err != nil {
			return removals, err
		}
		var left [][]string
		for i, answer := range answers {
			dealt, removed, err := pair(answer)
			if err != nil || dealt < 1 || dealt > int64(len(parts[i])) {
				return removals, errReply
			}
			removals += removed
			if rest := parts[i][dealt:]; len(rest) > 0 {
				left = append(left, rest)
			}
		}
		parts = left
	}
	return removals, nil
}

// linesOf returns the lines of entries; those of absent ones are to go.
func linesOf(rules []blacklist.Rule, found []*blacklist.Entry) []string {
	lines := make([]string, len(rules))
	for i, rule := range rules {
		if found[i] != nil {
			lines[i] = indexLine(*found[i])
		} else {
			lines[i] = rule.String()
		}
	}
	return lines
}

func ruleTexts(rules []blacklist.Rule) []string {
	texts := make([]string, len(rules))
	for i, rule := range rules {
		texts[i] = rule.String()
	}
	return texts
}

func joined(rules []blacklist.Rule) string { return strings.Join(ruleTexts(rules), " ") }
