// Package notify delivers events to sinks: a [Command], a [Webhook], an [Email].
// An event says that a rate rule has listed a caller. The change that lists the
// caller also writes the event to the [Outbox]. A [Dispatcher] reads the outbox
// and delivers each event at least once to each sink, in order.
package notify

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Kind is the kind of an event.
type Kind string

// Listed means that a rate rule has listed a caller.
const Listed Kind = "listed"

// Event is one thing that has happened.
type Event struct {
	// ID is assigned by the outbox and gives the event's place in it.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Time is when the last of the calls came, in whole seconds.
	Time time.Time `json:"time"`
	// Caller is the number that was listed; To is the dialled number for which it
	// is listed, "" for all.
	Caller string `json:"caller"`
	To     string `json:"to,omitempty"`
	// Dialled is the dialled number of the last call, "" if unknown.
	Dialled string `json:"dialled,omitempty"`
	// Reason is the reason of the entry.
	Reason string `json:"reason"`
	// Expires is when the entry ends; zero means never.
	Expires time.Time `json:"expires,omitzero"`
	// Strike counts how often rules have listed the caller, this time included.
	Strike int `json:"strike"`
	// Call is Asterisk's ID of the last call, @ and the Asterisk it came from.
	Call string `json:"call"`
}

// added returns when the event was added to the outbox: its ID in Redis begins
// with the Unix time in milliseconds. Without such an ID it is Time.
func (e Event) added() time.Time {
	milliseconds, _, _ := strings.Cut(e.ID, "-")
	at, err := strconv.ParseInt(milliseconds, 10, 64)
	if err != nil {
		return e.Time
	}
	return time.UnixMilli(at)
}

// Outbox stores events, and the cursor of each sink.
type Outbox interface {
	// Events returns at most limit events after the one with the given ID, the
	// oldest first.
	Events(ctx context.Context, after string, limit int) ([]Event, error)
	// Cursor returns the ID of the last event that a sink has delivered. A new
	// sink begins after the last event in the outbox.
	Cursor(ctx context.Context, sink string) (id string, err error)
	// SetCursor stores the ID of the last event that a sink has delivered. The cursor
	// never goes back.
	SetCursor(ctx context.Context, sink, id string) error
	// Lease takes the lease of a name, which one process at a time can hold. The
	// context that it returns ends when the lease is lost; its cause says why.
	Lease(ctx context.Context, name string) (held context.Context, release func(), err error)
}

// Sink is a receiver of events.
type Sink interface {
	// Name is the name of the sink and of its cursor.
	Name() string
	// Target is where the events go, without secrets.
	Target() string
	// Deliver sends all events and returns what the target answers, "" if it says
	// nothing, or an error: a *RetryError if the next attempt must wait. It returns
	// soon after ctx ends. Answers and errors show no secrets.
	Deliver(ctx context.Context, delivery Delivery) (answer string, err error)
}

// Version is the version of the JSON that commands and webhooks get.
const Version = 1

// Delivery is a batch of events that are sent together.
type Delivery struct {
	Version int `json:"version"`
	// Test marks a sample: no caller was listed.
	Test bool `json:"test,omitempty"`
	// Events has at least one event, in the order of their IDs.
	Events []Event `json:"events"`
}

// ID is the same for the same events, however often they are delivered.
func (d Delivery) ID() string {
	first, last := d.Events[0].ID, d.Events[len(d.Events)-1].ID
	if first == last {
		return first
	}
	return first + "_" + last
}

// encode returns the delivery as JSON. The field text says the same in words: chats
// such as Slack and Mattermost show it, and refuse JSON without it.
func (d Delivery) encode() ([]byte, error) {
	return json.Marshal(struct {
		Delivery
		Text string `json:"text"`
	}{d, d.text()})
}

// Sample returns a delivery that tests a sink.
func Sample(now time.Time) Delivery {
	now = now.UTC().Truncate(time.Second)
	return Delivery{Version: Version, Test: true, Events: []Event{{
		ID: "test-" + now.Format("20060102T150405Z"), Kind: Listed, Time: now, Caller: "+12025550123", Dialled: "+12025550100",
		Reason: "a test of this sink: no caller was listed", Expires: now.Add(24 * time.Hour), Strike: 1, Call: "test",
	}}}
}

// RetryError is why a delivery failed, and how long the next attempt must wait.
type RetryError struct {
	Err   error
	After time.Duration
}

func (e *RetryError) Error() string { return e.Err.Error() }

func (e *RetryError) Unwrap() error { return e.Err }

// refusedPause is the pause after a refused delivery: it will be refused again
// until a user has corrected the configuration.
const refusedPause = 30 * time.Minute

// pauseAfter returns how long the next attempt must wait after an error.
func pauseAfter(err error) time.Duration {
	if retry, ok := errors.AsType[*RetryError](err); ok {
		return retry.After
	}
	return 0
}
