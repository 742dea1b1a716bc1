package doctor

import (
	"context"
	"net"
	"net/url"
	"os"
	"time"
)

const (
	rootServer = "A.ROOT-SERVERS.NET"
	// lookupPatience bounds a look-up; slowLookup is what callers would feel.
	lookupPatience = 3 * time.Second
	slowLookup     = 500 * time.Millisecond
)

// resolve asks the machine's resolver for a name.
func resolve(ctx context.Context, name string) error {
	_, err := net.DefaultResolver.LookupHost(ctx, name)
	return err
}

func (d *Doctor) askHost(ctx context.Context) HostEvidence {
	e := HostEvidence{Remote: !local(d.Target.ARIURL)}
	name, err := os.Hostname()
	if e.Remote || err != nil {
		return e
	}
	e.Name = name
	for _, host := range []string{name, rootServer} {
		limited, cancel := context.WithTimeout(ctx, lookupPatience)
		began := time.Now()
		err := d.Lookup(limited, host)
		cancel()
		e.Slowest = max(e.Slowest, time.Since(began))
		if host == name {
			e.Unknown = err != nil
		}
	}
	return e
}

// local reports whether the URL leads to this machine.
func local(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	return parsed.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
