package ari

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	v5 "github.com/CyCoreSystems/ari/v5"
)

// event is what a session needs of one frame.
type event struct {
	kind string
	// at is Asterisk's own time of the event; zero if it could not be read.
	at time.Time
	// channel of StasisStart and StasisEnd.
	channel wireChannel
	// args of StasisStart.
	args []string
	// playback of PlaybackFinished.
	playback v5.PlaybackData
	// name of ChannelUserevent.
	name string
}

// wireChannel is a channel in Asterisk's JSON. The library's ChannelData
// lacks protocol_id, and fails as a whole if one field is unexpected.
type wireChannel struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	ProtocolID string      `json:"protocol_id"`
	Caller     v5.CallerID `json:"caller"`
}

// call returns the channel as a Call.
func (c wireChannel) call() Call {
	return Call{ID: c.ID, Channel: c.Name, SIPCallID: c.ProtocolID, Number: c.Caller.Number, Name: c.Caller.Name}
}

// timestamp is the format of an event's time.
const timestamp = "2006-01-02T15:04:05.000-0700"

var (
	errNotEvent   = errors.New("the frame is not an ARI event")
	errHalfFilled = errors.New("the event has no channel or playback")
)

// known reports whether a session uses events of a type. All others are counted
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
// The two events of every call are not read by the library: it has no field for
// protocol_id, fails at a time in an unusual format, and takes twice as long.
func decode(frame []byte) (event, error) {
	var wire struct {
		Type      string
		Timestamp string
		Channel   wireChannel
		Args      []string
	}
	err := json.Unmarshal(frame, &wire)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !odd || wire.Type == "" {
		return event{}, errNotEvent
	}
	e := event{kind: wire.Type}
	lacking := false
	switch e.kind {
	case v5.Events.StasisStart, v5.Events.StasisEnd:
		e.channel, e.args = wire.Channel, wire.Args
		// An invalid time is zero: only Stayed needs it.
		e.at, _ = time.Parse(timestamp, wire.Timestamp)
		lacking = e.channel.ID == ""
	case v5.Events.PlaybackFinished, v5.Events.ChannelUserevent:
		err = e.decodeOther(frame)
		lacking = e.kind == v5.Events.PlaybackFinished && e.playback.ID == ""
	}
	if lacking {
		return e, fmt.Errorf("%s: %w", e.kind, errors.Join(errHalfFilled, err))
	}
	return e, nil
}

// decodeOther reads an event of a playback or of a user with the library. The
// library reads all fields or none: if it fails, at a time in an unusual format
// for example, only the fields that a session needs are read.
func (e *event) decodeOther(frame []byte) error {
	typed, err := v5.DecodeEvent(frame)
	if err != nil {
		var wire struct {
			Playback struct{ ID, State string }
			Name     string `json:"eventname"`
		}
		err = errors.Join(err, json.Unmarshal(frame, &wire))
		e.playback.ID, e.playback.State, e.name = wire.Playback.ID, wire.Playback.State, wire.Name
		return err
	}
	switch typed := typed.(type) {
	case *v5.PlaybackFinished:
		e.playback = typed.Playback
	case *v5.ChannelUserevent:
		e.name = typed.Eventname
	}
	return nil
}
