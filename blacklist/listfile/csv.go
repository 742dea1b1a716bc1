package listfile

import (
	"math"
	"strconv"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// csvColumns are the columns of Ringfence's own CSV, as they are written.
var csvColumns = []string{
	"kind", "number", "to", "action", "created", "expires", "hits", "last_hit", "source", "author", "reason",
}

// ownCSV reads Ringfence's own CSV. Only the number is a must.
type ownCSV struct {
	numbers
	defaultKind blacklist.Kind

	kind, number, to, action, created, expires, hits, lastHit, source, author, reason int
}

func newOwnCSV(h header, n numbers, options Options) parser {
	n.impossible, n.own = true, true
	c := &ownCSV{
		numbers: n, defaultKind: options.Kind,
		kind: h.column("kind"), number: h.column("number"), to: h.column("to"), action: h.column("action"),
		created: h.column("created"), expires: h.column("expires"), hits: h.column("hits"), lastHit: h.column("lasthit"),
		source: h.column("source"), author: h.column("author"), reason: h.column("reason", "comment", "note", "name"),
	}
	return c.parse
}

func (c *ownCSV) parse(rec record, yield func(Row) bool) bool {
	row := Row{Line: rec.line, Reports: 1}
	if problem := c.entry(rec, &row.Entry); problem != nil {
		return yield(rec.refused(problem))
	}
	return yield(row)
}

func (c *ownCSV) entry(rec record, entry *blacklist.Entry) (problem *Problem) {
	if entry.Rule, problem = c.rule(Unprotect(rec.cell(c.number)), Unprotect(rec.cell(c.to))); problem != nil {
		return problem
	}
	kind, action := Unprotect(rec.cell(c.kind)), Unprotect(rec.cell(c.action))
	if entry.Kind, entry.Action, problem = kindAndAction(kind, action, c.defaultKind); problem != nil {
		return problem
	}
	if entry.Created, problem = instant("created", rec.cell(c.created)); problem != nil {
		return problem
	}
	if entry.Expires, problem = instant("expires", rec.cell(c.expires)); problem != nil {
		return problem
	}
	entry.Expires = blacklist.End(entry.Expires)
	if entry.LastHit, problem = instant("last hit", rec.cell(c.lastHit)); problem != nil {
		return problem
	}
	if entry.Hits, problem = count("hits", rec.cell(c.hits)); problem != nil {
		return problem
	}
	entry.Source, entry.Author = line(Unprotect(rec.cell(c.source))), line(Unprotect(rec.cell(c.author)))
	entry.Reason = line(Unprotect(rec.cell(c.reason)))
	return nil
}

// rule reads what an own format says of a rule. Numbers that no operator may
// type without a region, but that callers have all the same, are taken, and so
// are beginnings of such: Ringfence wrote them itself.
func (n numbers) rule(number, to string) (rule blacklist.Rule, problem *Problem) {
	if rule.Pattern, problem = n.read(number); problem != nil {
		pattern, err := phone.ParsePattern(number)
		if err != nil || !pattern.IsPrefix() && !n.callers(number) {
			return blacklist.Rule{}, problem
		}
		rule.Pattern = pattern
	}
	if to == "" {
		return rule, nil
	}
	dialled, err := n.region.Number(to)
	if err != nil {
		if !n.callers(to) {
			problem = unread(to, err)
			problem.Detail = "the dialled number: " + problem.Detail
			return blacklist.Rule{}, problem
		}
		dialled = n.region.Caller(to)
	}
	rule.To = dialled
	return rule, nil
}

// callers reports whether a text is the identity of those who call with it.
// Another would stand on the list and never speak.
func (n numbers) callers(text string) bool {
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

func instant(name, cell string) (time.Time, *Problem) {
	if cell == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339Nano, cell)
	if err != nil {
		return time.Time{}, &Problem{Cause: BadTime, Detail: name + ": write a time such as 2026-11-24T15:04:05Z"}
	}
	return at, nil
}

func count(name, cell string) (int64, *Problem) {
	if cell == "" {
		return 0, nil
	}
	value, err := strconv.ParseInt(cell, 10, 64)
	if err != nil || value < 0 {
		return 0, &Problem{Cause: BadValue, Detail: name + ": write a number from 0 to " + strconv.FormatInt(math.MaxInt64, 10)}
	}
	return value, nil
}
