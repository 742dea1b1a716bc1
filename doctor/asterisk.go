package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// requestTimeout bounds each request to Asterisk.
const requestTimeout = 3 * time.Second

// askAsterisk collects the evidence from ARI. It does not register the app, so it does not disturb `serve`.
func (d *Doctor) askAsterisk(ctx context.Context) (AsteriskEvidence, error) {
	session, err := ari.New(ari.Config{
		URL: d.Target.ARIURL, Username: d.Target.ARIUsername, Password: d.Target.ARIPassword, App: d.Target.ARIApp,
		FallbackTo:     ari.Destination{Context: asteriskconf.Context, Extension: asteriskconf.Allow},
		RequestTimeout: requestTimeout,
	})
	if err != nil {
		return AsteriskEvidence{}, err
	}
	defer session.Close()
	var e AsteriskEvidence
	info, err := session.Check(ctx)
	if problem, ok := errors.AsType[*ari.Problem](err); ok {
		e.Problem = problem
		return e, nil
	} else if err != nil {
		return e, err
	}
	e.Version = info.SystemInfo.Version
	e.Globals = make(map[string]string)
	for _, name := range []string{asteriskconf.GlobalApp, asteriskconf.GlobalNotConnected, asteriskconf.GlobalGuardFired} {
		value, set, err := session.GlobalVariable(ctx, name)
		e.note(err)
		if set && value != "" {
			e.Globals[name] = value
		}
	}
	e.Modules, err = session.Modules(ctx)
	e.note(err)
	may, err := session.MayWrite(ctx)
	e.note(err)
	e.ReadOnly = err == nil && !may
	d.askApp(ctx, session, &e)
	return e, nil
}

// note adds an unexpected answer.
func (e *AsteriskEvidence) note(err error) { e.Unexpected = errors.Join(e.Unexpected, err) }

// askApp finds out which program is connected to the app, and which calls wait
// for longer than a decision takes.
func (d *Doctor) askApp(ctx context.Context, session *ari.Session, e *AsteriskEvidence) {
	app, err := session.Registration(ctx)
	if err != nil {
		e.note(err)
		return
	}
	switch {
	case !app.Known:
		e.App = AppFree
	case e.ReadOnly: // Ringfence cannot set its event filter then.
	case app.Ringfence:
		e.App = AppOurs
	default:
		e.App = AppForeign
	}
	if len(app.Channels) == 0 {
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-time.After(d.Pause):
	}
	later, err := session.Registration(ctx)
	if err != nil {
		e.note(err)
		return
	}
	for _, id := range later.Channels {
		if slices.Contains(app.Channels, id) {
			e.Waiting = append(e.Waiting, id)
		}
	}
}

const reloadARI = "module reload res_ari.so"

