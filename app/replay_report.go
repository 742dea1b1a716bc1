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

// ReplayLine is a listing that would have been made, or a caller whom a blocked
// prefix would have refused.
type ReplayLine struct {
	Outcome string       `json:"outcome"`
	Caller  phone.Number `json:"caller"`
	// Dialled is the number for which alone this is, "" for all.
	Dialled phone.Number `json:"dialled"`
	// At is the time of the first call that would have been refused.
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

func replayLines(plan replay.Plan, report replay.Report) []ReplayLine {
	var lines []ReplayLine
	for _, l := range report.Listed {
		lines = append(lines, listingLine(replayListed, l))
	}
	for _, l := range report.Spared {
		lines = append(lines, listingLine(replaySpared, l))
	}
	block := blacklist.Entry{Rule: plan.Block, Kind: blacklist.Block}
	for _, c := range report.Covered {
		line := ReplayLine{
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

func listingLine(outcome string, l replay.Listing) ReplayLine {
	return ReplayLine{
		Outcome: outcome, Caller: l.Caller, Dialled: l.Dialled, At: l.At, By: l.Rule.String(), Strike: l.Strike,
		Until: l.Until, Later: l.Later, Already: l.Already, Allowed: l.Allowed,
	}
}

// ReplaySum adds up what would have been refused.
type ReplaySum struct {
	// Calls are those that would have been refused, Already how many of them were
	// refused when they came.
	Calls, Already int64
	// Callers are who made them, Allowed how many of these an entry has let
	// through, or would now.
	Callers, Allowed int64
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
