package ari

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Tune returns what only tests change, for a change.
func (c *Config) Tune() *tuning {
	if c.tune == nil {
		own := defaults
		c.tune = &own
	}
	return c.tune
}

// Pause is the backoff.
var Pause = pause

// Decoded is what the decoder made of a frame.
type Decoded struct {
	Kind          string
	Call          Call
	Playback      string
	PlaybackState string
	Name          string
}

// Decode runs the decoder.
func Decode(frame []byte) (Decoded, error) {
	e, err := decode(frame)
	d := Decoded{Kind: e.kind, Call: e.channel.call(), Playback: e.playback.ID, PlaybackState: e.playback.State, Name: e.name}
	d.Call.Args = e.args
	return d, err
}

// Known reports whether a type is one that is asked for.
func Known(kind string) bool { return known(kind) }

// Table is the table of calls, driven by hand.
type Table struct{ t *table }

// NewTable makes an empty one.
func NewTable() Table { return Table{newTable(NewMetrics(prometheus.NewRegistry()))} }

// Enter reports whether the call is new to the table.
func (t Table) Enter(call Call) bool {
	return t.t.enter(context.Background(), call, time.Time{}) != nil
}

// Leave, Continued, BeginSweep, EndSweep and OpenCalls are the table's.
func (t Table) Leave(id string)       { t.t.leave(id, time.Time{}) }
func (t Table) Continued(id string)   { t.t.continued(id) }
func (t Table) BeginSweep()           { t.t.beginSweep() }
func (t Table) EndSweep(ids []string) { t.t.endSweep(ids) }
func (t Table) ForgetSweep()          { t.t.forgetSweep() }
func (t Table) OpenCalls() int        { return t.t.openCalls() }
