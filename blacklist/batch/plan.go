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

// group is all rows of a file for one rule; the last one counts.
type group struct {
	row
	// rows is the number of rows, reported the sum of their reports.
	rows, reported int64
}

// candidate is a rule with its rows in the file and its entry on the list.
type candidate struct {
	rule blacklist.Rule
	// group are the file's rows, nil if there are none.
	group *group
	// listed is the list's line, nil if there is none.
	listed *blacklist.Entry
	// allowedBy is the rule by which the list allows this exact number for all dialled
	// numbers, or for a range that has those of the rule; "" if there is none. A row for
	// fewer dialled numbers would override this.
	allowedBy string
}

// decision is what happens to a candidate.
type decision struct {
	outcome outcome
	// cause and detail are why the rows are refused.
	cause  listfile.Cause
	detail string
	// edit is the change; nothing changes if both sides are nil.
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
	// gone is an entry of the source missing from the file.
	gone
	// nothing means that neither file nor source is affected.
	nothing
)

// plan decides about candidates. It does not change while an import writes.
type plan struct {
	source     string
	keep       bool
	risky      bool
	minReports int64
	now        time.Time
	own        []phone.Pattern
	// allowed are the allowed prefixes of other sources that the file does not allow
	// itself, by their texts without the *.
	allowed map[string][]blacklist.Entry
}

// protects reports whether an entry is an allowed prefix that no row may override. A
// source may override its own entries.
func (p *plan) protects(entry blacklist.Entry) bool {
	return entry.Kind == blacklist.Allow && entry.Rule.Pattern.IsPrefix() && !entry.Expired(p.now) &&
		(p.source == "" || entry.Source != p.source)
}

// stale reports whether the entry is deleted because it is missing from the file.
func (p *plan) stale(c candidate) bool {
	if p.source == "" || p.keep || c.listed == nil || c.listed.Source != p.source {
		return false
	}
	return c.group == nil || (!c.group.remove && (p.few(c.group) || p.expired(c.group)))
}

func (p *plan) few(g *group) bool { return !g.remove && g.reported < p.minReports }

func (p *plan) expired(g *group) bool { return !g.remove && g.entry.Expired(p.now) }

// decide decides about a candidate; before is the current entry.
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

// refuse returns why the rows of a group are refused, if they are.
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
		return no(Kept, "the list has %s%s", before, from(before))
	case before != nil && before.Kind == entry.Kind:
		// An existing entry was checked when it was listed.
		return decision{}, false
	}
	if over := p.coveringAllow(entry, c.allowedBy); over != "" {
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

// risk returns the cause for a risk of blacklist.Risk.
func (p *plan) risk(pattern phone.Pattern) listfile.Cause {
	if slices.ContainsFunc(p.own, pattern.Overlaps) {
		return OwnNumber
	}
	if pattern.IsPrefix() {
		return TooBroad
	}
	return TooShort
}

// coveringAllow returns the rule of a less specific entry that allows callers whom
// the entry would block, "" if there is none.
func (p *plan) coveringAllow(entry *blacklist.Entry, allowedBy string) string {
	if entry.Kind != blacklist.Block {
		return ""
	}
	if allowedBy != "" || len(p.allowed) == 0 {
		return allowedBy
	}
	text := strings.TrimSuffix(entry.Rule.Pattern.String(), "*")
	for end := len(text); end > 0; end-- {
		for _, allowed := range p.allowed[text[:end]] {
			sameCalls := !allowed.Rule.Scoped() || !entry.Rule.Scoped() || allowed.Rule.To.Overlaps(entry.Rule.To)
			if sameCalls && blacklist.Compare(*entry, allowed) < 0 {
				return allowed.Rule.String()
			}
		}
	}
	return ""
}

// after returns the new entry: the row, with author, creation time and hits of the
// current entry.
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
