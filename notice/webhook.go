package notice

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	webhookTimeout = 10 * time.Second
	// longestAfter bounds what a server may ask for by Retry-After.
	longestAfter = time.Hour
	maxRedirects = 3
	// mostAnswer is how much of an answer is read, so that the connection can
	// be used again.
	mostAnswer = 64 << 10
)

// WebhookConfig says where listings are posted. Only URL has to be set.
type WebhookConfig struct {
	// URL may hold secrets in any place but the host. See CheckWebhookURL.
	URL string
	// Secret signs what is sent, if it is set.
	Secret WebhookSecret
	// Version is what the server is told of this program.
	Version string
	// Timeout is what a delivery may take; 0 stands for ten seconds.
	Timeout time.Duration
	// Now is the time of signatures; nil stands for the clock's.
	Now func() time.Time
}

// Webhook tells by posting the delivery as JSON, with the headers of Standard
// Webhooks (https://www.standardwebhooks.com): webhook-id stays the same when
// a delivery is repeated.
type Webhook struct {
	config  WebhookConfig
	address *url.URL
	client  *http.Client
}

// CheckWebhookURL returns what is wrong with a URL, or nil. It shows nothing
// of it.
func CheckWebhookURL(text string) error {
	_, err := parseWebhookURL(text)
	return err
}

func parseWebhookURL(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	if err != nil || address.Hostname() == "" || (address.Scheme != "http" && address.Scheme != "https") {
		return nil, errors.New("is no URL of a webhook: write for example https://example.org/hook")
	}
	return address, nil
}

// NewWebhook returns the channel "webhook", or what is wrong with the URL.
func NewWebhook(config WebhookConfig) (*Webhook, error) {
	address, err := parseWebhookURL(config.URL)
	if err != nil {
		return nil, err
	}
	config.Timeout = cmp.Or(config.Timeout, webhookTimeout)
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Webhook{config: config, address: address, client: &http.Client{
		// A connection is used once: there may be weeks between two deliveries.
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: mostAnswer},
		CheckRedirect: followed,
	}}, nil
}

var _ Channel = (*Webhook)(nil)

// Name is "webhook".
func (*Webhook) Name() string { return "webhook" }

// Target is the server; the rest of the URL may be a secret.
func (w *Webhook) Target() string { return w.address.Scheme + "://" + w.address.Host }

// Deliver posts the delivery. Any answer of 200 to 299 means that it was taken.
func (w *Webhook) Deliver(ctx context.Context, delivery Delivery) error {
	body, err := delivery.encode()
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, w.config.Timeout, fmt.Errorf("there was no answer for %s", w.config.Timeout))
	defer cancel()
	request, err := http.NewRequestWithContext(bounded, http.MethodPost, w.config.URL, bytes.NewReader(body))
	if err != nil {
		return plain(err)
	}
	now := w.config.Now()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "ringfence/"+cmp.Or(w.config.Version, "unknown"))
	request.Header.Set("webhook-id", delivery.ID())
	request.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	if len(w.config.Secret) > 0 {
		request.Header.Set("webhook-signature", w.config.Secret.sign(delivery.ID(), now, body))
	}
	response, err := w.client.Do(request)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case bounded.Err() != nil:
		return context.Cause(bounded)
	default:
		return plain(err)
	}
	defer response.Body.Close() //nolint:errcheck // Nothing of it is wanted.
	_, _ = io.CopyN(io.Discard, response.Body, mostAnswer)
	return w.judge(response, now)
}

// judge returns why an answer means that the delivery was not taken, or nil.
func (*Webhook) judge(response *http.Response, now time.Time) error {
	code := response.StatusCode
	if code >= 200 && code <= 299 {
		return nil
	}
	err := fmt.Errorf("the server answers %d %s", code, http.StatusText(code))
	after := min(retryAfter(response.Header.Get("Retry-After"), now), longestAfter)
	if code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests {
		after = max(after, patience)
	}
	if after == 0 {
		return err
	}
	return &Failure{Err: err, After: after}
}

// retryAfter reads for how long a server asks to be left alone, in seconds or
// as a date (RFC 9110, section 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// followed lets a server point elsewhere on the same host, in a way that posts
// the delivery there, too: after 301 to 303 it would be lost.
func followed(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	switch {
	case len(before) > maxRedirects:
		return &Failure{Err: fmt.Errorf("the server points elsewhere more than %d times", maxRedirects), After: patience}
	case next.URL.Host != first.Host || next.URL.Scheme != first.Scheme:
		return &Failure{Err: fmt.Errorf("the server points to another one, %s://%s, which is not followed: give its own URL", next.URL.Scheme, next.URL.Host), After: patience}
	case next.Method != http.MethodPost:
		return &Failure{Err: errors.New("the server points elsewhere by 301, 302 or 303, which would lose the listings: give the URL where it points to"), After: patience}
	}
	return nil
}

// plain takes the wrapping off that repeats the whole URL.
func plain(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return plain(wrapped.Err)
	}
	return err
}
