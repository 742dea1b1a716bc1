// Package aritest is a scripted Asterisk for tests: as much of its REST
// interface and event socket as a client of one Stasis application meets, on
// 127.0.0.1, with the faults that a real one cannot be made to show. It is
// modelled on what Asterisk 22 was seen to do.
package aritest

import (
	"crypto/x509"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// App, Username and Password are what the scripted Asterisk expects.
const (
	App      = "ringfence"
	Username = "ringfence"
	Password = "correct horse"
)

// waitTimeout is how long the Wait methods wait.
const waitTimeout = 30 * time.Second

// Channel is a call as it enters Stasis.
type Channel struct {
	ID, SIPCallID, Number, Name string
	// Args are the arguments of Stasis().
	Args []string
	// Variables are the channel's variables.
	Variables map[string]string
}

// Move is a Continue that a client asked for.
type Move struct {
	Context   string `json:"context"`
	Extension string `json:"extension"`
	Priority  int    `json:"priority"`
}

// Faults are what is wrong with the scripted Asterisk. The zero value is a
// healthy one.
type Faults struct {
	// Status, if not zero, answers each request, the event socket's included.
	Status int
	// HTML makes each answer a web page.
	HTML bool
	// Mute swallows all events, as a socket does whose other end is gone.
	Mute bool
	// NoHeartbeat swallows user events only.
	NoHeartbeat bool
	// Frozen accepts requests and answers none while it is set.
	Frozen bool
	// Slow delays the answer to a request of this kind (the last segment of
	// its path, such as "continue").
	Slow map[string]time.Duration
	// Refuse answers a request of this kind with a status.
	Refuse map[string]int
}

// Asterisk is a scripted Asterisk. All methods may be used concurrently.
type Asterisk struct {
	t      testing.TB
	server *httptest.Server
	done   chan struct{}
	// connections is how many were accepted.
	connections atomic.Int64

	mu        sync.Mutex
	changed   *sync.Cond
	faults    Faults
	app       *client // that is registered
	other     bool    // an invisible other client is registered
	clients   map[*client]bool
	sockets   int
	filter    []string
	channels  map[string]*channel
	staying   int // channels in Stasis
	playbacks map[string]*playback
	requests  map[string]int
}

type channel struct {
	Channel

	inStasis bool
	moves    []Move
}

type playback struct {
	channel string
	media   []string
}

// New starts a scripted Asterisk that ends with the test.
func New(tb testing.TB) *Asterisk {
	tb.Helper()
	return start(tb, (*httptest.Server).Start)
}

// NewTLS starts one that speaks TLS, with a certificate of its own making.
func NewTLS(tb testing.TB) *Asterisk {
	tb.Helper()
	return start(tb, (*httptest.Server).StartTLS)
}

func start(tb testing.TB, up func(*httptest.Server)) *Asterisk {
	tb.Helper()
	a := &Asterisk{
		t: tb, done: make(chan struct{}), clients: map[*client]bool{},
		channels: map[string]*channel{}, playbacks: map[string]*playback{}, requests: map[string]int{},
	}
	a.changed = sync.NewCond(&a.mu)
	a.server = httptest.NewUnstartedServer(a.handler())
	a.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			a.connections.Add(1)
		}
	}
	up(a.server)
	tb.Cleanup(a.stop)
	return a
}

func (a *Asterisk) stop() {
	a.mu.Lock()
	close(a.done)
	for c := range a.clients {
		c.drop()
	}
	a.changed.Broadcast()
	a.mu.Unlock()
	a.server.CloseClientConnections()
	a.server.Close()
}

// URL is the base of the REST interface.
func (a *Asterisk) URL() string { return a.server.URL + "/ari" }

// Certificate is that of NewTLS.
func (a *Asterisk) Certificate() *x509.Certificate { return a.server.Certificate() }

// Fault changes what is wrong.
func (a *Asterisk) Fault(change func(*Faults)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&a.faults)
	a.changed.Broadcast()
}

// Enter puts a call into Stasis and sends the registered client its event. It reports
// whether there was one; without one the call does not enter, as in Asterisk.
func (a *Asterisk) Enter(call Channel) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.app == nil {
		return false
	}
	a.park(call)
	a.emit("StasisStart", map[string]any{"args": nonNil(call.Args), "channel": wire(call)})
	return true
}

