// Package calllog holds the record of a screened call, filters and counts for records,
// and a buffer for the time while Redis is unreachable.
package calllog

import (
	"errors"
	"time"
)

// ErrNoCall means that the log has no record with an ID, or no longer.
var ErrNoCall = errors.New("the log has no such call")

// BlockedText is the text of a refused call in its record and in the userfield of
// Asterisk's CDR. asterisk-conf/ringfence.conf has the same text.
const BlockedText = "Hungup call by blacklist"

// Verdict is the result of a call.
type Verdict string

// The verdicts.
const (
	// Passed means that the call continued.
	Passed Verdict = "passed"
	// Refused means that the call was refused.
	Refused Verdict = "refused"
	// Observed means that the call continued, but would have been refused in the
	// mode enforce.
	Observed Verdict = "observed"
	// Abandoned means that the caller hung up before the verdict.
	Abandoned Verdict = "abandoned"
)

// Verdicts returns all verdicts.
func Verdicts() []Verdict { return []Verdict{Passed, Refused, Observed, Abandoned} }

// Hours is whether the dialled number was open.
type Hours string

// The known Hours; the zero Hours means unknown.
const (
	Open   Hours = "open"
	Closed Hours = "closed"
)

// AllHours returns the known Hours.
func AllHours() []Hours { return []Hours{Open, Closed} }

// Check is one step of the decision about a call.
type Check struct {
	// "list", "prefix", "anonymous", "repeat" or "default".
	Name string `json:"check"`
	// "pass", "refuse", "no match" or "unknown".
	Outcome string `json:"outcome"`
	// Reason of the outcome.
	Reason string `json:"reason"`
	// This check decided.
	Decided bool `json:"decided"`
}

// Event is one step in the life of a call.
type Event struct {
	// Name.
	Name string
	// Time since the call arrived, in whole microseconds.
	After time.Duration
}

// Record is the record of a screened call.
type Record struct {
	// ID in the log.
	ID string
	// When the call arrived.
	Time time.Time
	// Number of the caller, or "withheld", "unreadable" or "" without a number.
	Caller string
	// Dialled number.
	Dialled string
	// "passed", "refused", "observed" or "abandoned".
	Verdict Verdict
	// Check that decided.
	Check string
	// Entry that decided.
	Rule string
	// Action of a refused call, else "continue".
	Action string
	// "Hungup call by blacklist" for a refused call.
	Text string
	// Unique ID of Asterisk's channel.
	Channel string
	// Linked ID of Asterisk's channel.
	LinkedID string
	// SIP header Call-ID.
	SIPCallID string
	// Time from the call's arrival until Asterisk accepted the verdict,
	// without the time of a message.
	Took time.Duration
	// Why the decision was made without all data.
	Degraded string
	// "open" or "closed": working time of the dialled number.
	Hours Hours
	// All checks in order.
	Checks []Check
	// What happened, in order.
	Events []Event
	// Name of the instance that decided.
	Instance string
	// HitRule is the rule whose hits this call increments. It is not stored: it would
	// reveal a withheld number.
	HitRule string
}
