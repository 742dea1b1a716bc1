package ari

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	v5 "github.com/CyCoreSystems/ari/v5"
)

// MaxConnections is the largest number of connections that a session has with
// its Asterisk: those of calls, those of supervision, and the event socket.
const MaxConnections = callConnections + supervisionConnections + 1

// Registration is what Asterisk knows about an app name. It is zero for a
// name that is free.
type Registration struct {
	// Known says that a client has registered the name, or that one had registered it and
	// calls still wait for it: Asterisk answers both alike.
	Known bool
	// Ringfence says that the last client to register was a session of this
	// package, by the mark in its event filter.
	Ringfence bool
	// Channels are the ids of the calls in Stasis for the app.
	Channels []string
}

// Registration asks Asterisk about the session's app name and changes nothing.
// It works without Run.
func (s *Session) Registration(ctx context.Context) (Registration, error) {
	app, err := s.application(ctx)
	switch {
	case isStatus(err, http.StatusNotFound):
		return Registration{}, nil
	case err != nil:
		return Registration{}, err
	}
	return Registration{
		Known: true, Channels: app.ChannelIDs,
		Ringfence: slices.ContainsFunc(app.EventsAllowed, func(t eventType) bool { return strings.HasPrefix(t.Type, instanceMark) }),
	}, nil
}

// instanceMark begins the name of every session's instance, see New.
const instanceMark = "ringfence-"

// MayWrite checks whether ari.conf allows the user to write. It
// sends an event to the app, on which no client acts. It works without Run.
func (s *Session) MayWrite(ctx context.Context) (bool, error) {
	err := s.supervision.do(ctx, "probe", http.MethodPost, "/events/user/ringfence-probe",
		url.Values{"application": {s.cfg.App}}, nil, nil)
	switch {
	case err == nil, isStatus(err, http.StatusNotFound): // no client is connected
		return true, nil
	case isStatus(err, http.StatusForbidden):
		return false, nil
	}
	return false, err
}

// Modules returns the modules that Asterisk has loaded, such as
// "res_stasis.so", and whether each runs. It works without Run.
func (s *Session) Modules(ctx context.Context) (map[string]bool, error) {
	var loaded []v5.ModuleData
	if err := s.supervision.do(ctx, "modules", http.MethodGet, "/asterisk/modules", nil, nil, &loaded); err != nil {
		return nil, err
	}
	runs := make(map[string]bool, len(loaded))
	for _, module := range loaded {
		runs[module.Name] = module.Status == running
	}
	return runs, nil
}

// Runs reports whether Asterisk runs a module, such as "app_stasis.so".
func (s *Session) Runs(ctx context.Context, module string) (bool, error) {
	var loaded v5.ModuleData
	err := s.supervision.do(ctx, "module", http.MethodGet, "/asterisk/modules/"+seg(module), nil, nil, &loaded)
	// Without ARI's own module for this question, the answer is 404 as well.
	if status, ok := errors.AsType[*StatusError](err); ok && status.Code == http.StatusNotFound && strings.Contains(status.Message, "odule") {
		return false, nil
	}
	return loaded.Status == running, err
}

// running is the status of a module that runs.
const running = "Running"

// Close closes the connections of a session that is used without Run, which
// closes them itself. They count for Asterisk's sessionlimit.
func (s *Session) Close() {
	s.rest.close()
	s.supervision.close()
}
