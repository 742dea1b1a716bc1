package batch

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// groups yields the rows of the file, grouped by rule.
func groups(rows *sorter) iter.Seq2[group, error] {
	return func(yield func(group, error) bool) {
		var current group
		var key []byte
		for line, err := range rows.all() {
			var read row
			if err == nil {
				read, err = readRow(string(line))
			}
			if err != nil {
				yield(group{}, err)
				return
			}
			if next := keyOf(line); !bytes.Equal(next, key) {
				if key != nil && !yield(current, nil) {
					return
				}
				key, current = append(key[:0], next...), group{}
			}
			current.row = read
			current.rows++
			current.reported += read.reports
		}
		if key != nil {
			yield(current, nil)
		}
	}
}

// walk merges file and list in the order of rules, and says which rows the list allows.
// Source is the source of all rows, "" if each has its own.
func walk(rows iter.Seq2[group, error], lines iter.Seq2[blacklist.Entry, error], source string) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		allows := enclosing{source: source}
		var before *candidate
		for c, err := range merged(rows, lines) {
			if err != nil {
				yield(candidate{}, err)
				return
			}
			if before != nil && !yield(allows.covered(*before, c), nil) {
				return
			}
			before = &c
		}
		if before != nil {
			yield(allows.covered(*before, candidate{}), nil)
		}
	}
}

// merged merges file and list in the order of rules.
func merged(rows iter.Seq2[group, error], lines iter.Seq2[blacklist.Entry, error]) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		nextLine, stop := iter.Pull2(lines)
		defer stop()
		listed := pull(nextLine)
		// before yields the entries of the list before a rule; "" means all others.
		before := func(rule string) (more bool) {
			for ; listed.there && (rule == "" || listed.key < rule); listed = pull(nextLine) {
				if listed.err != nil {
					yield(candidate{}, listed.err)
					return false
				}
				line := listed.line
				if !yield(candidate{rule: line.Rule, listed: &line}, nil) {
					return false
				}
			}
			return true
		}
		for g, err := range rows {
			if err != nil {
				yield(candidate{}, err)
				return
			}
			key := g.entry.Rule.String()
			if !before(key) {
				return
			}
			c := candidate{rule: g.entry.Rule, group: &g}
			if listed.there && listed.key == key {
				line := listed.line
				c.listed = &line
				listed = pull(nextLine)
			}
			if !yield(c, nil) {
				return
			}
		}
		before("")
	}
}

// pulled is the next line of the list, and whether there is one.
type pulled struct {
	line  blacklist.Entry
	key   string
	err   error
	there bool
}

func pull(next func() (blacklist.Entry, error, bool)) pulled {
	line, err, there := next()
	if err != nil {
		return pulled{err: err, there: true}
	}
	return pulled{line: line, key: line.Rule.String(), there: there}
}

// enclosing holds the few rules that may allow the current one: the list has them, the
// file does not, they allow an exact number for all dialled numbers or for a range, and
// the text of the current rule begins with theirs, without the * of a range.
//
// In the order of texts, the rule for all dialled numbers comes first, then longer
// numbers, then the rules for dialled numbers, a range before the numbers within it. Only
// the number with the same digits comes just before the range: +4930123:to:+49301, then
// +4930123:to:+49301*.
type enclosing struct {
	source string
	rules  []string
}

// covered returns a candidate with the rule that allows it; next is the one after it.
func (e *enclosing) covered(c, next candidate) candidate {
	key := c.rule.String()
	e.leave(key)
	if c.group != nil && c.rule.Scoped() {
		c.allowedBy = e.covering(c.rule)
		if wider := next.rule.String(); wider == key+"*" && e.allows(next) {
			c.allowedBy = wider
		}
	}
	if e.allows(c) {
		e.rules = append(e.rules, key)
	}
	return c
}

// allows reports whether the list allows an exact number, and the file does not.
func (e *enclosing) allows(c candidate) bool {
	if c.listed == nil || c.listed.Kind != blacklist.Allow || c.rule.Pattern.IsPrefix() || c.rule.Scoped() && !c.rule.To.IsPrefix() {
		return false
	}
	own := e.source != "" && c.listed.Source == e.source
	return !own && (c.group == nil || c.group.entry.Kind != blacklist.Allow)
}

// leave drops the rules that the key doesn't begin with.
func (e *enclosing) leave(key string) {
	for n := len(e.rules); n > 0 && !strings.HasPrefix(key, strings.TrimSuffix(e.rules[n-1], "*")); n-- {
		e.rules = e.rules[:n-1]
	}
}

// covering returns the longest of these rules that is for the same number and for
// more dialled numbers, "" if there is none.
func (e *enclosing) covering(rule blacklist.Rule) string {
	general := rule.Pattern.String()
	for _, allowed := range slices.Backward(e.rules) {
		if allowed == general || strings.HasPrefix(allowed, general+":") {
			return allowed
		}
	}
	return ""
}
