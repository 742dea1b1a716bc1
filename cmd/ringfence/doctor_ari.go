package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	v5 "github.com/CyCoreSystems/ari/v5"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/screen"
)

// appState is who takes the calls that the dialplan gives to our app. It is
// zero where Asterisk did not tell.
type appState uint8

const (
	// appFree: nobody, and so no call is screened.
	appFree appState = iota + 1
	// appOurs: a Ringfence.
	appOurs
	// appForeign: a program that is no Ringfence.
	appForeign
)

// asteriskEvidence is what Asterisk says over ARI.
type asteriskEvidence struct {
	// problem is why ARI is of no use, nil if it answers.
	problem *ari.Problem
	version string
	// modules says which modules are loaded, and whether they run. It is nil
	// if Asterisk did not tell.
	modules map[string]bool
	app     appState
	// readOnly says that the user may not carry anything out.
	readOnly bool
	// waiting are the calls that were in Stasis both times they were looked for.
	waiting []string
	// globals are those dialplan globals that are set, of ownGlobals.
	globals map[string]string
	// trouble are the answers that were not to be expected.
	trouble error
}

// The dialplan globals of asterisk-conf/ringfence.conf.
const (
	globalApp          = "RINGFENCE_APP"
	globalNotConnected = "RINGFENCE_NOT_CONNECTED"
	globalGuardFired   = "RINGFENCE_GUARD_FIRED"
)

// askAsterisk asks ARI, and does not take the app name: `serve` goes on.
func (d *doctor) askAsterisk(ctx context.Context) (asteriskEvidence, error) {
	session, err := ari.New(ari.Config{
		URL: d.config.ARIURL, Username: d.config.ARIUsername, Password: d.config.ARIPassword, App: d.config.ARIApp,
		Fallback: exit(screen.ExitAllow),
	})
	if err != nil {
		return asteriskEvidence{}, usageError{err}
	}
	var e asteriskEvidence
	info, err := session.Check(ctx)
	if problem, ok := errors.AsType[*ari.Problem](err); ok {
		e.problem = problem
		return e, nil
	} else if err != nil {
		return e, err
	}
	e.version = info.SystemInfo.Version
	e.globals = make(map[string]string)
	for _, name := range []string{globalApp, globalNotConnected, globalGuardFired} {
		value, set, err := session.GlobalVariable(ctx, name)
		e.trouble = errors.Join(e.trouble, err)
		if set && value != "" {
			e.globals[name] = value
		}
	}
	client := &ariRequests{config: d.config, client: &http.Client{
		Timeout: requestPatience, Transport: &http.Transport{DisableKeepAlives: true},
	}}
	var modules []v5.ModuleData
	if err := client.get(ctx, "/asterisk/modules", &modules); err != nil {
		e.trouble = errors.Join(e.trouble, err)
	} else {
		e.modules = make(map[string]bool, len(modules))
		for _, m := range modules {
			e.modules[m.Name] = m.Status == "Running"
		}
	}
	d.askApp(ctx, client, &e)
	return e, nil
}

// ownMark begins the name of the event type that every registration of a
// Ringfence has in its filter.
const ownMark = "ringfence-"

type registration struct {
	ChannelIDs    []string                `json:"channel_ids"`
	EventsAllowed []struct{ Type string } `json:"events_allowed"`
}

// askApp finds out who holds the app name. An event that is sent to the app
// tells a name in use from one that is only remembered for the calls that wait
// in it, and a user who may write from one who may not; nobody acts on it.
func (d *doctor) askApp(ctx context.Context, client *ariRequests, e *asteriskEvidence) {
	path := "/applications/" + url.PathEscape(d.config.ARIApp)
	var app registration
	known := client.get(ctx, path, &app)
	sent := client.do(ctx, http.MethodPost, "/events/user/ringfence-doctor?application="+url.QueryEscape(d.config.ARIApp), nil)
	switch {
	case hasStatus(sent, http.StatusForbidden):
		e.readOnly = true
	case hasStatus(sent, http.StatusNotFound):
		e.app = appFree
	case sent != nil:
		e.trouble = errors.Join(e.trouble, sent)
	}
	switch {
	case hasStatus(known, http.StatusNotFound):
		e.app = appFree
	case known != nil:
		e.trouble = errors.Join(e.trouble, known)
	case e.app == appFree || e.readOnly:
	case slices.ContainsFunc(app.EventsAllowed, func(t struct{ Type string }) bool { return strings.HasPrefix(t.Type, ownMark) }):
		e.app = appOurs
	default:
		e.app = appForeign
	}
	if known != nil || len(app.ChannelIDs) == 0 {
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-time.After(d.pause):
	}
	var later registration
	if err := client.get(ctx, path, &later); err != nil {
		e.trouble = errors.Join(e.trouble, err)
		return
	}
	for _, id := range later.ChannelIDs {
		if slices.Contains(app.ChannelIDs, id) {
			e.waiting = append(e.waiting, id)
		}
	}
}

const (
	requestPatience = 3 * time.Second
	// largestAnswer bounds what is read of an answer; the list of all modules
	// has about 60 kB.
	largestAnswer = 4 << 20
)

// ariRequests makes those requests to ARI that a session doesn't need.
type ariRequests struct {
	config config
	client *http.Client
}

func (r *ariRequests) get(ctx context.Context, path string, out any) error {
	return r.do(ctx, http.MethodGet, path, out)
}

func (r *ariRequests) do(ctx context.Context, method, path string, out any) error {
	op, _, _ := strings.Cut(method+" "+path, "?")
	request, err := http.NewRequestWithContext(ctx, method, r.config.ARIURL+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	request.SetBasicAuth(r.config.ARIUsername, r.config.ARIPassword)
	response, err := r.client.Do(request)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", op, err)
	case response.StatusCode > 299:
		return &ari.StatusError{Op: op, Code: response.StatusCode}
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

func hasStatus(err error, code int) bool {
	status, ok := errors.AsType[*ari.StatusError](err)
	return ok && status.Code == code
}
