package ari

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	v5 "github.com/CyCoreSystems/ari/v5"
)

// ErrGone means that a call has left Stasis: it hung up, was moved, or was continued
// by its guard. It is the cause of the call's context then. Requests
// about the call are no longer possible, which is normal.
var ErrGone = errors.New("the call has left Stasis")

// ErrStopping is the cause of a call's context when its session stops and has
// waited long enough. A handler should continue the call at once.
var ErrStopping = errors.New("the session is stopping")

// Continue sends a call to a place in the dialplan, so that it leaves
// Stasis. It returns an error that is [ErrGone] if the call has left already.
//
// The request has a deadline of its own and goes out even if ctx has ended,
// unless the call is gone: a caller must not wait for a
// decision that was abandoned. Stop a playback before, since
// Asterisk would wait for its end.
func (s *Session) Continue(ctx context.Context, channelID string, to Destination) error {
	if errors.Is(context.Cause(ctx), ErrGone) {
		return fmt.Errorf("continue: %w", ErrGone)
	}
	if to.Priority == 0 {
		to.Priority = 1
	}
	// The event that the call has left may come before the answer to the request,
	// and must not cancel the request.
	err := s.onChannel(context.WithoutCancel(ctx), "continue", http.MethodPost, channelID, "/continue", nil, to, nil)
	if err == nil || errors.Is(err, ErrGone) {
		s.calls.continued(channelID)
	}
	return err
}

// Answer answers a call. It returns an error that is [ErrGone] if the call
// has left Stasis.
func (s *Session) Answer(ctx context.Context, channelID string) error {
	return s.onChannel(ctx, "answer", http.MethodPost, channelID, "/answer", nil, nil, nil)
}

// Variable reads a channel's variable or dialplan function. A variable that is
// unset is reported by set, not by an error. It works on any channel, in
// Stasis or not; for a channel that has ended the error is [ErrGone].
func (s *Session) Variable(ctx context.Context, channelID, name string) (value string, set bool, err error) {
	var answer struct{ Value string }
	err = s.onChannel(ctx, "variable", http.MethodGet, channelID, "/variable", url.Values{"variable": {name}}, nil, &answer)
	if status, ok := errors.AsType[*StatusError](err); ok && status.Code == http.StatusNotFound &&
		strings.Contains(status.Message, "variable") { // else the channel is not found
		return "", false, nil
	}
	return answer.Value, err == nil, err
}

// SetVariable sets a channel's variable or dialplan function. Asterisk unsets
// a variable that is given an empty value.
func (s *Session) SetVariable(ctx context.Context, channelID, name, value string) error {
	return s.onChannel(ctx, "set_variable", http.MethodPost, channelID, "/variable", nil,
		map[string]string{"variable": name, "value": value}, nil)
}

// GlobalVariable reads one of the dialplan's global variables, over the connections
// of supervision. To Asterisk, an empty one is not set.
func (s *Session) GlobalVariable(ctx context.Context, name string) (value string, set bool, err error) {
	var answer struct{ Value string }
	err = s.supervision.do(ctx, "global_variable", http.MethodGet, "/asterisk/variable", url.Values{"variable": {name}}, nil, &answer)
	if isStatus(err, http.StatusNotFound) {
		return "", false, nil
	}
	return answer.Value, answer.Value != "", err
}

// onChannel makes a request about a channel. Its error is [ErrGone] if the
// channel has gone.
func (s *Session) onChannel(
	ctx context.Context, op, method, channelID, path string, query url.Values, body, out any,
) error {
	err := s.rest.do(ctx, op, method, "/channels/"+seg(channelID)+path, query, body, out)
	status, refused := errors.AsType[*StatusError](err)
	switch {
	case refused && gone(status.Code):
		return fmt.Errorf("%w: %w", ErrGone, status)
	case err != nil && errors.Is(context.Cause(ctx), ErrGone):
		return fmt.Errorf("%s: %w", op, ErrGone)
	}
	return err
}

// channel reads what Asterisk knows about a channel. For a channel whose place
// in the dialplan is not valid UTF-8 it is empty, without an error.
func (s *Session) channel(ctx context.Context, channelID string) (wireChannel, error) {
	var channel wireChannel
	err := s.onChannel(ctx, "channel", http.MethodGet, channelID, "", nil, nil, &channel)
	return channel, err
}

// application is what Asterisk says about the app. The name is free if it
// answers 404: no client is registered and no channel waits.
type application struct {
	v5.ApplicationData

	EventsAllowed []eventType `json:"events_allowed"`
}

type eventType struct {
	Type string `json:"type"`
}

func (s *Session) application(ctx context.Context) (application, error) {
	var app application
	err := s.supervision.do(ctx, "application", http.MethodGet, "/applications/"+seg(s.cfg.App), nil, nil, &app)
	if err == nil && app.Name != s.cfg.App {
		err = fmt.Errorf("application: %w", errNotARI)
	}
	return app, err
}

// Check asks Asterisk for its version and changes nothing. It works without
// Run. An error is a [*Problem].
func (s *Session) Check(ctx context.Context) (*v5.AsteriskInfo, error) {
	var info v5.AsteriskInfo
	err := s.supervision.do(ctx, "info", http.MethodGet, "/asterisk/info", url.Values{"only": {"system"}}, nil, &info)
	if err == nil && info.SystemInfo.Version == "" {
		err = errNotARI
	}
	if err != nil {
		return nil, s.diagnose(err)
	}
	return &info, nil
}

func isStatus(err error, code int) bool {
	status, ok := errors.AsType[*StatusError](err)
	return ok && status.Code == code
}