// checkAsterisk checks that ARI answers and is usable.
func checkAsterisk(e Evidence) []Finding {
	if e.Asterisk.Problem != nil {
		return []Finding{checkProblem(e)}
	}
	checks := []Finding{checkRelease(e)}
	if e.Asterisk.ReadOnly {
		checks = append(checks, newFinding("ari-user", Bad,
			fmt.Sprintf("the ARI user %s may only read, so Ringfence cannot decide about calls: write in its section of %s", e.Target.ARIUsername, e.Files.path("ari.conf")),
			"read_only = no", e.rx(reloadARI)))
	}
	if e.Asterisk.Unexpected != nil {
		checks = append(checks, newFinding("ari", Warn, "some requests to Asterisk failed: "+oneLine(e.Asterisk.Unexpected)))
	}
	return checks
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// checkProblem explains why ARI is not usable, with what the console and the files
// say.
func checkProblem(e Evidence) Finding {
	p := e.Asterisk.Problem
	finding := newFinding("asterisk", Bad, fmt.Sprintf("%s (%s): %s", p.What, e.Target.ARIURL, p.Do))
	finding.Unreachable = p.State == ari.Unreachable || p.State == ari.Booting
	switch p.State {
	case ari.Unauthorized:
		explainUser(e, &finding)
	case ari.Unreachable, ari.NotARI:
		explainAddress(e, &finding)
	case ari.Booting:
		finding.Type = []string{e.rx("core waitfullybooted")}
	default:
	}
	return finding
}

func explainUser(e Evidence, finding *Finding) {
	user := e.Target.ARIUsername
	password, known := e.Files.ARI.value(user, "password")
	format, _ := e.Files.ARI.value(user, "password_format")
	setPassword, where := e.Target.change("ari-password", maskedPassword), e.Target.where("ari-password")
	_, loaded := e.Console.Users[user]
	switch {
	case e.Console.Users != nil && !loaded || e.Files.ARI != nil && !known:
		finding.Text = fmt.Sprintf("Asterisk has no ARI user %s: add the section [%s] of the sample to %s, with a password of its own",
			user, user, e.Files.path("ari.conf"))
		finding.Type = []string{sample("ari.conf"), e.rx(reloadARI)}
	case e.Target.ARIPassword == "":
		finding.Text = "no ARI password is set: use the one in the section [" + user + "] of " + e.Files.path("ari.conf") + where
		finding.Type = setPassword
	case known && password == e.Target.ARIPassword:
		finding.Text = fmt.Sprintf("Asterisk refuses the ARI password, although it is in %s: the file was not reloaded", e.Files.path("ari.conf"))
		finding.Type = []string{e.rx(reloadARI)}
	case known && format != "crypt":
		finding.Text = fmt.Sprintf("the ARI password is wrong: use the one in the section [%s] of %s", user, e.Files.path("ari.conf")) + where
		finding.Type = setPassword
	default:
		finding.Text += where
		finding.Type = slices.Concat(setPassword, []string{e.rx(reloadARI)})
	}
}

func explainAddress(e Evidence, finding *Finding) {
	switch {
	case e.Console.Err != nil:
		finding.Type = []string{e.rx("http show status")}
	case e.Console.HTTPAt == "":
		finding.Text = "Asterisk runs, but its web server for ARI does not"
		if e.Files.HTTP == nil {
			finding.Type = []string{e.write("http.conf")}
		} else {
			finding.Type = []string{e.set("http.conf", "enabled", "yes")}
		}
		finding.Type = append(finding.Type, e.rx("module reload http"))
	case !e.Console.HasARI && e.ariOff():
		finding.Text = "Asterisk's web server runs at " + e.Console.HTTPAt + ", but ARI is off in " + e.Files.path("ari.conf")
		finding.Type = []string{e.set("ari.conf", "enabled", "yes"), e.rx(reloadARI)}
	case !e.Console.HasARI:
		finding.Text = "Asterisk's web server runs at " + e.Console.HTTPAt + ", but without ARI"
		finding.Type = []string{e.rx("module load res_ari.so"), e.rx("ari show status")}
	default:
		address := url.URL{Scheme: "http", Host: e.reachableAt(), Path: e.Console.Prefix + "/ari"}
		if address.String() == e.Target.ARIURL {
			return
		}
		finding.Text = fmt.Sprintf("ARI is at %s and not at %s", address.String(), e.Target.ARIURL) + e.Target.where("ari-url")
		finding.Type = e.Target.change("ari-url", address.String())
	}
}

// ariOff reports whether ari.conf switches ARI off.
func (e Evidence) ariOff() bool {
	enabled, set := e.Files.ARI.value("general", "enabled")
	return set && !yes(enabled)
}

// reachableAt returns the address of the web server for this machine. If it listens
// at every address, perhaps in a container, the host of the configured URL is used.
func (e Evidence) reachableAt() string {
	host, port, err := net.SplitHostPort(e.Console.HTTPAt)
	if err != nil || !net.ParseIP(host).IsUnspecified() {
		return e.Console.HTTPAt
	}
	if target, err := url.Parse(e.Target.ARIURL); err == nil && target.Hostname() != "" {
		host = target.Hostname()
	}
	return net.JoinHostPort(host, port)
}
