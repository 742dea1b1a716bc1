package batch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// group are all rows of a file that name one rule; the last of them counts.
type group struct {
	row
	// rows is how many there are, and reported how many reports they make.
	rows, reported int64
}

// candidate is what file and list have for one rule.
type candidate struct {
	rule blacklist.Rule
	// group are the file's rows, nil if there are none.
	group *group
	// listed is the list's line, nil if there is none.
	listed *blacklist.Entry
	// overruled says that the list allows this number for every dialled
	// number, which a row for one of them would overrun.
	overruled bool
}

// decision is what is done with a candidate.
type decision struct {
	outcome outcome
	// cause and detail say why the rows are refused.
	cause  listfile.Cause
	detail string
	// edit is what is to be done; it changes nothing if both sides are nil.
	edit blacklist.Edit
}

type outcome uint8

const (
	refused outcome = iota
	added
	changed
	same
	removed
	absent
	// gone is an entry of the source that no row names any more.
	gone
	// nothing is what concerns neither file nor source.
	nothing
)

// plan decides about candidates. It is fixed while an import writes.
type plan struct {
	source     string
	keep       bool
	risky      bool
	minReports int64
	now        time.Time
	own        []phone.Number
	// allowed are the allowed prefixes of other sources that the file doesn't
	// bring itself, by their texts without the *.
	allowed map[string][]blacklist.Entry
}

// protects reports whether an entry is an allowed prefix that no row may
// overrun. A source may do as it likes with what it has allowed itself.
func (p *plan) protects(entry blacklist.Entry) bool {
	return entry.Kind == blacklist.Allow && entry.Rule.Pattern.IsPrefix() && !entry.Expired(p.now) &&
		(p.source == "" || entry.Source != p.source)
}

// stale reports whether the list's entry goes because no row of the file
// stands for it any more.
func (p *plan) stale(c candidate) bool {
	if p.source == "" || p.keep || c.listed == nil || c.listed.Source != p.source {
		return false
	}
	return c.group == nil || (!c.group.remove && (p.few(c.group) || p.expired(c.group)))
}

func (p *plan) few(g *group) bool { return !g.remove && g.reported < p.minReports }

func (p *plan) expired(g *group) bool { return !g.remove && g.entry.Expired(p.now) }

// decide decides about a candidate; before is what the list has for it now.
func (p *plan) decide(c candidate, before *blacklist.Entry) decision {
	goes := decision{outcome: gone, edit: blacklist.Edit{Rule: c.rule, Before: before}}
	ours := before != nil && before.Source == p.source && p.source != "" && !p.keep
	if c.group == nil {
		if ours {
			return goes
		}
		return decision{outcome: nothing}
	}
	g := c.group
	if g.remove {
		if before == nil || before.Source != g.entry.Source {
			return decision{outcome: absent}
		}
		return decision{outcome: removed, edit: goes.edit}
	}
	if v, no := p.refuse(c, before); no {
		if ours && (v.cause == FewReports || v.cause == Expired) {
			v.edit = goes.edit
		}
		return v
	}
	after := p.after(&g.entry, before)
	switch edit := (blacklist.Edit{Rule: c.rule, Before: before, After: after}); {
	case before == nil:
		return decision{outcome: added, edit: edit}
	case blacklist.Same(before, after):
		return decision{outcome: same}
	default:
		return decision{outcome: changed, edit: edit}
	}
}

// refuse says why a group's rows are not taken, if they aren't.
func (p *plan) refuse(c candidate, before *blacklist.Entry) (decision, bool) {
	no := func(cause listfile.Cause, detail string, args ...any) (decision, bool) {
		return decision{outcome: refused, cause: cause, detail: fmt.Sprintf(detail, args...)}, true
	}
	entry := &c.group.entry
	switch {
	case p.few(c.group):
		return no(FewReports, "%d of %d", c.group.reported, p.minReports)
	case p.expired(c.group):
		return no(Expired, "at %s", entry.Expires.Format(time.RFC3339))
	case before != nil && before.Kind == blacklist.Allow && entry.Kind == blacklist.Block && (p.source == "" || before.Source != p.source):
		return no(Allowed, "the list allows %s%s", c.rule, from(before))
	case before != nil && before.Source != entry.Source:
		return no(Kept, "%s stands%s", before, from(before))
	case before != nil && before.Kind == entry.Kind:
		// What stands was looked at when it was listed.
		return decision{}, false
	}
	if over := p.overrun(entry, c.overruled); over != "" {
		return no(Allowed, "the list allows %s, which covers it", over)
	}
	if risk := blacklist.Risk(*entry, p.own); risk != "" && !p.risky {
		return no(p.risk(entry.Rule.Pattern), "%s", risk)
	}
	return decision{}, false
}

func from(entry *blacklist.Entry) string {
	if entry.Source == "" {
		return ""
	}
	return ", by source " + entry.Source
}

// risk sorts what blacklist.Risk says.
func (p *plan) risk(pattern phone.Pattern) listfile.Cause {
	if slices.ContainsFunc(p.own, pattern.Matches) {
		return OwnNumber
	}
	if pattern.IsPrefix() {
		return TooBroad
	}
	return TooShort
}

// overrun returns the rule of a more general entry that allows callers whom
// the entry would block, "" if there is none.
func (p *plan) overrun(entry *blacklist.Entry, overruled bool) string {
	if entry.Kind != blacklist.Block {
		return ""
	}
	pattern := entry.Rule.Pattern.String()
	if overruled {
		return pattern
	}
	if len(p.allowed) == 0 {
		return ""
	}
	text := strings.TrimSuffix(pattern, "*")
	for end := len(text); end > 0; end-- {
		for _, allowed := range p.allowed[text[:end]] {
			sameCalls := !allowed.Rule.Scoped() || !entry.Rule.Scoped() || allowed.Rule.To == entry.Rule.To
			if sameCalls && blacklist.Compare(*entry, allowed) < 0 {
				return allowed.Rule.String()
			}
		}
	}
	return ""
}

// after returns what the list shall have: the row, with what the list knows
// better of an entry that stays what it is.
func (p *plan) after(read, before *blacklist.Entry) *blacklist.Entry {
	after := *read
	if before != nil && after.Author == "" {
		after.Author = before.Author
	}
	if before != nil && before.Kind == after.Kind {
		after.Created, after.Hits, after.LastHit = before.Created, before.Hits, before.LastHit
	}
	if after.Created.IsZero() {
		after.Created = p.now
	}
	return &after
}
