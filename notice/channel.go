package notice

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Version is the version of what commands and webhooks get.
const Version = 1

// Channel is a way to tell people of listings.
type Channel interface {
	// Name is the channel's own, by which the store remembers what it has told.
	Name() string
	// Target says where it leads, without secrets.
	Target() string
	// Deliver tells of all the listings, or returns why it could not: a
	// *Failure if the channel is better left alone for a while. It ends soon
	// after ctx does. Its errors hold no secrets.
	Deliver(ctx context.Context, delivery Delivery) error
}

// Delivery is what is told at once.
type Delivery struct {
	// Version is that of this form.
	Version int `json:"version"`
	// Test says that nobody was listed: the operator tries the channel.
	Test bool `json:"test,omitempty"`
	// Listings are one at least, in the order of their IDs.
	Listings []Notice `json:"listings"`
}

// ID is the same for the same listings, however often they are delivered.
func (d Delivery) ID() string {
	first, last := d.Listings[0].ID, d.Listings[len(d.Listings)-1].ID
	if first == last {
		return first
	}
	return first + "_" + last
}

func (d Delivery) encode() ([]byte, error) { return json.Marshal(d) }

// Failure is a delivery that did not work and should not be tried again soon.
type Failure struct {
	Err error
	// After is how long the channel should be left alone at least.
	After time.Duration
}

func (f *Failure) Error() string { return f.Err.Error() }

func (f *Failure) Unwrap() error { return f.Err }

// patience is how long a channel is left alone that refuses what it was sent:
// until somebody has set it right, it will do so again.
const patience = 30 * time.Minute

// leaveAlone returns how long a channel should be left alone after an error.
func leaveAlone(err error) time.Duration {
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure.After
	}
	return 0
}

// Sample returns a delivery by which a channel is tried.
func Sample(now time.Time) Delivery {
	now = now.UTC().Truncate(time.Second)
	return Delivery{Version: Version, Test: true, Listings: []Notice{{
		ID: "test-" + now.Format("20060102T150405Z"), Time: now, Caller: "+12025550123", Dialled: "+12025550100",
		Reason: "a trial of this channel: nobody was listed", Expires: now.Add(24 * time.Hour), Strike: 1, Call: "test",
	}}}
}
