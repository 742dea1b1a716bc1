package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/replay"
)

// The outcomes of a replay.
const (
	replayListed  = "listed"
	replayRefused = "refused"
	replaySpared  = "spared"
)

// replayLine is a listing that would have been made, or a caller whom a blocked
// prefix would have turned away.
type replayLine struct {
	Outcome string       `json:"outcome"`
	Caller  phone.Number `json:"caller"`
	// Dialled is the number for which alone this is, "" for all.
	Dialled phone.Number `json:"dialled"`
	// At is the time of the first call that would have been turned away.
	At time.Time `json:"at"`
	// By is the rule, or the entry.
	By string `json:"by"`
	// Strike is the number of the caller's listing, left out for a prefix, and
	// Until when it would have ended, left out for never.
	Strike  int       `json:"strike,omitempty"`
	Until   time.Time `json:"until,omitzero"`
	Later   int64     `json:"later"`
	Already int64     `json:"already"`
	Allowed bool      `json:"allowed"`
}

func replayLines(plan replay.Plan, report replay.Report) []replayLine {
	var lines []replayLine
	for _, l := range report.Listed {
		lines = append(lines, listingLine(replayListed, l))
	}
	for _, l := range report.Spared {
		lines = append(lines, listingLine(replaySpared, l))
	}
	block := blacklist.Entry{Rule: plan.Block, Kind: blacklist.Block}
	for _, c := range report.Covered {
		line := replayLine{
			Outcome: replayRefused, Caller: c.Caller, Dialled: plan.Block.To, At: c.At, By: block.String(),
			Later: c.Later, Already: c.Already, Allowed: c.Allowed,
		}
		if c.Spared {
			line.Outcome = replaySpared
		}
		lines = append(lines, line)
	}
	return lines
}

func listingLine(outcome string, l replay.Listing) replayLine {
	return replayLine{
		Outcome: outcome, Caller: l.Caller, Dialled: l.Dialled, At: l.At, By: l.Rule.String(), Strike: l.Strike,
		Until: l.Until, Later: l.Later, Already: l.Already, Allowed: l.Allowed,
	}
}

// replayColumns returns the columns of a format; in a table, what has no end is
// "for good".
func replayColumns(format string) []column[replayLine] {
	return []column[replayLine]{
		{"outcome", func(l replayLine) any { return l.Outcome }},
		{"caller", func(l replayLine) any { return l.Caller.String() }},
		{"dialled", func(l replayLine) any { return l.Dialled.String() }},
		{"at", func(l replayLine) any { return l.At }},
		{"by", func(l replayLine) any { return l.By }},
		{"until", func(l replayLine) any {
			if l.Until.IsZero() && format == outputTable {
				return "for good"
			}
			return l.Until
		}},
		{"later", func(l replayLine) any { return l.Later }},
		{"already", func(l replayLine) any { return l.Already }},
		{"allowed", func(l replayLine) any {
			if !l.Allowed && format == outputTable {
				return ""
			}
			return yesOrNo(l.Allowed)
		}},
	}
}

func yesOrNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func (p *program) writeReplay(format string, plan replay.Plan, report replay.Report, limit int) error {
	// Whom the prefix would not have turned away for the first time is no news.
	report.Covered = slices.DeleteFunc(report.Covered, func(c replay.Coverage) bool { return c.Passed() == 0 })
	lines := replayLines(plan, report)
	words := replayWords(plan, report)
	if more := len(lines) - limit; limit > 0 && more > 0 {
		lines = lines[:limit]
		p.say("the first %d lines; there are %d more, --limit 0 shows all", limit, more)
	}
	if err := writeRows(p.out, format, replayColumns(format), lines); err != nil || format != outputTable {
		return err
	}
	_, err := io.WriteString(p.out, words)
	return err
}

// replayWords sums a replay up.
func replayWords(plan replay.Plan, report replay.Report) string {
	var words strings.Builder
	fmt.Fprintf(&words, "\n%s", counted(report.Calls, "call"))
	if report.Calls > 0 {
		fmt.Fprintf(&words, " from %s to %s", localTime(report.From), localTime(report.To))
	}
	words.WriteString(".\n")
	if len(plan.Rules) > 0 {
		listed := sum(report.Listed)
		fmt.Fprintf(&words, "%s: of %s that count, %d would have been turned away, and %s listed",
			plan.Rules, counted(report.Counted, "call"), listed.calls, counted(listed.callers, "caller"))
		listed.writeRest(&words)
		if spared := sum(report.Spared); spared.callers > 0 {
			fmt.Fprintf(&words, "The allow list spares %s whom the rules would have listed.\n", counted(spared.callers, "caller"))
		}
	}
	if plan.Block != (blacklist.Rule{}) {
		refused, spared := sumCovered(report.Covered)
		fmt.Fprintf(&words, "%s: %s of %s would have been turned away",
			blacklist.Entry{Rule: plan.Block, Kind: blacklist.Block}, counted(refused.calls, "call"), counted(refused.callers, "caller"))
		refused.writeRest(&words)
		if spared.callers > 0 {
			fmt.Fprintf(&words, "The allow list spares %s of %s.\n", counted(spared.callers, "caller"), plan.Block.Pattern)
		}
	}
	return words.String()
}

// counted returns how many there are of something.
func counted(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func were(n int64) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}

// replaySum adds up what would have been turned away.
type replaySum struct {
	calls, already   int64
	callers, allowed int64
}

func (s replaySum) writeRest(words io.Writer) {
	if s.already > 0 {
		_, _ = fmt.Fprintf(words, "; %s turned away at that time, too", were(s.already))
	}
	_, _ = fmt.Fprintln(words, ".")
	if s.allowed > 0 {
		_, _ = fmt.Fprintf(words, "An entry has let calls of %s of these through, or would now.\n", counted(s.allowed, "caller"))
	}
}

func sum(listings []replay.Listing) (s replaySum) {
	callers, allowed := map[phone.Number]bool{}, map[phone.Number]bool{}
	for _, l := range listings {
		s.calls += 1 + l.Later
		s.already += l.Already
		callers[l.Caller] = true
		if l.Allowed {
			allowed[l.Caller] = true
		}
	}
	s.callers, s.allowed = int64(len(callers)), int64(len(allowed))
	return s
}

func sumCovered(covered []replay.Coverage) (refused, spared replaySum) {
	for _, c := range covered {
		s := &refused
		if c.Spared {
			s = &spared
		}
		s.calls += 1 + c.Later
		s.already += c.Already
		s.callers++
		if c.Allowed {
			s.allowed++
		}
	}
	return refused, spared
}
