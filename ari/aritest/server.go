package aritest

import (
	"context"
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// client is one event socket. Its queue has no bound, so that a test may burst
// events at a client that reads slowly.
type client struct {
	socket *websocket.Conn
	hangUp context.CancelFunc
	mu     sync.Mutex
	more   *sync.Cond
	queue  [][]byte
	closed bool
}

func (c *client) send(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, frame)
	c.more.Signal()
}

// drop ends the socket without a word.
func (c *client) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.more.Signal()
	if c.hangUp != nil {
		c.hangUp()
	}
}

// serve opens the socket and keeps it until one of the two ends it.
func (c *client) serve(w http.ResponseWriter, r *http.Request) {
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	ctx, hangUp := context.WithCancel(context.WithoutCancel(r.Context()))
	defer hangUp()
	c.mu.Lock()
	c.socket, c.hangUp = socket, hangUp
	closed := c.closed
	c.mu.Unlock()
	var writer sync.WaitGroup
	writer.Go(c.write)
	for !closed {
		if _, _, err := socket.Read(ctx); err != nil {
			break
		}
	}
	c.drop()
	_ = socket.CloseNow()
	writer.Wait()
}

// write sends the queue until the client is dropped.
func (c *client) write() {
	for {
		c.mu.Lock()
		for len(c.queue) == 0 && !c.closed {
			c.more.Wait()
		}
		queue, closed := c.queue, c.closed
		c.queue = nil
		c.mu.Unlock()
		if closed {
			return
		}
		for _, frame := range queue {
			if c.socket.Write(context.Background(), websocket.MessageText, frame) != nil {
				return
			}
		}
	}
}

func (a *Asterisk) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ari/asterisk/info", a.info)
	mux.HandleFunc("GET /ari/asterisk/variable", a.variable)
	mux.HandleFunc("GET /ari/applications/{app}", a.application)
	mux.HandleFunc("PUT /ari/applications/{app}/eventFilter", a.eventFilter)
	mux.HandleFunc("GET /ari/events", a.events)
	mux.HandleFunc("POST /ari/events/user/{name}", a.userEvent)
	mux.HandleFunc("GET /ari/channels/{id}", a.channel)
	mux.HandleFunc("GET /ari/channels/{id}/variable", a.variable)
	mux.HandleFunc("POST /ari/channels/{id}/variable", a.setVariable)
	mux.HandleFunc("POST /ari/channels/{id}/continue", a.continueCall)
	mux.HandleFunc("POST /ari/channels/{id}/answer", a.answer)
	mux.HandleFunc("POST /ari/channels/{id}/play/{playback}", a.play)
	mux.HandleFunc("GET /ari/playbacks/{playback}", a.playback)
	mux.HandleFunc("DELETE /ari/playbacks/{playback}", a.stopPlayback)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html><title>404 Not Found</title></html>"))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.faulty(w, r) {
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// faulty plays the faults, and reports whether that was the answer.
func (a *Asterisk) faulty(w http.ResponseWriter, r *http.Request) bool {
	kind := path.Base(r.URL.Path)
	if strings.Contains(r.URL.Path, "/events/user/") {
		kind = "heartbeat"
	}
	a.mu.Lock()
	a.requests[kind]++
	a.changed.Broadcast()
	faults := a.faults
	slow, refuse := faults.Slow[kind], faults.Refuse[kind]
	a.mu.Unlock()

	user, password, _ := r.BasicAuth()
	switch {
	case faults.Frozen:
		select {
		case <-a.done:
		case <-r.Context().Done():
		}
		return true
	case faults.HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html>It works!</html>"))
		return true
	case faults.Status != 0:
		fail(w, faults.Status, http.StatusText(faults.Status))
		return true
	case strings.HasPrefix(r.URL.Path, "/ari/") && (user != Username || password != Password):
		fail(w, http.StatusUnauthorized, "Authentication required")
		return true
	}
	if slow > 0 {
		select {
		case <-time.After(slow):
		case <-a.done:
		case <-r.Context().Done():
		}
	}
	if refuse != 0 {
		fail(w, refuse, http.StatusText(refuse))
		return true
	}
	return false
}

func (a *Asterisk) info(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"system": map[string]string{"version": "22.10.1", "entity_id": "02:00:00:00:00:01"}})
}

func (a *Asterisk) application(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.PathValue("app") != App || !a.exists() {
		fail(w, http.StatusNotFound, "Application not found")
		return
	}
	allowed := []map[string]string{}
	for _, kind := range a.filter {
		allowed = append(allowed, map[string]string{"type": kind})
	}
	reply(w, http.StatusOK, map[string]any{
		"name": App, "channel_ids": a.inStasis(), "bridge_ids": []string{}, "endpoint_ids": []string{}, "device_names": []string{},
		"events_allowed": allowed, "events_disallowed": []string{},
	})
}

