// Package star carries out star codes: somebody at a telephone has the last
// caller blocked, or that undone. Decide is the decision; Service carries a
// request through it, in time and whatever fails.
package star

import (
	"net/url"
	"strings"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// Action is what is asked for.
type Action string

// The actions, as the dialplan names them.
const (
	// BlockLast puts the last caller on the list.
	BlockLast Action = "block-last"
	// RemoveLast takes the last caller off it.
	RemoveLast Action = "remove-last"
	// unknownAction stands for what else a dialplan asks for.
	unknownAction Action = "unknown"
)

// Mark is the first argument of Stasis() for a request. A call that is to be
// screened has the dialled number there, of which asterisk-conf/ringfence.conf
// leaves digits, +, * and #.
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

// Request is what was dialled at a telephone.
type Request struct {
	// Channel is the channel's unique id.
	Channel string
	// Endpoint is the name of the telephone's endpoint in pjsip.conf, "" if the
	// channel is not that of one.
	Endpoint string
	Action   Action
	// Called says that somebody has called the telephone, Caller who it was.
	Called bool
	Caller screen.Caller
}

// IsRequest reports whether Stasis() was given a request, and not a call that
// is to be screened.
func IsRequest(args []string) bool { return len(args) > 0 && args[0] == Mark }

// Read makes a Request of the arguments that the dialplan gave to Stasis(), and
// of the channel's id and name. It never fails: what can't be read is left
// unknown, and refused.
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

// technology is that of the telephones: only its channels are named after an
// endpoint that has been identified.
const technology = "PJSIP/"

// endpoint takes the endpoint's name out of the channel's, which Asterisk
// completes by a hyphen and a number.
func endpoint(channel string) string {
	name, isPhone := strings.CutPrefix(channel, technology)
	end := strings.LastIndexByte(name, '-')
	if !isPhone || end < 0 {
		return ""
	}
	return name[:end]
}

// author is how an entry, the audit trail and the log name the telephone.
func (r Request) author() string { return technology + r.Endpoint }
