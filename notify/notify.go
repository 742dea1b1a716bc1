// Package notify delivers events to sinks: a [Command], a [Webhook], an
// [Email]. An event says that a rate rule has listed a caller; it is written to
// the [Outbox] by the change that it reports. A [Dispatcher] reads the outbox
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

// Kind says what has happened.
type Kind string

// Listed is the kind of event that a rate rule writes when it lists a caller.
const Listed Kind = "listed"

// Event is one thing that has happened.
type Event struct {
	// ID is the event's place in the outbox, which assigns it.
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Time is when the last of the calls came, to the second.
	Time time.Time `json:"time"`
	// Caller is the number that was listed; To is the dialled number that it is
	// listed for, "" for all.
	Caller string `json:"caller"`
	To     string `json:"to,omitempty"`
	// Dialled is the number that the last call dialled, "" if it is not known.
	Dialled string `json:"dialled,omitempty"`
	// Reason is that of the entry.
	Reason string `json:"reason"`
	// Expires is when the entry ends; zero means never.
	Expires time.Time `json:"expires,omitzero"`
	// Strike counts how often rules have listed the caller, this time included.
	Strike int `json:"strike"`
	// Call is Asterisk's ID of the last call, @ and the Asterisk it came from.
	Call string `json:"call"`
}

// added returns when the outbox took the event: Redis begins an ID with its
// Unix milliseconds. An event without such an ID goes by its call.
func (e Event) added() time.Time {
	milliseconds, _, _ := strings.Cut(e.ID, "-")
	at, err := strconv.ParseInt(milliseconds, 10, 64)
	if err != nil {
		return e.Time
	}
	return time.UnixMilli(at)
}

// Outbox is where events wait, and how far each sink has come.
type Outbox interface {
	// Events returns at most limit events after the one with the given ID, the
	// oldest first.
	Events(ctx context.Context, after string, limit int) ([]Event, error)
	// Cursor returns the ID of the last event that a sink has delivered. A new
	// sink begins after the last event in the outbox.
	Cursor(ctx context.Context, sink string) (id string, err error)
	// SetCursor keeps the ID of the last event that a sink has delivered. It
	// never goes back.
	SetCursor(ctx context.Context, sink, id string) error
	// Lease lets one process at a time do what has this name. The context that
	// it returns ends when the lease is lost; its cause is why.
	Lease(ctx context.Context, name string) (held context.Context, release func(), err error)
}

// Sink takes events.
type Sink interface {
	// Name is that of the sink's cursor.
	Name() string
	// Target is where the events go, without secrets.
	Target() string
	// Deliver sends all the events, or returns why it could not: a *RetryError
	// if the sink should be left alone for a while. It ends soon after ctx does.
	// Its errors hold no secrets.
	Deliver(ctx context.Context, delivery Delivery) error
}

// Version is the version of the JSON that commands and webhooks get.
const Version = 1

// Delivery is the events that are sent at once.
type Delivery struct {
	Version int `json:"version"`
	// Test marks a sample: nobody was listed.
	Test bool `json:"test,omitempty"`
	// Events are at least one, in the order of their IDs.
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

func (d Delivery) encode() ([]byte, error) { return json.Marshal(d) }

// Sample returns a delivery that tests a sink.
func Sample(now time.Time) Delivery {
	now = now.UTC().Truncate(time.Second)
	return Delivery{Version: Version, Test: true, Events: []Event{{
		ID: "test-" + now.Format("20060102T150405Z"), Kind: Listed, Time: now, Caller: "+12025550123", Dialled: "+12025550100",
		Reason: "a test of this sink: nobody was listed", Expires: now.Add(24 * time.Hour), Strike: 1, Call: "test",
	}}}
}

// RetryError is why a delivery failed, and how long the sink should be left
// alone.
type RetryError struct {
	Err   error
	After time.Duration
}

func (e *RetryError) Error() string { return e.Err.Error() }

func (e *RetryError) Unwrap() error { return e.Err }

// refusedPause is how long a sink is left alone that has refused a delivery: it
// does so again until somebody has corrected its configuration.
const refusedPause = 30 * time.Minute

// pauseAfter returns how long a sink should be left alone after an error.
func pauseAfter(err error) time.Duration {
	if retry, ok := errors.AsType[*RetryError](err); ok {
		return retry.After
	}
	return 0
}
