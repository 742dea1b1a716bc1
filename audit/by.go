// Package audit is about who changed what and when: the events of the trail, how
// they are searched and undone. Events are only ever added; the oldest go when the
// trail is full.
package audit

import (
	"context"
)

// Via is the way by which a change came.
type Via string

// The ways.
const (
	// CommandLine is a user of the machine, who typed a command.
	CommandLine Via = "cli"
	// API is a user of the console or of a program that calls the API.
	API Via = "api"
	// Feed is a subscription, which changes the list by itself.
	Feed Via = "feed"
	// Rule is a rule that lists callers by what they do.
	Rule Via = "rule"
	// Phone is a telephone, at which somebody dialled a star code.
	Phone Via = "phone"
)

// Vias returns every way.
func Vias() []Via { return []Via{CommandLine, API, Feed, Rule, Phone} }

// By is who makes a change, and by which way. Its zero value is somebody
// unknown.
type By struct {
	// Name is of the user, the feed, the rule or the telephone.
	Name string `json:"name,omitempty"`
	Via  Via    `json:"via,omitempty"`
}

type byKey struct{}

// As returns a context for work that is done by somebody: what the work
// changes is recorded as theirs.
func As(ctx context.Context, by By) context.Context { return context.WithValue(ctx, byKey{}, by) }

// From returns who does the work of a context, the zero value if nobody was
// named.
func From(ctx context.Context) By {
	by, _ := ctx.Value(byKey{}).(By)
	return by
}
