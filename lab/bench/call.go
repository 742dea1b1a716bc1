package main

import "time"

// A call is one that was placed.
type call struct {
	invite []byte
	sent   time.Time
	late   time.Duration // how much later than it should have been
	repeat time.Time     // when to send it again
	pause  time.Duration // between the last two times it was sent
	heard  bool          // that there was an answer, if only a provisional one
	resent int
	code   int
	took   time.Duration // valid if code is not 0
}

// expect sets the calls that are going on. An answer to any other is
// acknowledged and not counted.
func (d *dialer) expect(calls map[string]*call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls, d.open = calls, 0
}

func (d *dialer) unheard(now time.Time) []*call {
	d.mu.Lock()
	defer d.mu.Unlock()
	var due []*call
	for _, c := range d.calls {
		if !c.heard && now.After(c.repeat) {
			c.pause *= 2
			c.repeat = now.Add(c.pause)
			c.resent++
			due = append(due, c)
		}
	}
	return due
}

// note writes an answer down.
func (d *dialer) note(id string, code int, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, found := d.calls[id]
	if !found || c.code != 0 {
		return
	}
	c.heard = true
	if code < 200 {
		return
	}
	c.code, c.took = code, at.Sub(c.sent)
	if d.open--; d.open == 0 {
		select {
		case d.idle <- struct{}{}:
		default:
		}
	}
}
