package feed

import (
	"io"
	"net"
	"os"
	"time"
)

// Resolved returns the configuration with another DNS resolver.
func (c FetcherConfig) Resolved(by *net.Resolver) FetcherConfig {
	c.resolver = by
	return c
}

// Opened returns the configuration with another file system, and little time for it.
func (c FetcherConfig) Opened(open func(folder, path string) (OpenFile, error)) FetcherConfig {
	c.grace = 20 * time.Millisecond
	c.open = func(folder, path string) (source, error) { return open(folder, path) }
	return c
}

// OpenFile is an open file.
type OpenFile interface {
	io.ReadCloser
	Stat() (os.FileInfo, error)
}

// Public is public.
var Public = public
