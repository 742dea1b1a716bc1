package feed

import (
	"context"
	"crypto/tls"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// maxRedirects is the maximum number of redirects.
const maxRedirects = 5

// newTransport returns a transport without keep-alive: there are hours between two
// downloads. It checks the address of each connection, so that neither redirects nor
// names lead to a server that is not allowed. It connects to an allowed proxy, too, but
// then the proxy resolves names.
func newTransport(config FetcherConfig) *http.Transport {
	dialer := net.Dialer{
		Timeout:  config.Connect,
		Resolver: config.resolver,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return config.Access.checkDial(address)
		},
	}
	return &http.Transport{
		Proxy: func(request *http.Request) (*url.URL, error) {
			if err := config.Access.checkHost(request.URL.Hostname()); err != nil {
				return nil, err
			}
			return config.Proxy(request)
		},
		DialContext:         dialer.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: config.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: config.Connect,
		DisableKeepAlives:   true,
		// The size limit counts compressed bytes too.
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// statusError is an answer without a file.
type statusError struct {
	code int
	// after is the Retry-After of the server, 0 for none.
	after time.Duration
}

func (e *statusError) Error() string {
	text := strings.TrimSpace(strconv.Itoa(e.code) + " " + http.StatusText(e.code))
	switch e.code {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "the server refuses: " + text + "; check the password or token"
	case http.StatusNotFound, http.StatusGone:
		return "the file does not exist: " + text
	case http.StatusTooManyRequests:
		return "too many requests to the server: " + text
	}
	return "the server answers " + text
}

func (f *Fetcher) fetchHTTP(ctx context.Context, feed Feed, _ *url.URL, known Validators) (*File, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := newIdleWatch(f.config.Idle, func() { cancel(failuref("the server sent nothing for %s", f.config.Idle)) })
	defer watch.stop()
	request, err := f.request(ctx, feed, known)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: f.transport, CheckRedirect: redirects(feed)}
	response, err := client.Do(request)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	defer response.Body.Close() //nolint:errcheck // It was only read.
	validators := f.tags.validators(response.Header)
	if err := checkResponse(request, response, validators, known); err != nil {
		return nil, err
	}
	file, err := f.save(watched{response.Body, watch}, feed.MaxSize, response.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	file.Validators = validators
	return file, nil
}

func (f *Fetcher) request(ctx context.Context, feed Feed, known Validators) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, feed.URL, http.NoBody)
	if err != nil {
		return nil, errURL
	}
	request.Header.Set("User-Agent", f.agent)
	for name, value := range feed.Header {
		request.Header.Set(name, value)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	if tag := f.tags.tag(known.ETag); tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	if known.LastModified != "" {
		request.Header.Set("If-Modified-Since", known.LastModified)
	}
	return request, nil
}

// redirects limits redirects: their number, never from https to http, and without
// secrets to another host.
func redirects(feed Feed) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, before []*http.Request) error {
		last := before[len(before)-1].URL
		switch {
		case len(before) > maxRedirects:
			return failuref("the server redirects more than %d times", maxRedirects)
		case next.URL.Scheme != "http" && next.URL.Scheme != "https":
			return failuref("the server redirects to an address that is not http:// or https://")
		case last.Scheme == "https" && next.URL.Scheme != "https":
			return failuref("the server redirects from https to http, which is not secure")
		}
		next.Header.Del("Referer")
		if next.URL.Host != before[0].URL.Host {
			for name := range feed.Header {
				if name != "User-Agent" && name != "Accept" {
					next.Header.Del(name)
				}
			}
		}
		return nil
	}
}

// checkResponse returns an error if an answer has no file.
func checkResponse(request *http.Request, response *http.Response, got, known Validators) error {
	asked := request.Header.Get("If-None-Match")+request.Header.Get("If-Modified-Since") != ""
	switch {
	case response.StatusCode == http.StatusNotModified && asked:
		return ErrUnchanged
	case response.StatusCode == http.StatusOK && got.ETag != "" && got.ETag == known.ETag:
		return ErrUnchanged // This process did not know the ETag, only its digest.
	case response.StatusCode != http.StatusOK:
		return &statusError{code: response.StatusCode, after: retryAfter(response.Header)}
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind == "text/html" || kind == "application/xhtml+xml" {
		return failuref("the server sends a web page instead of a list: it may need a login, or the list has moved")
	}
	return nil
}

// retryAfter returns the Retry-After of an answer in seconds; a date is ignored.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.ParseInt(header.Get("Retry-After"), 10, 32)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// idleWatch cancels a download without progress.
type idleWatch struct {
	timer *time.Timer
	limit time.Duration
}

func newIdleWatch(limit time.Duration, cancel func()) *idleWatch {
	return &idleWatch{timer: time.AfterFunc(limit, cancel), limit: limit}
}

func (w *idleWatch) stop() { w.timer.Stop() }

// watched is a body with an idleWatch.
type watched struct {
	io.Reader
	watch *idleWatch
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.watch.timer.Reset(w.watch.limit)
	}
	return n, err
}

// causeOf returns the cause of an ended context, else err.
func causeOf(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && ctx.Err() != nil {
		return cause
	}
	return err
}
