package app

import (
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
)

// EntryID names an entry.
type EntryID struct {
	blacklist.Rule
	// "block" or "allow".
	Kind blacklist.Kind `json:"kind"`
}

// entryID reads the text of an entry in a record; nil if there is none.
func entryID(text string) *EntryID {
	entry, err := blacklist.ParseEntry(text)
	if err != nil {
		return nil
	}
	return &EntryID{entry.Rule, entry.Kind}
}

// Call is a screened call.
type Call struct {
	// ID in the log.
	ID string `json:"id"`
	// When the call arrived.
	Time time.Time `json:"time"`
	// Number of the caller, or "withheld", "unreadable" or "" without a number.
	Caller string `json:"caller"`
	// Dialled number.
	Dialled string `json:"dialled"`
	// "passed", "refused", "observed" or "abandoned".
	Verdict calllog.Verdict `json:"verdict"`
	// Check that decided.
	Check string `json:"check"`
	// Entry that decided; missing if none did.
	Entry *EntryID `json:"entry,omitempty"`
	// Action of a refused call, else "continue".
	Action string `json:"action"`
	// "Hungup call by blacklist" for a refused call.
	Text string `json:"text,omitempty"`
	// "open" or "closed": working time of the dialled number.
	Hours calllog.Hours `json:"hours,omitempty"`
	// Time from the call's arrival until Asterisk accepted the verdict, in
	// milliseconds, without the time of a message.
	TookMS float64 `json:"took_ms"`
	// Why the decision was made without all data.
	Degraded string `json:"degraded,omitempty"`
	// Unique ID of Asterisk's channel.
	Channel string `json:"channel"`
	// Linked ID of Asterisk's channel.
	LinkedID string `json:"linked_id,omitempty"`
	// SIP header Call-ID.
	SIPCallID string `json:"sip_call_id,omitempty"`
	// Name of the instance that decided.
	Instance string `json:"instance,omitempty"`
	// All checks in order.
	Checks []calllog.Check `json:"checks,omitempty"`
	// What happened, in order.
	Events []CallEvent `json:"events,omitempty"`
}

// CallEvent is one step in the life of a call.
type CallEvent struct {
	// What happened.
	Name string `json:"event"`
	// Time since the call arrived, in milliseconds.
	AfterMS float64 `json:"after_ms"`
}

// NewCall returns a record as users see it.
func NewCall(r calllog.Record) Call {
	call := Call{
		ID: r.ID, Time: r.Time.UTC().Truncate(time.Millisecond), Caller: r.Caller, Dialled: r.Dialled,
		Verdict: r.Verdict, Check: r.Check, Entry: entryID(r.Rule), Action: r.Action, Text: r.Text, Hours: r.Hours,
		TookMS: Milliseconds(r.Took), Degraded: r.Degraded, Channel: r.Channel, LinkedID: r.LinkedID,
		SIPCallID: r.SIPCallID, Instance: r.Instance, Checks: r.Checks,
	}
	for _, event := range r.Events {
		call.Events = append(call.Events, CallEvent{event.Name, Milliseconds(event.After)})
	}
	return call
}
