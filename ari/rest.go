package ari

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// StatusError is an answer of Asterisk other than success.
type StatusError struct {
	// Op names the request, Code is the HTTP status.
	Op   string
	Code int
	// Message is Asterisk's own text, cut to a line. It may be empty.
	Message string
}

// Error says which request got which answer.
func (e *StatusError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%s: HTTP %d", e.Op, e.Code)
	}
	return fmt.Sprintf("%s: HTTP %d, %s", e.Op, e.Code, e.Message)
}

var errNotARI = errors.New("the answer is not ARI's JSON")

// maxBody bounds the length of an answer, in bytes. The longest one,
// the list of 10,000 calls in Stasis, has about 300 kB.
const maxBody = 4 << 20

// client makes requests to one Asterisk. It uses the transport as it is:
// Asterisk sets no cookies and does not redirect.
type client struct {
	base          string
	authorization []string
	timeout       time.Duration
	transport     *http.Transport
	metrics       *Metrics
}

func newClient(cfg *Config, base *url.URL, transport *http.Transport) *client {
	req := http.Request{Header: http.Header{}}
	req.SetBasicAuth(cfg.Username, cfg.Password)
	return &client{
		base: base.String(), authorization: req.Header["Authorization"],
		timeout: cfg.RequestTimeout, metrics: cfg.Metrics, transport: transport,
	}
}

// do makes one request. Path segments are escaped by the caller with seg.
// A body goes out as JSON, and an answer is read into out unless that is nil.
func (c *client) do(ctx context.Context, op, method, path string, query url.Values, body, out any) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	began := time.Now()
	defer func() {
		c.metrics.requests.WithLabelValues(op, result(err)).Observe(time.Since(began).Seconds())
	}()

	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s: %w", op, err)
		}
		payload = bytes.NewReader(text)
	}
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, payload)
	if err != nil {
		return fmt.Errorf("%s: %w", op, errors.Unwrap(err))
	}
	req.Header["Authorization"] = c.authorization
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	// An empty value is not sent, but allows net/http to repeat the request
	// if Asterisk has just closed an idle connection. All requests
	// can be repeated: the second one is answered with 404 or 409.
	req.Header["X-Idempotency-Key"] = nil

	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("%s: %w", op, cmp.Or(ctx.Err(), err))
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return fmt.Errorf("%s: read the answer: %w", op, err)
	}
	if len(text) > maxBody {
		return fmt.Errorf("%s: %w: it is longer than %d bytes", op, errNotARI, maxBody)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return &StatusError{Op: op, Code: resp.StatusCode, Message: message(text)}
	}
	if out != nil && len(text) > 0 {
		if err := json.Unmarshal(text, out); err != nil {
			return fmt.Errorf("%s: %w: %w", op, errNotARI, err)
		}
	}
	return nil
}

func (c *client) close() { c.transport.CloseIdleConnections() }

// seg escapes one segment of a path.
func seg(text string) string { return url.PathEscape(text) }

// message returns Asterisk's message in the body of an error.
func message(body []byte) string {
	var answer struct{ Message, Error string }
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	text := answer.Message
	if text == "" {
		text = answer.Error
	}
	return text[:min(len(text), 200)]
}

// result is the label of a request's outcome.
func result(err error) string {
	status, isStatus := errors.AsType[*StatusError](err)
	switch {
	case err == nil:
		return "ok"
	case isStatus && gone(status.Code):
		return "gone"
	case isStatus:
		return "refused"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	default:
		return "error"
	}
}

// gone reports whether an answer to a request about a channel means that it
// has left Stasis or has ended: not found, not in Stasis, or in a state that
// does not allow it.
func gone(code int) bool {
	return code == http.StatusNotFound || code == http.StatusConflict || code == http.StatusPreconditionFailed
}