// Park puts a call into Stasis without an event.
func (a *Asterisk) Park(call Channel) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.park(call)
}

func (a *Asterisk) park(call Channel) {
	if c, ok := a.channels[call.ID]; !ok || !c.inStasis {
		a.staying++
	}
	a.channels[call.ID] = &channel{Channel: call, inStasis: true}
}

// Hangup ends a call.
func (a *Asterisk) Hangup(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.leave(id)
	delete(a.channels, id)
}

// HangupUnheard ends a call without an event.
func (a *Asterisk) HangupUnheard(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c, ok := a.channels[id]; ok && c.inStasis {
		a.staying--
	}
	delete(a.channels, id)
	a.forget()
}

func (a *Asterisk) leave(id string) {
	c, ok := a.channels[id]
	if !ok || !c.inStasis {
		return
	}
	c.inStasis = false
	a.staying--
	a.emit("StasisEnd", map[string]any{"channel": wire(c.Channel)})
	a.forget()
	a.changed.Broadcast()
}

// forget drops the app's filter with the app.
func (a *Asterisk) forget() {
	if !a.exists() {
		a.filter = nil
	}
}

// exists reports whether the app is known: registered, or with a call in it.
func (a *Asterisk) exists() bool { return a.app != nil || a.other || a.staying > 0 }

func (a *Asterisk) inStasis() []string {
	ids := []string{}
	for id, c := range a.channels {
		if c.inStasis {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// FinishPlayback ends a playback in a state, "done" or "failed".
func (a *Asterisk) FinishPlayback(id, state string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.finishPlayback(id, state)
}

func (a *Asterisk) finishPlayback(id, state string) {
	p, ok := a.playbacks[id]
	if !ok {
		return
	}
	delete(a.playbacks, id)
	a.emit("PlaybackFinished", map[string]any{"playback": map[string]any{
		"id": id, "state": state, "media_uri": p.media[len(p.media)-1], "target_uri": "channel:" + p.channel, "language": "en",
	}})
}

// Send sends a frame to the registered client as it is, past the filter.
func (a *Asterisk) Send(frame string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.app != nil && !a.faults.Mute {
		a.app.send([]byte(frame))
	}
}

// Drop breaks the event socket off.
func (a *Asterisk) Drop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.app != nil {
		a.app.drop()
		a.app = nil
		a.forget()
	}
}

// Unregister makes the registered client a zombie: its socket stays open and
// nothing comes any more.
func (a *Asterisk) Unregister() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.app, a.other = nil, false
	a.forget()
}

// TakeOver has another client take the app name. The registered one gets an
// event.
func (a *Asterisk) TakeOver() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.emit("ApplicationReplaced", nil)
	a.app, a.other = nil, true
	a.filter = []string{"another"}
}

// LeaveAgain has the client of TakeOver leave.
func (a *Asterisk) LeaveAgain() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.other = false
	a.forget()
}

// emit sends an event to the registered client, past what it filters out.
func (a *Asterisk) emit(kind string, body map[string]any) {
	if a.app == nil || a.faults.Mute || len(a.filter) > 0 && !slices.Contains(a.filter, kind) {
		return
	}
	event := map[string]any{
		"type": kind, "application": App, "asterisk_id": "02:00:00:00:00:01",
		"timestamp": time.Now().Format("2006-01-02T15:04:05.000-0700"),
	}
	maps.Copy(event, body)
	frame, err := json.Marshal(event)
	if err != nil {
		a.t.Errorf("encode an event: %v", err)
	}
	a.app.send(frame)
}

func wire(c Channel) map[string]any {
	return map[string]any{
		"id": c.ID, "name": "PJSIP/" + c.ID, "state": "Ring", "protocol_id": c.SIPCallID,
		"caller": map[string]string{"name": c.Name, "number": c.Number}, "connected": map[string]string{"name": "", "number": ""},
		"accountcode": "", "language": "en",
		"dialplan":     map[string]any{"context": "ringfence", "exten": "s", "priority": 3, "app_name": "Stasis", "app_data": App},
		"creationtime": time.Now().Format("2006-01-02T15:04:05.000-0700"),
	}
}

func nonNil(args []string) []string {
	if args == nil {
		return []string{}
	}
	return args
}
