// Package notice tells people that a rate rule has put a caller on the list.
//
// A [Teller] takes what a call has led to off the call's path and has the store
// tell of it, which makes a [Notice]. A [Runner] delivers notices by the
// channels that the operator has named: a [Command], a [Webhook], an [Email].
// Where notices are kept is told by interfaces.
package notice

import (
	"strconv"
	"strings"
	"time"
)

// Notice is one such listing.
type Notice struct {
	// ID is its place among the notices; the store gives it.
	ID string `json:"id"`
	// Time is when the last of the calls came, to the second.
	Time time.Time `json:"time"`
	// Caller is the number that was listed; To is the dialled number that it is
	// listed for, "" for all.
	Caller string `json:"caller"`
	To     string `json:"to,omitempty"`
	// Dialled is what the last of the calls had dialled, "" if that is not known.
	Dialled string `json:"dialled,omitempty"`
	// Reason says what the rule has found, as the list does.
	Reason string `json:"reason"`
	// Expires is when the listing ends; zero means never.
	Expires time.Time `json:"expires,omitzero"`
	// Strike is how many times rules have listed the caller, this one included.
	Strike int `json:"strike"`
	// Call is Asterisk's id of the last of the calls, @ and which Asterisk that is.
	Call string `json:"call"`
}

// added returns when the store took the notice: Redis begins an id with its
// Unix milliseconds. A notice without such an id goes by its call.
func (n Notice) added() time.Time {
	milliseconds, _, _ := strings.Cut(n.ID, "-")
	at, err := strconv.ParseInt(milliseconds, 10, 64)
	if err != nil {
		return n.Time
	}
	return time.UnixMilli(at)
}
