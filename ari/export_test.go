package ari

// For tests of this package.
var (
	Pause    = pause
	MaxFrame = maxFrame
)

// Decoded is what the decoder made of a frame.
type Decoded struct {
	Kind     string
	Call     Call
	Playback string
	Name     string
}

// Decode runs the decoder.
func Decode(frame []byte) (Decoded, error) {
	e, err := decode(frame)
	d := Decoded{Kind: e.kind, Call: e.channel.call(), Playback: e.playback.ID, Name: e.name}
	d.Call.Args = e.args
	return d, err
}

// Known reports whether a type is one that is asked for.
func Known(kind string) bool { return known(kind) }
