package aritest

import (
	"maps"
	"slices"
	"time"
)

// waitFor waits until cond holds, which is looked at after each change here.
// It fails the test after half a minute.
func (a *Asterisk) waitFor(what string, cond func() bool) {
	a.t.Helper()
	// Wakes the wait below; Cond knows no deadline.
	late := false
	timer := time.AfterFunc(waitTimeout, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		late = true
		a.changed.Broadcast()
	})
	defer timer.Stop()
	a.mu.Lock()
	defer a.mu.Unlock()
	for !cond() {
		if late {
			a.t.Fatalf("waited in vain for %s; requests so far: %v", what, a.requests)
		}
		a.changed.Wait()
	}
}

// WaitRegistered waits until a client is registered and has put its filter.
func (a *Asterisk) WaitRegistered() {
	a.t.Helper()
	a.waitFor("a client to register", func() bool { return a.app != nil && len(a.filter) > 0 })
}

// WaitGone waits until no client is registered.
func (a *Asterisk) WaitGone() {
	a.t.Helper()
	a.waitFor("the client to leave", func() bool { return a.app == nil })
}

// WaitSockets waits until n event sockets have been opened in all.
func (a *Asterisk) WaitSockets(n int) {
	a.t.Helper()
	a.waitFor("another event socket", func() bool { return a.sockets >= n })
}

// WaitRequests waits until n requests of a kind (the last segment of the path,
// or "heartbeat") have come.
func (a *Asterisk) WaitRequests(kind string, n int) {
	a.t.Helper()
	a.waitFor("requests of kind "+kind, func() bool { return a.requests[kind] >= n })
}

// WaitContinued waits until a call has been continued, and returns where to.
func (a *Asterisk) WaitContinued(id string) Move {
	a.t.Helper()
	var move Move
	a.waitFor("call "+id+" to be continued", func() bool {
		c, ok := a.channels[id]
		if !ok || len(c.moves) == 0 {
			return false
		}
		move = c.moves[0]
		return true
	})
	return move
}

// WaitPlayback waits until something plays to a call, and returns its id.
func (a *Asterisk) WaitPlayback(channelID string) string {
	a.t.Helper()
	var id string
	a.waitFor("a playback on "+channelID, func() bool {
		for key, p := range a.playbacks {
			if p.channel == channelID {
				id = key
				return true
			}
		}
		return false
	})
	return id
}

// WaitEmpty waits until no call is in Stasis.
func (a *Asterisk) WaitEmpty() {
	a.t.Helper()
	a.waitFor("Stasis to be empty", func() bool { return a.staying == 0 })
}

// InStasis returns the ids of the calls in Stasis.
func (a *Asterisk) InStasis() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inStasis()
}

// Moves returns where the calls that have been continued went, by id.
func (a *Asterisk) Moves() map[string]Move {
	a.mu.Lock()
	defer a.mu.Unlock()
	moves := map[string]Move{}
	for id, c := range a.channels {
		if len(c.moves) > 0 {
			moves[id] = c.moves[0]
		}
	}
	return moves
}

// Requests returns how many requests of each kind have come.
func (a *Asterisk) Requests() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.requests)
}

// Sockets returns how many event sockets have been opened.
func (a *Asterisk) Sockets() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sockets
}

// Filter returns the event types that the client asked for.
func (a *Asterisk) Filter() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.filter)
}

// Connections returns how many connections have been accepted.
func (a *Asterisk) Connections() int { return int(a.connections.Load()) }
