package screen

import (
	"time"

	"github.com/ringfence/ringfence/calllog"
)

// The events of a call, beside calllog.BlockedText, which ends a refused one.
const (
	eventEntered        = "entered"
	eventChecked        = "checked"
	eventListed         = "put on the list"
	eventMessage        = "message played"
	eventMessageFailed  = "message did not play"
	eventContinued      = "continued"
	eventHungUp         = "the caller hung up"
	eventContinuedEarly = "continued before the decision"
	eventNotAccepted    = "Asterisk did not accept the decision"
)

// timeline collects the events of a call with their time since its arrival.
type timeline struct {
	arrived time.Time
	now     func() time.Time
	events  []calllog.Event
}

// timeline begins with the call's arrival.
func (s *Screener) timeline(call Call) *timeline {
	return &timeline{arrived: call.At, now: s.Now, events: []calllog.Event{{Name: eventEntered}}}
}

func (t *timeline) add(name string) {
	after := t.now().Sub(t.arrived).Truncate(time.Microsecond)
	t.events = append(t.events, calllog.Event{Name: name, After: after})
}
