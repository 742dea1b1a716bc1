package listfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// csvColumns are the columns of Ringfence's own CSV, as they are written.
var csvColumns = []string{
	"number", "to", "kind", "action", "reason", "source", "author", "created", "expires", "hits", "last_hit",
}

// ownEntry is a blacklist.Entry in a file; any text may be invalid.
type ownEntry struct {
	Number  string `json:"number"`
	To      string `json:"to"`
	Kind    string `json:"kind"`
	Action  string `json:"action"`
	Reason  string `json:"reason"`
	Source  string `json:"source"`
	Author  string `json:"author"`
	Created string `json:"created"`
	Expires string `json:"expires"`
	Hits    int64  `json:"hits"`
	LastHit string `json:"last_hit"`
}

// newOwnJSON reads entries as JSON objects. One without a kind is of another system.
func newOwnJSON(n numbers, options Options) parser {
	return func(rec record, yield func(Row) bool) bool {
		var in ownEntry
		if err := json.Unmarshal(rec.text, &in); err != nil {
			return yield(rec.refused(brokenJSON(err)))
		}
		n := n
		n.impossible, n.own = in.Kind != "", in.Kind != ""
		for _, number := range n.several(in.Number) {
			rule, problem := n.rule(number, in.To)
			var row Row
			if problem != nil {
				row = rec.refused(problem)
			} else {
				row = rec.entry(rule, &in, options)
			}
			if !yield(row) {
				return false
			}
		}
		return true
	}
}

// openJSONLines reads one entry per line.
func openJSONLines(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
	l.delimiter = whole
	parse := newOwnJSON(n, options)
	return parsed(l, func(rec record, yield func(Row) bool) bool {
		return len(bytes.TrimSpace(rec.text)) == 0 || parse(rec, yield)
	})
}

// entry returns the row of a rule with its other fields.
func (rec record) entry(rule blacklist.Rule, in *ownEntry, options Options) Row {
	row := Row{Line: rec.line, Reports: 1}
	row.Entry = blacklist.Entry{
		Rule: rule, Hits: in.Hits, Source: line(in.Source), Author: line(in.Author), Reason: line(in.Reason),
	}
	var problems [4]*Problem
	row.Entry.Kind, row.Entry.Action, problems[0] = kindAndAction(in.Kind, in.Action, options.Kind)
	row.Entry.Created, problems[1] = instant("created", in.Created, options.Zone)
	row.Entry.Expires, problems[2] = instant(expires, in.Expires, options.Zone)
	row.Entry.LastHit, problems[3] = instant("last_hit", in.LastHit, options.Zone)
	for _, problem := range problems {
		if problem != nil {
			return rec.refused(problem)
		}
	}
	if in.Hits < 0 {
		return rec.refused(&Problem{Cause: BadValue, Detail: badHits})
	}
	row.Entry.Expires = blacklist.End(row.Entry.Expires)
	return row
}

// rule reads a rule. Of an own format it also accepts numbers and prefixes that cannot be
// typed without a region, but that callers have: Ringfence wrote them itself.
func (n numbers) rule(number, to string) (rule blacklist.Rule, problem *Problem) {
	if rule.Pattern, problem = n.read(number); problem != nil {
		pattern, err := phone.ParsePattern(number)
		if !n.own || err != nil || !pattern.IsPrefix() && !n.isCaller(number) {
			return blacklist.Rule{}, problem
		}
		rule.Pattern = pattern
	}
	if to == "" {
		return rule, nil
	}
	var err error
	if rule.To, err = n.region.Dialled(to); err == nil {
		return rule, nil
	}
	if rule.To, _ = phone.ParsePattern(to); rule.To.IsPrefix() || n.isCaller(to) {
		return rule, nil
	}
	problem = numberProblem(to, err)
	problem.Detail = "the dialled number: " + problem.Detail
	return blacklist.Rule{}, problem
}

// isCaller reports whether a text is the canonical number of a caller. Other texts on
// the list would never match.
func (n numbers) isCaller(text string) bool {
	caller := n.region.Caller(text)
	return caller.Known() && caller.String() == text
}

func kindAndAction(kind, action string, otherwise blacklist.Kind) (blacklist.Kind, blacklist.Action, *Problem) {
	k, a := otherwise, blacklist.DefaultAction
	var err error
	if kind != "" {
		if k, err = blacklist.ParseKind(kind); err != nil {
			return "", "", &Problem{Cause: BadKind, Detail: err.Error()}
		}
	}
	if action != "" {
		if a, err = blacklist.ParseAction(action); err != nil {
			return "", "", &Problem{Cause: BadAction, Detail: err.Error()}
		}
	}
	return k, a, nil
}

var badHits = "hits: must be a number from 0 to " + strconv.FormatInt(math.MaxInt64, 10)

func hitCount(cell string) (int64, *Problem) {
	if cell == "" {
		return 0, nil
	}
	value, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		return 0, &Problem{Cause: BadValue, Detail: badHits}
	}
	return value, nil
}

func brokenJSON(err error) *Problem {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return &Problem{Cause: BrokenRow, Detail: "a JSON " + wrong.Value + " in place of an object in braces"}
		}
		return &Problem{Cause: BadValue, Detail: wrong.Field + ": invalid JSON " + wrong.Value}
	}
	return &Problem{Cause: BrokenRow, Detail: "invalid JSON: " + err.Error()}
}
