package notify

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	webhookTimeout = 10 * time.Second
	// maxRetryAfter bounds Retry-After.
	maxRetryAfter = time.Hour
	maxRedirects  = 3
	// maxAnswer is how many bytes of an answer are read.
	maxAnswer = 64 << 10
)

// WebhookConfig configures a Webhook. Only URL is required.
type WebhookConfig struct {
	// URL may have secrets in every part except the host. See CheckWebhookURL.
	URL string
	// Secret signs deliveries, if it is set.
	Secret WebhookSecret
	// Version is the version of this program, for the header User-Agent.
	Version string
	// Timeout bounds a delivery; 0 means ten seconds.
	Timeout time.Duration
	// Now is the time of signatures; nil means time.Now.
	Now func() time.Time
}

// Webhook is a sink that posts the delivery as JSON, with the headers of
// Standard Webhooks (https://www.standardwebhooks.com). A repeated delivery has
// the same webhook-id.
type Webhook struct {
	config  WebhookConfig
	address *url.URL
	client  *http.Client
}

// CheckWebhookURL returns an error if a URL is invalid. It never shows the URL.
func CheckWebhookURL(text string) error {
	_, err := parseWebhookURL(text)
	return err
}

func parseWebhookURL(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	if err != nil || address.Hostname() == "" || (address.Scheme != "http" && address.Scheme != "https") {
		return nil, errors.New("not the URL of a webhook: use for example https://example.org/hook")
	}
	return address, nil
}

// NewWebhook returns the sink "webhook", or an error if the URL is invalid.
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
		// There may be weeks between two deliveries.
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: maxAnswer},
		CheckRedirect: checkRedirect,
	}}, nil
}

var _ Sink = (*Webhook)(nil)

// Name is "webhook".
func (*Webhook) Name() string { return "webhook" }

// Target is the server; the rest of the URL may be a secret.
func (w *Webhook) Target() string { return w.address.Scheme + "://" + w.address.Host }

// Deliver posts the delivery. An answer of 200 to 299 means that it is accepted.
func (w *Webhook) Deliver(ctx context.Context, delivery Delivery) (answer string, err error) {
	body, err := delivery.encode()
	if err != nil {
		return "", err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, w.config.Timeout, fmt.Errorf("no answer within %s", w.config.Timeout))
	defer cancel()
	request, err := http.NewRequestWithContext(bounded, http.MethodPost, w.config.URL, bytes.NewReader(body))
	if err != nil {
		return "", withoutURL(err)
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
		return "", ctx.Err()
	case bounded.Err() != nil:
		return "", context.Cause(bounded)
	default:
		return "", withoutURL(err)
	}
	defer response.Body.Close() //nolint:errcheck // What could be read is shown.
	// A body that breaks off is shown as far as it came.
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	code := response.StatusCode
	answer = strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
	if said := excerpt(w.withoutSecrets(string(text))); said != "" {
		answer += ": " + said
	}
	if code >= 200 && code <= 299 {
		return answer, nil
	}
	return "", answerError(response, answer, now)
}

// answerError returns the error for an answer that does not accept the delivery.
func answerError(response *http.Response, answer string, now time.Time) error {
	code := response.StatusCode
	err := errors.New("the server answers " + answer)
	after := min(retryAfter(response.Header.Get("Retry-After"), now), maxRetryAfter)
	if code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests {
		after = max(after, refusedPause)
	}
	if after == 0 {
		return err
	}
	return &RetryError{Err: err, After: after}
}

// minSecretPart is the length from which on a part of the URL is hidden.
const minSecretPart = 4

// withoutSecrets hides what a server repeats of the URL, all of which may be a secret.
func (w *Webhook) withoutSecrets(text string) string {
	parts := strings.FieldsFunc(w.address.RequestURI()+"&"+w.address.Fragment, func(r rune) bool { return strings.ContainsRune("/?&=;#", r) })
	if user := w.address.User; user != nil {
		password, _ := user.Password()
		parts = append(parts, user.Username(), password, base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	longest := 0
	for _, part := range slices.Clone(parts) {
		longest = max(longest, len(part))
		for _, unescape := range []func(string) (string, error){url.PathUnescape, url.QueryUnescape} {
			if plain, err := unescape(part); err == nil {
				parts = append(parts, plain)
			}
		}
	}
	if len(text) >= maxAnswer {
		// The end may be the beginning of a secret.
		text = text[:len(text)-min(longest, len(text))]
	}
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
	for _, part := range parts {
		if len(part) >= minSecretPart {
			text = regexp.MustCompile("(?i)"+regexp.QuoteMeta(part)).ReplaceAllLiteralString(text, "…")
		}
	}
	return text
}

// retryAfter reads the header Retry-After: seconds or a date (RFC 9110, section
// 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// checkRedirect allows redirects to the same host that repeat the POST. A 301, 302
// or 303 would lose the delivery.
func checkRedirect(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	switch {
	case len(before) > maxRedirects:
		return &RetryError{Err: fmt.Errorf("the server redirects more than %d times", maxRedirects), After: refusedPause}
	case next.URL.Host != first.Host || next.URL.Scheme != first.Scheme:
		return &RetryError{Err: fmt.Errorf("the server redirects to another host, %s://%s: configure the URL of that host", next.URL.Scheme, next.URL.Host), After: refusedPause}
	case next.Method != http.MethodPost:
		return &RetryError{Err: errors.New("the server redirects with 301, 302 or 303, which would lose the events: configure the URL that it redirects to"), After: refusedPause}
	}
	return nil
}

// withoutURL unwraps an error that shows the whole URL.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return withoutURL(wrapped.Err)
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the server closes the connection without an answer: %w", err)
	}
	return err
}

// WebhookSecret signs deliveries.
type WebhookSecret []byte

const (
	secretPrefix = "whsec_"
	// The lengths, in bytes, that Standard Webhooks allows.
	minSecret = 24
	maxSecret = 64
)

// ParseWebhookSecret parses a secret in the format of Standard Webhooks: whsec_
// and 24 to 64 bytes in base64. Errors never show it.
func ParseWebhookSecret(text string) (WebhookSecret, error) {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	if !found {
		return nil, errors.New("does not begin with whsec_: make one with `echo whsec_$(openssl rand -base64 32)`")
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New("is not in base64 after whsec_: make one with `echo whsec_$(openssl rand -base64 32)`")
	}
	if len(secret) < minSecret || len(secret) > maxSecret {
		return nil, fmt.Errorf("has %d bytes but needs %d to %d: make one with `echo whsec_$(openssl rand -base64 32)`",
			len(secret), minSecret, maxSecret)
	}
	return secret, nil
}

// sign returns the signature by the scheme v1 of Standard Webhooks.
func (s WebhookSecret) sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s)
	_, _ = fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
