package doctor

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	rootServer = "A.ROOT-SERVERS.NET"
	// lookupTimeout bounds a lookup; callers notice one of slowLookup.
	lookupTimeout = 3 * time.Second
	slowLookup    = 500 * time.Millisecond
)

// resolve looks a host name up with the machine's resolver.
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
		limited, cancel := context.WithTimeout(ctx, lookupTimeout)
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

// local reports whether the URL names this machine.
func local(text string) bool {
	parsed, err := url.Parse(text)
	if err != nil {
		return false
	}
	ip := net.ParseIP(parsed.Hostname())
	return parsed.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func checkHost(e Evidence) Finding {
	const check = "host"
	line := fmt.Sprintf("echo '127.0.0.1 %s %s' | sudo tee -a /etc/hosts > /dev/null", e.Host.Name, rootServer)
	switch {
	case e.Host.Remote:
		return newFinding(check, Skip, "Asterisk runs on another machine: whether that resolves its own hostname is not known")
	case e.Host.Name == "":
		return newFinding(check, Skip, "this machine has no hostname")
	case e.Host.Slowest >= slowLookup:
		return newFinding(check, Warn, fmt.Sprintf("resolving a name takes %s: in every call, Asterisk resolves the hostname %s and the name %s, and callers wait as long",
			e.Host.Slowest.Round(time.Millisecond), e.Host.Name, rootServer), line)
	case e.Host.Unknown:
		return newFinding(check, Warn, fmt.Sprintf("hostname %s does not resolve: each call waits while Asterisk tries to resolve it", e.Host.Name), line)
	}
	return newFinding(check, OK, fmt.Sprintf("hostname %s resolves in %d ms", e.Host.Name, e.Host.Slowest.Milliseconds()))
}

func checkRegion(t Target) Finding {
	if t.Region == "" {
		return newFinding("region", Warn,
			"no region is set: numbers in a national format match no entry. For example for Germany"+t.where("region"),
			t.change("region", "DE")...)
	}
	return newFinding("region", OK, "numbers in a national format are read as in "+string(t.Region))
}

func checkTransport(t Target) Finding {
	const check = "ari-url"
	if local(t.ARIURL) || strings.HasPrefix(t.ARIURL, "https://") {
		return newFinding(check, OK, "the ARI password is not sent unencrypted over the network")
	}
	return newFinding(check, Warn,
		fmt.Sprintf("the ARI password is sent unencrypted to %s, and anyone who reads it can control every call: run Ringfence on the same machine as Asterisk, or use TLS", t.ARIURL)+t.where("ari-url"),
		t.change("ari-url", strings.Replace(t.ARIURL, "http://", "https://", 1))...)
}
