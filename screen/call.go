// Package screen decides about calls. Decide turns a Call, the Facts that
// the store knows about its caller and the Policy into a Verdict that names
// every check and its reason; Screener carries one call through that
// decision, in time and whatever fails.
package screen

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/ringfence/ringfence/phone"
)

// Call is an inbound call as the dialplan hands it over.
type Call struct {
	// ID is the channel's unique id. Origin names the Asterisk that it is of, as
	// one word: two that were started at the same time give the same ids.
	ID        string
	Origin    string
	LinkedID  string
	SIPCallID string
	Caller    Caller
	Dialled   phone.Number
	// Attestation is the verified STIR/SHAKEN level: A, B, C or "".
	Attestation string
	// ToldHours says that the dialplan takes calls outside working time back at
	// an extension of their own.
	ToldHours bool
	// At is when the call arrived.
	At time.Time
}

// Caller is who calls.
type Caller struct {
	Number phone.Number
	// Withheld says that the caller asked for the number not to be shown.
	// Some trunks deliver the number all the same: it is looked up, but
	// never shown or logged.
	Withheld bool
	// Doubtful says that the number is only what can be made of a text that
	// is none as it stands, or that Asterisk may have cut. It is looked up, so
	// that no listed caller passes by a stray character, but it may be
	// somebody else's.
	Doubtful bool
}

// String returns what may be shown and logged of the caller.
func (c Caller) String() string {
	switch {
	case c.Withheld:
		return phone.Withheld.String()
	case c.Doubtful:
		return phone.Unreadable.String()
	}
	return c.Number.String()
}

// Hidden reports whether nothing is known to show about the caller.
func (c Caller) Hidden() bool { return c.Withheld || c.Doubtful || !c.Number.Known() }

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

// tellHours is what a dialplan passes that has the extension ExitAllowClosed:
// one of an earlier version would lose the call there.
const tellHours = "hours"

// maxCaller is how many bytes Asterisk keeps of what a caller sent.
const maxCaller = 79

// ReadCall makes a Call of the arguments that the dialplan gave to Stasis().
// It never fails: what can't be read is left unknown, since no caller may be
// stuck by what a SIP message says. Number is the caller's number as the
// channel itself has it, used where the arguments carry none.
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
		LinkedID:    fixed[argLinkedID],
		Caller:      ReadCaller(caller, fixed[argPresentation], fixed[argCallerLength], region),
		Dialled:     dialledNumbers.read(region, fixed[argDialled]),
		Attestation: fixed[argAttestation],
		ToldHours:   fixed[argHours] == tellHours,
	}
}

// ReadCaller reads who calls, as Asterisk has it: the number, how it is to be
// presented, and how many bytes the caller sent, "" if the dialplan is of an
// earlier version and does not tell. Of the presentation values, only those
// that begin with "prohib" ask for secrecy; "unavailable" comes with an empty
// number.
func ReadCaller(number, presentation, length string, region phone.Region) Caller {
	caller := Caller{Number: region.Caller(number)}
	if kind := caller.Number.Kind(); kind == phone.Unreadable || kind == phone.Missing {
		if resembled := region.Caller(bareDigits(number)); resembled.Known() {
			caller.Number, caller.Doubtful = resembled, true
		}
	}
	bytes, _ := strconv.Atoi(length)
	caller.Doubtful = caller.Doubtful || bytes >= maxCaller
	caller.Withheld = strings.HasPrefix(presentation, "prohib") || caller.Number.Kind() == phone.Withheld
	return caller
}

// bareDigits returns the digits of a text up to the first letter or @ after
// them, with the + that stands before them.
func bareDigits(text string) string {
	var digits []rune
	plus := false
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			digits = append(digits, r)
		case len(digits) > 0 && (unicode.IsLetter(r) || r == '@'):
			return joined(plus, digits)
		case len(digits) == 0 && r == '+':
			plus = true
		}
	}
	return joined(plus, digits)
}

func joined(plus bool, digits []rune) string {
	if plus {
		return "+" + string(digits)
	}
	return string(digits)
}
