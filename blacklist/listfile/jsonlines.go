package listfile

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/ringfence/ringfence/blacklist"
)

// jsonEntry is a blacklist.Entry as it stands in a file, where any text may
// be wrong.
type jsonEntry struct {
	Rule    string `json:"rule"`
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

// openJSONLines reads an entry a line.
func openJSONLines(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
	l.delimiter = whole
	parse := newOwnJSON(n, options)
	return parsed(l, func(rec record, yield func(Row) bool) bool {
		return len(bytes.TrimSpace(rec.text)) == 0 || parse(rec, yield)
	})
}

func newOwnJSON(n numbers, options Options) parser {
	return func(rec record, yield func(Row) bool) bool {
		row := Row{Line: rec.line, Reports: 1}
		if problem := n.entry(rec.text, &row.Entry, options.Kind); problem != nil {
			return yield(rec.refused(problem))
		}
		return yield(row)
	}
}

func (n numbers) entry(text []byte, entry *blacklist.Entry, otherwise blacklist.Kind) (problem *Problem) {
	var in jsonEntry
	if err := json.Unmarshal(text, &in); err != nil {
		return brokenJSON(err)
	}
	if entry.Rule, problem = n.ruleText(in.Rule); problem != nil {
		return problem
	}
	if entry.Kind, entry.Action, problem = kindAndAction(in.Kind, in.Action, otherwise); problem != nil {
		return problem
	}
	if entry.Created, problem = instant("created", in.Created); problem != nil {
		return problem
	}
	if entry.Expires, problem = instant("expires", in.Expires); problem != nil {
		return problem
	}
	entry.Expires = blacklist.End(entry.Expires)
	if entry.LastHit, problem = instant("last_hit", in.LastHit); problem != nil {
		return problem
	}
	if entry.Hits = in.Hits; in.Hits < 0 {
		return &Problem{Cause: BadValue, Detail: "hits: write a number from 0"}
	}
	entry.Source, entry.Author, entry.Reason = line(in.Source), line(in.Author), line(in.Reason)
	return nil
}

// ruleText reads a rule whose numbers are in any spelling, as the columns of
// an own CSV are.
func (n numbers) ruleText(text string) (blacklist.Rule, *Problem) {
	n.impossible, n.own = true, true
	number, to, scoped := blacklist.CutRule(text)
	if scoped && to == "" {
		return blacklist.Rule{}, &Problem{Cause: NoNumber, Detail: "the dialled number: it is missing"}
	}
	return n.rule(number, to)
}

func brokenJSON(err error) *Problem {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return &Problem{Cause: BrokenRow, Detail: "a JSON " + wrong.Value + " stands where an object in braces belongs"}
		}
		return &Problem{Cause: BadValue, Detail: wrong.Field + ": a JSON " + wrong.Value + " doesn't belong here"}
	}
	return &Problem{Cause: BrokenRow, Detail: "not JSON: " + err.Error()}
}
