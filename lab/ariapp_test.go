package lab_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/ringfence/ringfence/lab"
)

// An ariApp is the smallest program that can replace Ringfence: it passes
// each call that enters Stasis to a function.
type ariApp struct {
	t        *testing.T
	asterisk *lab.Asterisk
	conn     *websocket.Conn
	reader   sync.WaitGroup

	mu   sync.Mutex
	args [][]string // of each call, in their order
}

// connectApp connects an app. The function gets each call's channel; nil
// leaves the calls alone.
func connectApp(t *testing.T, asterisk *lab.Asterisk, name string, onCall func(app *ariApp, channel string)) *ariApp {
	t.Helper()
	address := "ws" + strings.TrimPrefix(asterisk.ARI(), "http") + "/events?" + url.Values{
		"app":     {name},
		"api_key": {lab.ARIUser + ":" + lab.ARIPassword},
	}.Encode()
	conn, response, err := websocket.Dial(t.Context(), address, &websocket.DialOptions{HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	conn.SetReadLimit(1 << 20)
	app := &ariApp{t: t, asterisk: asterisk, conn: conn}
	app.reader.Go(func() { app.read(onCall) })
	t.Cleanup(app.close)
	return app
}

func (a *ariApp) close() {
	_ = a.conn.CloseNow()
	a.reader.Wait()
}

func (a *ariApp) read(onCall func(*ariApp, string)) {
	for {
		_, message, err := a.conn.Read(context.Background())
		if err != nil {
			return
		}
		var event struct {
			Type    string
			Args    []string
			Channel struct{ ID string }
		}
		if err := json.Unmarshal(message, &event); err != nil {
			a.t.Errorf("event: %v", err)
			continue
		}
		if event.Type != "StasisStart" {
			continue
		}
		a.mu.Lock()
		a.args = append(a.args, event.Args)
		a.mu.Unlock()
		if onCall != nil {
			onCall(a, event.Channel.ID)
		}
	}
}

// calls returns the arguments of the calls so far.
func (a *ariApp) calls() [][]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([][]string(nil), a.args...)
}

// post sends a request without a body and returns the status.
func (a *ariApp) post(method, path string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, a.asterisk.ARI()+path, http.NoBody)
	if err != nil {
		a.t.Error(err)
		return 0
	}
	request.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		a.t.Error(err)
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// goOn sends a call to an extension of the subroutine.
func (a *ariApp) goOn(channel, extension string) int { return a.goTo(channel, "ringfence", extension) }

// goTo sends a call to an extension of a context.
func (a *ariApp) goTo(channel, dialplan, extension string) int {
	return a.post(http.MethodPost, "/channels/"+url.PathEscape(channel)+"/continue?"+url.Values{
		"context": {dialplan}, "extension": {extension}, "priority": {"1"},
	}.Encode())
}
