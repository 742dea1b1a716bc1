package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/lab"
)

// continueCommand is how this program is run as the ARI program that only
// continues calls. It is the least that any screening by ARI costs: one event
// in, one request out, and no lookup.
const continueCommand = "continue"

// continueReady is what the program writes once calls come in.
const continueReady = "continues calls of "

// continueConnections is how many connections for requests it has, as many as
// Ringfence.
const continueConnections = 16

// continuer sends every call of one Stasis application to its refusal.
type continuer struct {
	ari  string // the base of Asterisk's REST interface
	app  string
	http *http.Client
}

// serveContinue refuses calls until ctx ends.
func serveContinue(ctx context.Context, ari, app string) error {
	transport := &http.Transport{
		MaxConnsPerHost: continueConnections, MaxIdleConnsPerHost: continueConnections, IdleConnTimeout: 8 * time.Second,
	}
	defer transport.CloseIdleConnections()
	c := &continuer{ari: ari, app: app, http: &http.Client{Transport: transport, Timeout: agiTimeout}}
	socket, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = socket.CloseNow() }()
	if err := c.filter(ctx); err != nil {
		return err
	}
	fmt.Println(continueReady + app)
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		_, frame, err := socket.Read(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("read events: %w", err)
		}
		var event struct {
			Type    string
			Channel struct{ ID string }
		}
		if err := json.Unmarshal(frame, &event); err != nil || event.Type != "StasisStart" {
			continue
		}
		calls.Go(func() {
			if err := c.refuse(ctx, event.Channel.ID); err != nil && ctx.Err() == nil {
				fmt.Fprintln(os.Stderr, "continue:", err)
			}
		})
	}
}

// connect opens the event socket, which registers the application.
func (c *continuer) connect(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	header := http.Header{}
	(&http.Request{Header: header}).SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	address := "ws" + strings.TrimPrefix(c.ari, "http") + "/events?" + url.Values{"app": {c.app}}.Encode()
	//nolint:bodyclose // the library has closed it
	socket, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		return nil, fmt.Errorf("open the event socket: %w", err)
	}
	socket.SetReadLimit(1 << 20)
	return socket, nil
}

// filter asks for the events that Ringfence has of a call as well.
func (c *continuer) filter(ctx context.Context) error {
	type kind struct {
		Type string `json:"type"`
	}
	return c.request(ctx, http.MethodPut, "/applications/"+c.app+"/eventFilter",
		map[string]any{"allowed": []kind{{"StasisStart"}, {"StasisEnd"}}})
}

func (c *continuer) refuse(ctx context.Context, channel string) error {
	return c.request(ctx, http.MethodPost, "/channels/"+url.PathEscape(channel)+"/continue",
		map[string]any{"context": asteriskconf.Context, "extension": "reject", "priority": 1})
}

func (c *continuer) request(ctx context.Context, method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.ari+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: Asterisk answers %s", method, path, response.Status)
	}
	return nil
}
