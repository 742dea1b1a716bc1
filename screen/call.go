// Package screen decides about calls. Decide makes a Verdict of a Call, the
// Facts that the store has about its caller, and the Policy. The Verdict names
// every check and its reason. Screener decides about one call within a deadline,
// even if Redis or Asterisk fails.
package screen

import (
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ringfence/ringfence/phone"
)

// Call is an inbound call as the dialplan passes it on.
type Call struct {
	// ID is the channel's unique id. Origin is one word that names the Asterisk
	// server: two servers that started at the same time use the same ids.
	ID        string
	Origin    string
	LinkedID  string
	SIPCallID string
	Caller    Caller
	Dialled   phone.Number
	// Attestation is the verified STIR/SHAKEN level: A, B, C or "".
	Attestation string
	// HasClosedExit says that the dialplan has the extension ExitAllowClosed for
	// calls outside working time.
	HasClosedExit bool
	// At is when the call arrived.
	At time.Time
	// ListTime is the time by which entries of the list have ended; zero means At.
	ListTime time.Time
}

// listTime is the time by which entries of the list have ended.
func (c Call) listTime() time.Time {
	if c.ListTime.IsZero() {
		return c.At
	}
	return c.ListTime
}

// Caller is who calls.
type Caller struct {
	Number phone.Number
	// Withheld says that the caller asked to hide the number. Some trunks send the
	// number nevertheless: it is looked up, but never shown or logged.
	Withheld bool
	// Unreadable says that the text from the network is not a number, or that
	// Asterisk may have cut it. Number holds the digits in it. They are looked up,
	// so that no listed caller passes by adding a character. They are not shown,
	// since they may be the number of someone else.
	Unreadable bool
}

// String returns the caller as it may be shown and logged.
func (c Caller) String() string {
	switch {
	case c.Withheld:
		return phone.Withheld.String()
	case c.Unreadable:
		return phone.Unreadable.String()
	}
	return c.Number.String()
}

// Hidden reports whether there is no number that may be shown.
func (c Caller) Hidden() bool { return c.Withheld || c.Unreadable || !c.Number.Known() }

// The places of Stasis()'s arguments, set by asterisk-conf/ringfence.conf.
const (
	argDialled = iota
	argCaller
	argPresentation
	argAttestation
	argLinkedID
	argCallerLength
	argHours
	argCount
)

// hoursArgument is passed by a dialplan that has the extension ExitAllowClosed.
// A dialplan of an earlier version lacks it and would lose the call there.
const hoursArgument = "hours"

// maxCaller is how many bytes Asterisk keeps of the text that a caller sent.
const maxCaller = 79

// ReadCall makes a Call of the arguments that the dialplan passed to Stasis().
// It never fails: a SIP message must not stop a call, so what is unreadable
// stays unknown. Number is the caller's number that the channel has. It is used
// if the arguments have none.
func ReadCall(args []string, number string, region phone.Region) Call {
	var fixed [argCount]string
	copy(fixed[:], args)
	caller, err := url.PathUnescape(fixed[argCaller])
	if err != nil {
		caller = fixed[argCaller]
	}
	if caller == "" {
		caller = number
	}
	return Call{
		LinkedID:      fixed[argLinkedID],
		Caller:        ReadCaller(caller, fixed[argPresentation], fixed[argCallerLength], region),
		Dialled:       dialledNumbers.read(region, fixed[argDialled]),
		Attestation:   fixed[argAttestation],
		HasClosedExit: fixed[argHours] == hoursArgument,
	}
}

// ReadCaller reads the caller from Asterisk's values: the number, its
// presentation, and how many bytes the caller sent, "" if a dialplan of an
// earlier version does not pass it. Only presentation values that begin with
// "prohib" withhold the number; "unavailable" comes with an empty number.
func ReadCaller(number, presentation, length string, region phone.Region) Caller {
	var caller Caller
	caller.Number, caller.Unreadable = region.Line(number)
	bytes, _ := strconv.Atoi(length)
	caller.Unreadable = caller.Unreadable || bytes >= maxCaller
	caller.Withheld = strings.HasPrefix(presentation, "prohib") || caller.Number.Kind() == phone.Withheld
	return caller
}

// maxDialled bounds how many dialled numbers are remembered. With a wide
// pattern in the dialplan, callers may dial any number.
const maxDialled = 1000

// dialledNumbers remembers dialled numbers that were parsed. A PBX has few,
// each call has one, and parsing a national spelling is slow.
var dialledNumbers = numbers{known: map[spelled]phone.Number{}}

type spelled struct {
	region phone.Region
	text   string
}

type numbers struct {
	mu    sync.Mutex
	known map[spelled]phone.Number
}

func (n *numbers) read(region phone.Region, text string) phone.Number {
	as := spelled{region, text}
	n.mu.Lock()
	number, known := n.known[as]
	n.mu.Unlock()
	if known {
		return number
	}
	number = region.Caller(text)
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= maxDialled {
		clear(n.known)
	}
	n.known[as] = number
	return number
}
