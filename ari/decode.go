package ari

import (
	"encoding/json"
	"errors"
	"fmt"

	v5 "github.com/CyCoreSystems/ari/v5"
)

// event is what a session needs of one frame.
type event struct {
	kind string
	// channel of StasisStart and StasisEnd.
	channel wireChannel
	// args of StasisStart.
	args []string
	// playback of PlaybackFinished.
	playback v5.PlaybackData
	// name of ChannelUserevent.
	name string
}

// wireChannel is a channel as Asterisk writes it. The library's ChannelData
// lacks protocol_id, and fails as a whole where one field surprises it.
type wireChannel struct {
	ID         string      `json:"id"`
	ProtocolID string      `json:"protocol_id"`
	Caller     v5.CallerID `json:"caller"`
}

// call is a channel seen as a call.
func (c wireChannel) call() Call {
	return Call{ID: c.ID, SIPCallID: c.ProtocolID, Number: c.Caller.Number, Name: c.Caller.Name}
}

var (
	errNotEvent   = errors.New("the frame is not an ARI event")
	errHalfFilled = errors.New("the event lacks what it is about")
)

// known are the types that a session asks Asterisk for. All others are counted
// together and ignored.
func known(kind string) bool {
	switch kind {
	case v5.Events.StasisStart, v5.Events.StasisEnd, v5.Events.PlaybackFinished,
		v5.Events.ChannelUserevent, v5.Events.ApplicationReplaced:
		return true
	}
	return false
}

// decode reads a frame. An event of a type that is not known comes back with
// its kind and nothing else. With an error the kind is given where it could be
// read.
//
// The library decodes the event. What it has no field for, and what it gave up
// on over some other field (a time in a format of its own), comes from a
// second look at the frame: a call must not be lost over a time stamp.
func decode(frame []byte) (event, error) {
	var wire struct {
		Type     string
		Channel  wireChannel
		Args     []string
		Playback struct{ ID, State string }
		Name     string `json:"eventname"`
	}
	err := json.Unmarshal(frame, &wire)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !odd || wire.Type == "" {
		return event{}, errNotEvent
	}
	e := event{kind: wire.Type}
	if !known(e.kind) {
		return e, nil
	}
	typed, err := v5.DecodeEvent(frame)
	switch typed := typed.(type) {
	case *v5.StasisStart:
		e.channel, e.args = channelOf(typed.Channel, wire.Channel), typed.Args
		if len(e.args) == 0 {
			e.args = wire.Args
		}
	case *v5.StasisEnd:
		e.channel = channelOf(typed.Channel, wire.Channel)
	case *v5.PlaybackFinished:
		e.playback = typed.Playback
		if e.playback.ID == "" {
			e.playback.ID, e.playback.State = wire.Playback.ID, wire.Playback.State
		}
	case *v5.ChannelUserevent:
		e.name = typed.Eventname
		if e.name == "" {
			e.name = wire.Name
		}
	}
	switch {
	case (e.kind == v5.Events.StasisStart || e.kind == v5.Events.StasisEnd) && e.channel.ID == "",
		e.kind == v5.Events.PlaybackFinished && e.playback.ID == "":
		return e, fmt.Errorf("%s: %w", e.kind, errors.Join(errHalfFilled, err))
	}
	return e, nil
}

// channelOf prefers what the library read.
func channelOf(typed v5.ChannelData, wire wireChannel) wireChannel {
	if typed.ID != "" {
		wire.ID = typed.ID
	}
	if typed.Caller != nil {
		wire.Caller = *typed.Caller
	}
	return wire
}
