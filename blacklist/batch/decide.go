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
	listed *blacklist.Listing
	// overruled says that the list allows this number for every dialled
	// number, which a row for one of them would overrun.
	overruled bool
}

// verdict is what becomes of a candidate.
type verdict struct {
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

// judge decides about candidates. It is fixed while an import writes.
type judge struct {
	source     string
	keep       bool
	doubtful   bool
	minReports int64
	now        time.Time
	own        []phone.Number
	// allowed are the allowed prefixes of other sources that the file doesn't
	// bring itself, by their texts without the *.
	allowed map[string][]blacklist.Entry
}

// protects reports whether an entry is an allowed prefix that no row may
// overrun. A source may do as it likes with what it has allowed itself.
func (j *judge) protects(entry blacklist.Entry) bool {
	return entry.Kind == blacklist.Allow && entry.Rule.Pattern.IsPrefix() && !entry.Expired(j.now) &&
		(j.source == "" || entry.Source != j.source)
}

// stale reports whether the list's entry goes because no row of the file
// stands for it any more.
func (j *judge) stale(c candidate) bool {
	if j.source == "" || j.keep || c.listed == nil || c.listed.Source != j.source {
		return false
	}
	return c.group == nil || (!c.group.remove && (j.few(c.group) || j.expired(c.group)))
}

func (j *judge) few(g *group) bool { return !g.remove && g.reported < j.minReports }

func (j *judge) expired(g *group) bool { return !g.remove && g.entry.Expired(j.now) }

// verdict decides about a candidate; before is what the list has for it now.
func (j *judge) verdict(c candidate, before *blacklist.Entry) verdict {
	goes := verdict{outcome: gone, edit: blacklist.Edit{Rule: c.rule, Before: before}}
	ours := before != nil && before.Source == j.source && j.source != "" && !j.keep
	if c.group == nil {
		if ours {
			return goes
		}
		return verdict{outcome: nothing}
	}
	g := c.group
	if g.remove {
		if before == nil || before.Source != g.entry.Source {
			return verdict{outcome: absent}
		}
		return verdict{outcome: removed, edit: goes.edit}
	}
	if v, no := j.refuse(c, before); no {
		if ours && (v.cause == FewReports || v.cause == Expired) {
			v.edit = goes.edit
		}
		return v
	}
	after := j.after(&g.entry, before)
	switch edit := (blacklist.Edit{Rule: c.rule, Before: before, After: after}); {
	case before == nil:
		return verdict{outcome: added, edit: edit}
	case blacklist.Same(before, after):
		return verdict{outcome: same}
	default:
		return verdict{outcome: changed, edit: edit}
	}
}

// refuse says why a group's rows are not taken, if they aren't.
func (j *judge) refuse(c candidate, before *blacklist.Entry) (verdict, bool) {
	no := func(cause listfile.Cause, detail string, args ...any) (verdict, bool) {
		return verdict{outcome: refused, cause: cause, detail: fmt.Sprintf(detail, args...)}, true
	}
	entry := &c.group.entry
	switch {
	case j.few(c.group):
		return no(FewReports, "%d of %d", c.group.reported, j.minReports)
	case j.expired(c.group):
		return no(Expired, "at %s", entry.Expires.Format(time.RFC3339))
	case before != nil && before.Kind == blacklist.Allow && entry.Kind == blacklist.Block && (j.source == "" || before.Source != j.source):
		return no(Allowed, "the list allows %s%s", c.rule, from(before))
	case before != nil && before.Source != entry.Source:
		return no(Kept, "%s stands%s", before, from(before))
	case before != nil && before.Kind == entry.Kind:
		// What stands was looked at when it was listed.
		return verdict{}, false
	}
	if over := j.overrun(entry, c.overruled); over != "" {
		return no(Allowed, "the list allows %s, which covers it", over)
	}
	if doubt := blacklist.Doubt(*entry, j.own); doubt != "" && !j.doubtful {
		return no(j.doubt(entry.Rule.Pattern), "%s", doubt)
	}
	return verdict{}, false
}

func from(entry *blacklist.Entry) string {
	if entry.Source == "" {
		return ""
	}
	return ", by source " + entry.Source
}

// doubt sorts what blacklist.Doubt says.
func (j *judge) doubt(pattern phone.Pattern) listfile.Cause {
	if slices.ContainsFunc(j.own, pattern.Matches) {
		return OwnNumber
	}
	if pattern.IsPrefix() {
		return TooBroad
	}
	return TooShort
}

// overrun returns the rule of a more general entry that allows callers whom
// the entry would turn away, "" if there is none.
func (j *judge) overrun(entry *blacklist.Entry, overruled bool) string {
	if entry.Kind != blacklist.Block {
		return ""
	}
	pattern := entry.Rule.Pattern.String()
	if overruled {
		return pattern
	}
	if len(j.allowed) == 0 {
		return ""
	}
	text := strings.TrimSuffix(pattern, "*")
	for end := len(text); end > 0; end-- {
		for _, allowed := range j.allowed[text[:end]] {
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
func (j *judge) after(read, before *blacklist.Entry) *blacklist.Entry {
	after := *read
	if before != nil && after.Author == "" {
		after.Author = before.Author
	}
	if before != nil && before.Kind == after.Kind {
		after.Created, after.Hits, after.LastHit = before.Created, before.Hits, before.LastHit
	}
	if after.Created.IsZero() {
		after.Created = j.now
	}
	return &after
}
