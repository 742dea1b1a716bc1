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

// The bounds of a download, for those who set none.
const (
	connectTimeout = 15 * time.Second
	idleTimeout    = time.Minute
	overallTimeout = 30 * time.Minute
)

// FetcherConfig says how files are fetched. Only Version has no default.
type FetcherConfig struct {
	// Version is that of this program; the server is sent it.
	Version string
	// Folder takes the file meanwhile; "" is the system's for temporary files.
	Folder string
	// Connect bounds the making of a connection, Idle the wait for the next
	// byte, Overall the whole download.
	Connect, Idle, Overall time.Duration
	// Transport overrides what carries requests.
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

// ErrUnchanged says that the file is still the one of the validators.
var ErrUnchanged = errors.New("the file has not changed")

// File is a file that has been fetched whole, unpacked if it was packed.
type File struct {
	io.Reader
	// Size is its length in bytes, unpacked.
	Size int64
	// Validators are those of this version.
	Validators Validators
	file       *os.File
}

// Close throws the file away.
func (f *File) Close() error { return discard(f.file) }

// Fetch returns the file of a feed, or ErrUnchanged if it is the one of the
// validators. Other errors say in words what is wrong, without the feed's
// secrets; whatever they are, nothing of the file is left.
func (f *Fetcher) Fetch(ctx context.Context, feed Feed, known Validators) (*File, error) {
	address, err := url.Parse(feed.URL)
	if err != nil || checkURL(feed.URL) != nil {
		return nil, errURL
	}
	bounded, cancel := context.WithTimeoutCause(ctx, f.config.Overall,
		fmt.Errorf("it took longer than %s", f.config.Overall))
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
	return nil, feed.concealed(plain(err))
}

// plain takes the wrapping off that repeats the whole URL.
func plain(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return plain(wrapped.Err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the server closed the connection before it had answered")
	}
	return err
}

// fetchLocal copies a file of this machine, so that what is read is one
// version of it.
func (f *Fetcher) fetchLocal(ctx context.Context, feed Feed, address *url.URL, known Validators) (*File, error) {
	path, err := localPath(address)
	if err != nil {
		return nil, err
	}
	// Else the opening of a pipe would wait for its writer.
	if about, err := os.Stat(path); err != nil {
		return nil, reason(err)
	} else if !about.Mode().IsRegular() {
		return nil, errors.New("that is no file")
	}
	source, err := os.Open(path) //nolint:gosec // To read what its operator names is what this program is asked for.
	if err != nil {
		return nil, reason(err)
	}
	defer source.Close() //nolint:errcheck // It is only read.
	before, err := version(source)
	if err != nil {
		return nil, err
	}
	if before == known {
		return nil, ErrUnchanged
	}
	file, err := f.keep(contextReader{ctx, source}, feed.MaxSize, "")
	if err != nil {
		return nil, err
	}
	if after, err := version(source); err != nil || after != before {
		return nil, errors.Join(errors.New("the file was written while it was read"), err, file.Close())
	}
	file.Validators = before
	return file, nil
}

func version(file *os.File) (Validators, error) {
	about, err := file.Stat()
	if err != nil {
		return Validators{}, reason(err)
	}
	return Validators{ETag: fmt.Sprintf("%d bytes of %s", about.Size(), about.ModTime().UTC().Format("2006-01-02T15:04:05.000000000Z"))}, nil
}

// reason leaves out the path, which stands in the URL already.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// contextReader is a reader that ends with a context.
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
