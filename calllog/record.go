// Package calllog holds the record of a screened call: what it says, how
// records are searched, and a buffer that keeps them while the store is out
// of reach.
package calllog

import (
	"errors"
	"time"
)

// ErrNoCall means that the log has no record of an ID: it never had, or no
// longer has.
var ErrNoCall = errors.New("the log has no such record")

// BlockedText is what the record and Asterisk's own CDR (userfield) of a
// refused call say. asterisk-conf/ringfence.conf carries the same text.
const BlockedText = "Hungup call by blacklist"

// Verdict says what became of a call.
type Verdict string

// What became of a call.
const (
	// Passed means that the call went on.
	Passed Verdict = "passed"
	// Refused means that the call was turned away.
	Refused Verdict = "refused"
	// Observed means that the call went on, but would have been refused if
	// Ringfence did not merely observe.
	Observed Verdict = "observed"
	// Abandoned means that the caller hung up before the decision.
	Abandoned Verdict = "abandoned"
)

// Verdicts returns all verdicts.
func Verdicts() []Verdict { return []Verdict{Passed, Refused, Observed, Abandoned} }

// Hours says whether the dialled number was within its working time.
type Hours string

// Working time. The zero Hours means that nobody knows.
const (
	Open   Hours = "open"
	Closed Hours = "closed"
)

// AllHours returns the known Hours.
func AllHours() []Hours { return []Hours{Open, Closed} }

// Check is one step of the decision about a call: its name, its outcome and
// the reason for that.
type Check struct {
	Name    string `json:"check"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason"`
	// Decided marks the check whose outcome became the verdict.
	Decided bool `json:"decided"`
}

// Event is one step of a call's way.
type Event struct {
	Name string `json:"event"`
	// After is the time since the call's arrival, in whole microseconds.
	After time.Duration `json:"after_ns"`
}

// Record tells the story of one screened call.
type Record struct {
	// ID is the place in the log; the store gives it.
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	// Caller is the caller's number in canonical form, or "withheld",
	// "unreadable" or "" for one that has none to show.
	Caller  string  `json:"caller"`
	Dialled string  `json:"dialled"`
	Verdict Verdict `json:"verdict"`
	// Check names the check that decided, Rule the entry that it went by.
	Check string `json:"check"`
	Rule  string `json:"rule,omitempty"`
	// Action is what the caller got: "continue" or the name of a refusal.
	Action string `json:"action"`
	// Text is BlockedText for a refused call.
	Text string `json:"text,omitempty"`
	// Channel, LinkedID and SIPCallID are Asterisk's names for the call.
	Channel   string `json:"channel"`
	LinkedID  string `json:"linked_id,omitempty"`
	SIPCallID string `json:"sip_call_id,omitempty"`
	// Took is the time from the call's arrival to the answer that Asterisk
	// accepted, without the time that a message played.
	Took time.Duration `json:"took_ns"`
	// Degraded is why the decision was made without all facts, "" if it was not.
	Degraded string `json:"degraded,omitempty"`
	// Hours is whether the dialled number was within its working time.
	Hours Hours `json:"hours,omitempty"`
	// Checks is the chain that led to the verdict, Events what happened, each
	// in its order.
	Checks []Check `json:"checks,omitempty"`
	Events []Event `json:"events,omitempty"`
	// Instance is the name of the Ringfence that decided.
	Instance string `json:"instance,omitempty"`
	// HitRule is the rule whose hits this call adds to. It is not part of the
	// log: it would give a withheld number away.
	HitRule string `json:"-"`
}
