package app

import (
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

// ReplayLine is a listing by a rate rule, or a caller whom the prefix covers.
type ReplayLine struct {
	// "listed", "refused" or "spared".
	Outcome string `json:"outcome"`
	// Caller.
	Caller phone.Number `json:"caller"`
	// Dialled number or range that the entry is for; "" for all.
	Dialled phone.Pattern `json:"dialled"`
	// Time of the first call that would have been refused.
	At time.Time `json:"at"`
	// Rate rule that would have listed the caller; missing for an entry.
	RateRule string `json:"rate_rule,omitempty"`
	// Entry that would have refused the caller; missing for a rate rule.
	Entry *EntryID `json:"entry,omitempty"`
	// Number of listings of the caller so far; missing for a prefix.
	Strike int `json:"strike,omitempty"`
	// When the entry would have expired; missing for never.
	Until time.Time `json:"until,omitzero"`
	// Later calls that would have been refused.
	Later int64 `json:"later"`
	// Calls among all of these that were refused at that time.
	Already int64 `json:"already"`
	// An entry allowed calls of this caller, or would now.
	Allowed bool `json:"allowed"`
}

func replayLines(plan replay.Plan, report replay.Report) []ReplayLine {
	lines := []ReplayLine{}
	for _, l := range report.Listed {
		lines = append(lines, listingLine(replayListed, l))
	}
	for _, l := range report.Spared {
		lines = append(lines, listingLine(replaySpared, l))
	}
	block := &EntryID{plan.Block, blacklist.Block}
	for _, c := range report.Covered {
		line := ReplayLine{
			Outcome: replayRefused, Caller: c.Caller, Dialled: plan.Block.To, At: c.At, Entry: block,
			Later: c.Later, Already: c.Already, Allowed: c.Allowed,
		}
		if c.Spared {
			line.Outcome = replaySpared
		}
		lines = append(lines, line)
	}
	return lines
}

func listingLine(outcome string, l replay.Listing) ReplayLine {
	return ReplayLine{
		Outcome: outcome, Caller: l.Caller, Dialled: l.Dialled.Pattern(), At: l.At, RateRule: l.Rule.String(), Strike: l.Strike,
		Until: l.Until, Later: l.Later, Already: l.Already, Allowed: l.Allowed,
	}
}

// ReplaySum is the sum of calls and callers that would have been refused.
type ReplaySum struct {
	// Calls that would have been refused.
	Calls int64 `json:"calls"`
	// Calls of these that were refused at that time.
	Already int64 `json:"already"`
	// Callers of these calls.
	Callers int64 `json:"callers"`
	// Callers of these of whom an entry allowed calls, or would now.
	Allowed int64 `json:"allowed"`
}

func sumListed(listings []replay.Listing) (s ReplaySum) {
	callers, allowed := map[phone.Number]bool{}, map[phone.Number]bool{}
	for _, l := range listings {
		s.Calls += 1 + l.Later
		s.Already += l.Already
		callers[l.Caller] = true
		if l.Allowed {
			allowed[l.Caller] = true
		}
	}
	s.Callers, s.Allowed = int64(len(callers)), int64(len(allowed))
	return s
}

func sumCovered(covered []replay.Coverage) (refused, spared ReplaySum) {
	for _, c := range covered {
		s := &refused
		if c.Spared {
			s = &spared
		}
		s.Calls += 1 + c.Later
		s.Already += c.Already
		s.Callers++
		if c.Allowed {
			s.Allowed++
		}
	}
	return refused, spared
}
