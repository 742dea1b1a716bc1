package feed

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// The default time limits of a download.
const (
	connectTimeout = 15 * time.Second
	idleTimeout    = time.Minute
	overallTimeout = 30 * time.Minute
	abandonAfter   = time.Second
)

// FetcherConfig configures a Fetcher. Only Access has no default.
type FetcherConfig struct {
	// Version is the version of this program, which is sent to the server; "" means unknown.
	Version string
	// Folder is for temporary files; "" means the system's.
	Folder string
	// Connect is the time limit of a connection, Idle of the wait for the next byte,
	// Overall of the whole download.
	Connect, Idle, Overall time.Duration
	// Access is what feeds may read.
	Access Access
	// Proxy chooses the proxy of a request; nil means the one of the environment.
	Proxy func(*http.Request) (*url.URL, error)
	// RootCAs sign the certificates of servers; nil means those of the system.
	RootCAs *x509.CertPool

	// open opens a regular file below a folder; resolver finds servers. They are set by
	// tests.
	open     func(folder, path string) (source, error)
	resolver *net.Resolver
	// grace is how long the read of a file may take to end.
	grace time.Duration
}

// Fetcher fetches the files of feeds. It is safe for concurrent use.
type Fetcher struct {
	config    FetcherConfig
	agent     string
	transport *http.Transport
	tags      tags
	reads     reads
}

// NewFetcher returns a Fetcher.
func NewFetcher(config FetcherConfig) *Fetcher {
	config.Connect = cmp.Or(config.Connect, connectTimeout)
	config.Idle = cmp.Or(config.Idle, idleTimeout)
	config.Overall = cmp.Or(config.Overall, overallTimeout)
	config.grace = cmp.Or(config.grace, abandonAfter)
	if config.Proxy == nil {
		config.Proxy = http.ProxyFromEnvironment
	}
	if config.open == nil {
		config.open = openBelow
	}
	return &Fetcher{
		config: config, agent: "ringfence/" + cmp.Or(config.Version, "unknown"), transport: newTransport(config),
		reads: reads{grace: config.grace, abandoned: map[string]int{}},
	}
}

// ErrUnchanged means that the file has the same validators.
var ErrUnchanged = errors.New("the file has not changed")

// File is a complete, uncompressed file.
type File struct {
	io.Reader
	// Size is its uncompressed size in bytes.
	Size int64
	// Validators identify this version of the file.
	Validators Validators
	file       *os.File
}

// Close deletes the file.
func (f *File) Close() error { return discard(f.file) }

// Fetch returns the file of a feed, or ErrUnchanged if it has the known validators.
// Other errors are for users: they have neither secrets nor anything that was read. After
// an error the file is deleted.
func (f *Fetcher) Fetch(ctx context.Context, feed Feed, known Validators) (*File, error) {
	address, err := url.Parse(feed.URL)
	if err != nil || checkURL(feed.URL) != nil {
		return nil, errURL
	}
	if err := f.config.Access.Check(feed.URL); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, f.config.Overall,
		failuref("the download took longer than %s", f.config.Overall))
	defer cancel()
	fetch, wording := f.fetchHTTP, f.config.Access.serverWording
	if address.Scheme == "file" {
		fetch, wording = f.fetchLocal, fileWording
	}
	file, err := fetch(bounded, feed, address, known)
	switch {
	case err == nil || errors.Is(err, ErrUnchanged):
		return file, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	if cause := context.Cause(bounded); cause != nil {
		err = cause
	}
	return nil, ownWords(err, wording)
}
