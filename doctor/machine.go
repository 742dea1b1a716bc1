package doctor

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/web"
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

func checkHost(e Evidence) Finding {
	const check = "host"
	line := fmt.Sprintf("echo '127.0.0.1 %s %s' >> /etc/hosts", e.Host.Name, rootServer)
	switch {
	case e.Host.Remote:
		return found(check, Skip, "whether Asterisk's machine finds its own name is not known: it is another one")
	case e.Host.Name == "":
		return found(check, Skip, "this machine does not know its own name")
	case e.Host.Slowest >= slowLookup:
		return found(check, Warn, fmt.Sprintf("the machine's resolver takes %s, and Asterisk asks it in every call for the names %s and %s: callers wait as long",
			e.Host.Slowest.Round(time.Millisecond), e.Host.Name, rootServer), line)
	case e.Host.Unknown:
		return found(check, Warn, fmt.Sprintf("the machine's own name %s cannot be found: each call waits while Asterisk looks for it", e.Host.Name), line)
	}
	return found(check, OK, "the machine's own name "+e.Host.Name+" is found quickly")
}

func checkRegion(t Target) Finding {
	if t.Region == "" {
		return found("region", Warn,
			"no region is set: callers and numbers in a national spelling match no entry. For example for Germany, in "+t.ConfigFile,
			"region: DE")
	}
	return found("region", OK, "national spellings are read as in "+string(t.Region))
}

func checkTransport(t Target) Finding {
	const check = "ari-url"
	if local(t.ARIURL) || strings.HasPrefix(t.ARIURL, "https://") {
		return found(check, OK, "the ARI password does not cross the network in clear")
	}
	return found(check, Warn,
		fmt.Sprintf("the ARI password crosses the network in clear to %s, and with it anybody may control every call: run Ringfence beside Asterisk, or use TLS", t.ARIURL),
		"export RINGFENCE_ARI_URL="+strings.Replace(t.ARIURL, "http://", "https://", 1))
}

func (e ServeEvidence) part(name string) (web.Part, bool) {
	for _, part := range e.Health.Parts {
		if part.Name == name {
			return part, true
		}
	}
	return web.Part{}, false
}

func (e ServeEvidence) replaced() bool {
	part, known := e.part(web.PartAsterisk)
	return known && !part.OK && strings.HasPrefix(part.State, string(ari.Replaced))
}

// says returns what `serve` says of its connection to Asterisk, as the end of
// a sentence.
func (e Evidence) serveSays() string {
	if part, known := e.Serve.part(web.PartAsterisk); known && !part.OK {
		return "; ringfence serve runs at " + e.Target.HTTP + " and says: " + part.State
	}
	return ""
}

func checkServe(e Evidence) Finding {
	const check = "serve"
	switch {
	case e.Serve.Silent != nil && e.Asterisk.App == AppOurs:
		return found(check, Skip, fmt.Sprintf("the Ringfence that takes the calls is not the one at %s, where none answers", e.Target.HTTP))
	case e.Serve.Silent != nil:
		return found(check, Skip, "no ringfence serve answers at "+e.Target.HTTP)
	case e.Serve.Health.Status == web.StatusReady:
		return found(check, OK, "ringfence serve at "+e.Target.HTTP+" is ready")
	}
	var parts []string
	for _, part := range e.Serve.Health.Parts {
		if !part.OK {
			parts = append(parts, part.Name+": "+part.State)
		}
	}
	g := Warn
	if e.Serve.Health.Status == web.StatusDown {
		g = Bad
	}
	return found(check, g, fmt.Sprintf("ringfence serve at %s is %s: %s", e.Target.HTTP, e.Serve.Health.Status, strings.Join(parts, "; ")),
		"journalctl -u ringfence")
}
