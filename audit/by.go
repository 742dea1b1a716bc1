// Package audit holds the events of the audit log: who changed what and when, and
// filters for them. Events are only added; the oldest are deleted when the log is full.
package audit

import "context"

// Via is the way in which a change was made.
type Via string

// The ways.
const (
	// CommandLine is a command that a user of the machine typed.
	CommandLine Via = "cli"
	// API is a request to the HTTP API.
	API Via = "api"
	// Feed is a feed.
	Feed Via = "feed"
	// Rule is a rate rule that lists callers.
	Rule Via = "rule"
	// Phone is a telephone with star codes.
	Phone Via = "phone"
)

// Vias returns every way.
func Vias() []Via { return []Via{CommandLine, API, Feed, Rule, Phone} }

// By is who makes a change, and in which way. The zero value means unknown.
type By struct {
	// Name of the user, feed, rule or telephone.
	Name string `json:"name,omitempty"`
	// "cli", "api", "feed", "rule" or "phone".
	Via Via `json:"via,omitempty"`
}

type byKey struct{}

// As returns a context with an actor; the audit log records changes under this actor.
func As(ctx context.Context, by By) context.Context { return context.WithValue(ctx, byKey{}, by) }

// From returns the actor of a context, or the zero value.
func From(ctx context.Context) By {
	by, _ := ctx.Value(byKey{}).(By)
	return by
}
