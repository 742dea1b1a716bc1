package main

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

// hostEvidence is how fast this machine finds names. Asterisk looks two of
// them up for every call, on the thread that serves SIP: the machine's own,
// and that of a root server if the first cannot be found.
type hostEvidence struct {
	// remote says that Asterisk is on another machine.
	remote bool
	name   string
	// unknown says that the machine's own name cannot be found.
	unknown bool
	// slowest is the longest look-up.
	slowest time.Duration
}

const (
	rootServer = "A.ROOT-SERVERS.NET"
	// lookupPatience bounds a look-up; slowLookup is what callers would feel.
	lookupPatience = 3 * time.Second
	slowLookup     = 500 * time.Millisecond
)

// lookup asks the machine's resolver for a name.
type lookup func(ctx context.Context, name string) error

func resolve(ctx context.Context, name string) error {
	_, err := net.DefaultResolver.LookupHost(ctx, name)
	return err
}

func (d *doctor) askHost(ctx context.Context) hostEvidence {
	e := hostEvidence{remote: !local(d.config.ARIURL)}
	name, err := os.Hostname()
	if e.remote || err != nil {
		return e
	}
	e.name = name
	for _, host := range []string{name, rootServer} {
		limited, cancel := context.WithTimeout(ctx, lookupPatience)
		began := time.Now()
		err := d.lookup(limited, host)
		cancel()
		e.slowest = max(e.slowest, time.Since(began))
		if host == name {
			e.unknown = err != nil
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

func judgeHost(e evidence) diagnosis {
	const check = "host"
	line := fmt.Sprintf("echo '127.0.0.1 %s %s' >> /etc/hosts", e.host.name, rootServer)
	switch {
	case e.host.remote:
		return found(check, gradeSkip, "whether Asterisk's machine finds its own name is not known: it is another one")
	case e.host.name == "":
		return found(check, gradeSkip, "this machine does not know its own name")
	case e.host.slowest >= slowLookup:
		return found(check, gradeWarn, fmt.Sprintf("the machine's resolver takes %s, and Asterisk asks it in every call for the names %s and %s: callers wait as long",
			e.host.slowest.Round(time.Millisecond), e.host.name, rootServer), line)
	case e.host.unknown:
		return found(check, gradeWarn, fmt.Sprintf("the machine's own name %s cannot be found: each call waits while Asterisk looks for it", e.host.name), line)
	}
	return found(check, gradeOK, "the machine's own name "+e.host.name+" is found quickly")
}

func judgeRegion(c config) diagnosis {
	if c.Region == "" {
		return found("region", gradeWarn,
			"no region is set: callers and numbers in a national spelling match no entry. For example for Germany, in "+defaultConfigFile,
			"region: DE")
	}
	return found("region", gradeOK, "national spellings are read as in "+string(c.Region))
}

func judgeTransport(c config) diagnosis {
	const check = "ari-url"
	if local(c.ARIURL) || strings.HasPrefix(c.ARIURL, "https://") {
		return found(check, gradeOK, "the ARI password does not cross the network in clear")
	}
	return found(check, gradeWarn,
		fmt.Sprintf("the ARI password crosses the network in clear to %s, and with it anybody may control every call: run Ringfence beside Asterisk, or use TLS", c.ARIURL),
		"export RINGFENCE_ARI_URL="+strings.Replace(c.ARIURL, "http://", "https://", 1))
}

// serveEvidence is what a running `serve` says of itself.
type serveEvidence struct {
	address string
	// health is the answer of /readyz, silent why there is none.
	health web.Health
	silent error
}

func (e serveEvidence) part(name string) (web.Part, bool) {
	for _, part := range e.health.Parts {
		if part.Name == name {
			return part, true
		}
	}
	return web.Part{}, false
}

func (e serveEvidence) replaced() bool {
	part, known := e.part(partAsterisk)
	return known && !part.OK && strings.HasPrefix(part.State, string(ari.Replaced))
}

// says returns what `serve` says of its connection to Asterisk, as the end of
// a sentence.
func (e serveEvidence) says() string {
	if part, known := e.part(partAsterisk); known && !part.OK {
		return "; ringfence serve runs at " + e.address + " and says: " + part.State
	}
	return ""
}

func judgeServe(e evidence) diagnosis {
	const check = "serve"
	switch {
	case e.serve.silent != nil && e.asterisk.app == appOurs:
		return found(check, gradeSkip, fmt.Sprintf("the Ringfence that takes the calls is not the one at %s, where none answers", e.serve.address))
	case e.serve.silent != nil:
		return found(check, gradeSkip, "no ringfence serve answers at "+e.serve.address)
	case e.serve.health.Status == web.StatusReady:
		return found(check, gradeOK, "ringfence serve at "+e.serve.address+" is ready")
	}
	var parts []string
	for _, part := range e.serve.health.Parts {
		if !part.OK {
			parts = append(parts, part.Name+": "+part.State)
		}
	}
	g := gradeWarn
	if e.serve.health.Status == web.StatusDown {
		g = gradeBad
	}
	return found(check, g, fmt.Sprintf("ringfence serve at %s is %s: %s", e.serve.address, e.serve.health.Status, strings.Join(parts, "; ")),
		"journalctl -u ringfence")
}
