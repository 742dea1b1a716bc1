package doctor

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// checkApp checks which program is connected to the app.
func checkApp(e Evidence) Finding {
	const check = "app"
	name := e.Target.ARIApp
	called, inSubroutine := e.calledApp()
	switch {
	case e.Asterisk.Problem != nil:
		return newFinding(check, Skip, "ARI does not answer")
	case called != name && inSubroutine:
		return newFinding(check, Bad, fmt.Sprintf("the subroutine was changed: it sends calls to the Stasis app %s, but Ringfence uses %s", called, name), e.install()...)
	case called != name:
		return newFinding(check, Bad,
			fmt.Sprintf("the dialplan sends calls to the Stasis app %s, but Ringfence uses %s: change --ari-app, or write in [globals] of %s",
				called, name, e.Files.path("extensions.conf")),
			asteriskconf.GlobalApp+" = "+name, e.rx("dialplan set global "+asteriskconf.GlobalApp+" "+name))
	case e.Asterisk.App == AppFree:
		return newFinding(check, Bad, fmt.Sprintf("no program is connected to the Stasis app %s: calls continue unscreened%s", name, e.startServe()), e.serveLine()...)
	case e.Asterisk.App == AppForeign:
		return newFinding(check, Bad, fmt.Sprintf("a program other than Ringfence is connected to the Stasis app %s: stop it, or choose another --ari-app", name),
			e.rx("ari show app "+name))
	case e.Asterisk.App == AppOurs && e.Serve.replaced():
		return newFinding(check, Bad,
			fmt.Sprintf("another Ringfence than the one at %s is connected to the Stasis app %s: stop one of them, or give each its own --ari-app", e.Target.HTTP, name),
			e.rx("ari show app "+name))
	case e.Asterisk.App == AppOurs:
		return newFinding(check, OK, "Ringfence is connected to the Stasis app "+name)
	default:
		return newFinding(check, Skip, "which program is connected to the Stasis app "+name+" is not known")
	}
}

// calledApp returns the app that the dialplan sends calls to: the one that a global
// names, or the text of a subroutine that was changed.
func (e Evidence) calledApp() (name string, inSubroutine bool) {
	if plan, _, known := e.knownPlan(); known {
		for _, step := range plan[asteriskconf.Context]["s"] {
			for _, c := range step.calls() {
				if c.app == "stasis" && !strings.Contains(c.args[0], "${") && c.args[0] != "" {
					return c.args[0], true
				}
			}
		}
	}
	return cmp.Or(e.Asterisk.Globals[asteriskconf.GlobalApp], asteriskconf.DefaultApp), false
}

// checkWaiting checks for calls that stay in Stasis.
func checkWaiting(e Evidence) Finding {
	const check, shown = "waiting", 5
	n := len(e.Asterisk.Waiting)
	switch {
	case e.Asterisk.Problem != nil:
		return newFinding(check, Skip, "ARI does not answer")
	case n == 0:
		return newFinding(check, OK, "no call waits to be screened")
	}
	text := fmt.Sprintf("calls that wait for longer than a decision takes: %d; unless a message plays to them, continue them with", n)
	var lines []string
	for _, id := range e.Asterisk.Waiting[:min(n, shown)] {
		lines = append(lines, fmt.Sprintf("curl -X POST -u %s '%s/channels/%s/continue?context=%s&extension=%s&priority=1'",
			e.Target.ARIUsername, e.Target.ARIURL, url.PathEscape(id), asteriskconf.Context, asteriskconf.Allow))
	}
	return newFinding(check, Warn, text, lines...)
}

// checkUnscreened checks for calls that the dialplan continued without a verdict.
func checkUnscreened(e Evidence) Finding {
	const check = "unscreened"
	if e.Asterisk.Problem != nil {
		return newFinding(check, Skip, "ARI does not answer")
	}
	var lines, parts []string
	for name, why := range map[string]string{
		asteriskconf.GlobalNotConnected: "found no Ringfence",
		asteriskconf.GlobalGuardFired:   "got no decision in time",
	} {
		// A counter is unset before its first call.
		if n, err := strconv.Atoi(e.Asterisk.Globals[name]); err == nil && n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, why))
			lines = append(lines, e.rx("dialplan set global "+name+" 0"))
		}
	}
	if len(parts) == 0 {
		return newFinding(check, OK, "no call was unscreened since Asterisk's start")
	}
	slices.Sort(parts)
	slices.Sort(lines)
	return newFinding(check, Warn,
		"unscreened calls since Asterisk's start: "+strings.Join(parts, ", ")+". Read the log of ringfence serve for the cause, then reset the counters",
		lines...)
}
