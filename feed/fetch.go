package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
)

// FetcherConfig configures a Fetcher. Only Version has no default.
type FetcherConfig struct {
	// Version is the version of this program; it is sent to the server.
	Version string
	// Folder is for temporary files; "" means the system's.
	Folder string
	// Connect is the time limit of a connection, Idle of the wait for the next byte,
	// Overall of the whole download.
	Connect, Idle, Overall time.Duration
	// Transport replaces the HTTP transport.
	Transport *http.Transport
}

// Fetcher fetches the files of feeds. It is safe for concurrent use.
type Fetcher struct {
	config FetcherConfig
	agent  string
}

// NewFetcher returns a Fetcher.
func NewFetcher(config FetcherConfig) *Fetcher {
	config.Connect = cmp.Or(config.Connect, connectTimeout)
	config.Idle = cmp.Or(config.Idle, idleTimeout)
	config.Overall = cmp.Or(config.Overall, overallTimeout)
	if config.Transport == nil {
		config.Transport = newTransport(config.Connect)
	}
	return &Fetcher{config: config, agent: "ringfence/" + cmp.Or(config.Version, "unknown")}
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
// Other errors are for users and have no secrets. After an error the file is deleted.
func (f *Fetcher) Fetch(ctx context.Context, feed Feed, known Validators) (*File, error) {
	address, err := url.Parse(feed.URL)
	if err != nil || checkURL(feed.URL) != nil {
		return nil, errURL
	}
	bounded, cancel := context.WithTimeoutCause(ctx, f.config.Overall,
		fmt.Errorf("the download took longer than %s", f.config.Overall))
	defer cancel()
	fetch := f.fetchHTTP
	if address.Scheme == "file" {
		fetch = f.fetchLocal
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
	return nil, feed.redactError(unwrapURL(err))
}

// unwrapURL removes the wrapping that repeats the URL.
func unwrapURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return unwrapURL(wrapped.Err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the server closed the connection without an answer")
	}
	return err
}

// fetchLocal copies a file of this machine, so that one version of it is read.
func (f *Fetcher) fetchLocal(ctx context.Context, feed Feed, address *url.URL, known Validators) (*File, error) {
	path, err := localPath(address)
	if err != nil {
		return nil, err
	}
	// Opening a pipe would wait for its writer.
	if about, err := os.Stat(path); err != nil {
		return nil, withoutPath(err)
	} else if !about.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	source, err := os.Open(path) //nolint:gosec // The operator chooses the file.
	if err != nil {
		return nil, withoutPath(err)
	}
	defer source.Close() //nolint:errcheck // It is only read.
	before, err := version(source)
	if err != nil {
		return nil, err
	}
	if before == known {
		return nil, ErrUnchanged
	}
	file, err := f.save(contextReader{ctx, source}, feed.MaxSize, "")
	if err != nil {
		return nil, err
	}
	if after, err := version(source); err != nil || after != before {
		return nil, errors.Join(errors.New("the file was changed while it was read"), err, file.Close())
	}
	file.Validators = before
	return file, nil
}

func version(file *os.File) (Validators, error) {
	about, err := file.Stat()
	if err != nil {
		return Validators{}, withoutPath(err)
	}
	return Validators{ETag: fmt.Sprintf("%d bytes of %s", about.Size(), about.ModTime().UTC().Format("2006-01-02T15:04:05.000000000Z"))}, nil
}

// withoutPath leaves out the path, which is part of the URL.
func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// contextReader is a reader that fails when a context ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(buffer []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(buffer)
}
