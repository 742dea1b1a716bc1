// Package star carries out star codes: a user blocks the last caller of a
// telephone, or removes that block. Decide makes the decision; Service carries it
// out within a deadline, even if Redis or Asterisk fails.
package star

import (
	"net/url"
	"strings"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// Action is the requested action.
type Action string

// The actions, as the dialplan names them.
const (
	// BlockLast puts the last caller on the list.
	BlockLast Action = "block-last"
	// RemoveLast removes the last caller from the list.
	RemoveLast Action = "remove-last"
	// unknownAction means any other request.
	unknownAction Action = "unknown"
)

// Mark is the first argument of Stasis() for a request. For a call it is the
// dialled number, which asterisk-conf/ringfence.conf limits to digits, +, * and #.
const Mark = "star"

// The places of Stasis()'s arguments, set by asterisk-conf/ringfence-star.conf.
const (
	argMark = iota
	argAction
	argCaller
	argPresentation
	argCallerLength
	argCount
)

// Request is a star code that a telephone has dialled.
type Request struct {
	// Channel is the channel's unique id.
	Channel string
	// Endpoint is the name of the telephone's endpoint in pjsip.conf, "" if the
	// channel has none.
	Endpoint string
	Action   Action
	// Called says that the telephone has a last caller, Caller who it is.
	Called bool
	Caller screen.Caller
}

// IsRequest reports whether the arguments of Stasis() are a request, and not a
// call to screen.
func IsRequest(args []string) bool { return len(args) > 0 && args[0] == Mark }

// Read makes a Request of the arguments that the dialplan passed to Stasis(), and
// of the channel's id and name. It never fails: what is unreadable stays unknown,
// and Decide refuses it.
func Read(args []string, id, name string, region phone.Region) Request {
	var fixed [argCount]string
	copy(fixed[:], args)
	request := Request{Channel: id, Endpoint: endpoint(name), Action: unknownAction, Called: fixed[argPresentation] != ""}
	if action := Action(fixed[argAction]); action == BlockLast || action == RemoveLast {
		request.Action = action
	}
	if request.Called {
		number, err := url.PathUnescape(fixed[argCaller])
		if err != nil {
			number = fixed[argCaller]
		}
		request.Caller = screen.ReadCaller(number, fixed[argPresentation], fixed[argCallerLength], region)
	}
	return request
}

// technology is the only one whose channels are named after an identified
// endpoint.
const technology = "PJSIP/"

// endpoint returns the endpoint's name in a channel's name. Asterisk adds a hyphen
// and a number to it.
func endpoint(channel string) string {
	name, isPhone := strings.CutPrefix(channel, technology)
	end := strings.LastIndexByte(name, '-')
	if !isPhone || end < 0 {
		return ""
	}
	return name[:end]
}

// author is the telephone's name in entries, the audit log and the log.
func (r Request) author() string { return technology + r.Endpoint }