func (a *Asterisk) eventFilter(w http.ResponseWriter, r *http.Request) {
	var filter struct{ Allowed []struct{ Type string } }
	if json.NewDecoder(r.Body).Decode(&filter) != nil {
		fail(w, http.StatusBadRequest, "Invalid filter")
		return
	}
	a.mu.Lock()
	if !a.exists() {
		a.mu.Unlock()
		fail(w, http.StatusNotFound, "Application not found")
		return
	}
	a.filter = nil
	for _, allowed := range filter.Allowed {
		a.filter = append(a.filter, allowed.Type)
	}
	a.changed.Broadcast()
	a.mu.Unlock()
	a.application(w, r)
}

// events is the event socket. It registers its client, as the latest does.
func (a *Asterisk) events(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("app") != App {
		fail(w, http.StatusBadRequest, "HTTP request is missing param: [app]")
		return
	}
	// Asterisk registers the client before it answers the handshake.
	c := &client{}
	c.more = sync.NewCond(&c.mu)
	a.mu.Lock()
	if a.app != nil {
		a.emit("ApplicationReplaced", nil)
	}
	a.app, a.other = c, false
	a.clients[c] = true
	a.sockets++
	a.changed.Broadcast()
	a.mu.Unlock()
	c.serve(w, r)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.clients, c)
	if a.app == c {
		a.app = nil
		a.forget()
	}
	a.changed.Broadcast()
}

func (a *Asterisk) userEvent(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.URL.Query().Get("application") != App || !a.exists() {
		fail(w, http.StatusNotFound, "Application not found")
		return
	}
	if !a.faults.NoHeartbeat {
		name := r.PathValue("name")
		a.emit("ChannelUserevent", map[string]any{"eventname": name, "userevent": map[string]string{"eventname": name}})
	}
	w.WriteHeader(http.StatusNoContent)
}

// find returns a channel, or answers as Asterisk does for one that is not
// there or not in Stasis.
func (a *Asterisk) find(w http.ResponseWriter, r *http.Request, inStasis bool) *channel {
	c, ok := a.channels[r.PathValue("id")]
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "Channel not found")
	case inStasis && !c.inStasis:
		fail(w, http.StatusConflict, "Channel not in Stasis application")
	default:
		return c
	}
	return nil
}

func (a *Asterisk) channel(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.find(w, r, false); c != nil {
		reply(w, http.StatusOK, wire(c.Channel))
	}
}

func (a *Asterisk) variable(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var value string
	var set bool
	if r.PathValue("id") != "" {
		c := a.find(w, r, false)
		if c == nil {
			return
		}
		value, set = c.Variables[r.URL.Query().Get("variable")]
	}
	if !set {
		fail(w, http.StatusNotFound, "Provided variable was not found")
		return
	}
	reply(w, http.StatusOK, map[string]string{"value": value})
}

func (a *Asterisk) setVariable(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var set struct{ Variable, Value string }
	if json.NewDecoder(r.Body).Decode(&set) != nil {
		fail(w, http.StatusBadRequest, "Invalid body")
		return
	}
	if c := a.find(w, r, true); c != nil {
		if c.Variables == nil {
			c.Variables = map[string]string{}
		}
		c.Variables[set.Variable] = set.Value
		w.WriteHeader(http.StatusNoContent)
	}
}

func (a *Asterisk) continueCall(w http.ResponseWriter, r *http.Request) {
	var move Move
	if json.NewDecoder(r.Body).Decode(&move) != nil {
		fail(w, http.StatusBadRequest, "Invalid body")
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.find(w, r, true); c != nil {
		c.moves = append(c.moves, move)
		a.leave(c.ID)
		w.WriteHeader(http.StatusNoContent)
	}
}

func (a *Asterisk) answer(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.find(w, r, true) != nil {
		w.WriteHeader(http.StatusNoContent)
	}
}

func (a *Asterisk) play(w http.ResponseWriter, r *http.Request) {
	var body struct{ Media []string }
	if json.NewDecoder(r.Body).Decode(&body) != nil || len(body.Media) == 0 {
		fail(w, http.StatusBadRequest, "Invalid body")
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.find(w, r, true); c != nil {
		id := r.PathValue("playback")
		a.playbacks[id] = &playback{channel: c.ID, media: slices.Clone(body.Media)}
		a.changed.Broadcast()
		reply(w, http.StatusCreated, map[string]string{"id": id, "state": "queued"})
	}
}

func (a *Asterisk) playback(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := r.PathValue("playback")
	if _, ok := a.playbacks[id]; !ok {
		fail(w, http.StatusNotFound, "Playback not found")
		return
	}
	reply(w, http.StatusOK, map[string]string{"id": id, "state": "playing"})
}

func (a *Asterisk) stopPlayback(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := r.PathValue("playback")
	p, ok := a.playbacks[id]
	switch {
	case !ok:
		fail(w, http.StatusNotFound, "Playback not found")
		return
	case len(p.media) > 1:
		p.media = p.media[1:]
	default:
		a.finishPlayback(id, "done")
	}
	w.WriteHeader(http.StatusNoContent)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func fail(w http.ResponseWriter, status int, text string) {
	reply(w, status, map[string]string{"message": text})
}
