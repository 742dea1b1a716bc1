package main

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// oldestAsterisk is the oldest release whose ARI and dialplan are known to do
// what is asked of them.
const oldestAsterisk = 20

const reloadARI = "module reload res_ari.so"

// majorVersion finds the 22 in "22.10.1+dfsg", "certified/22.8-cert1" and
// "GIT-22-1a2b3c".
var majorVersion = regexp.MustCompile(`^(?:certified[/-]|GIT-)?(\d+)[.-]`)

// judgeAsterisk is about ARI as such: whether it answers, and may be used.
func judgeAsterisk(e evidence) []diagnosis {
	const check = "asterisk"
	if e.asterisk.problem != nil {
		return []diagnosis{judgeProblem(e)}
	}
	text := fmt.Sprintf("Asterisk %s answers at %s", e.asterisk.version, e.config.ARIURL)
	number := majorVersion.FindStringSubmatch(e.asterisk.version)
	verdict := found(check, gradeOK, text)
	if number == nil {
		verdict = found(check, gradeWarn, text+", a version of which nothing is known")
	} else if major, err := strconv.Atoi(number[1]); err != nil || major < oldestAsterisk {
		verdict = found(check, gradeWarn, fmt.Sprintf("%s; Ringfence is made for %d and newer", text, oldestAsterisk))
	}
	checks := []diagnosis{verdict}
	if e.asterisk.readOnly {
		checks = append(checks, found("ari-user", gradeBad,
			fmt.Sprintf("the ARI user %s may only read, and so no call can be answered: write in its section of %s", e.config.ARIUsername, e.files.path("ari.conf")),
			"read_only = no", e.rx(reloadARI)))
	}
	if e.asterisk.trouble != nil {
		checks = append(checks, found("ari", gradeWarn, "Asterisk did not tell everything: "+oneLine(e.asterisk.trouble)))
	}
	return checks
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// judgeProblem is about an ARI that is of no use. The session's own words are
// made more exact by what the console and the files say.
func judgeProblem(e evidence) diagnosis {
	p := e.asterisk.problem
	verdict := found("asterisk", gradeBad, fmt.Sprintf("%s (%s): %s", p.What, e.config.ARIURL, p.Do))
	verdict.OutOfReach = p.State == ari.Unreachable || p.State == ari.Booting
	switch p.State {
	case ari.Unauthorized:
		explainUser(e, &verdict)
	case ari.Unreachable, ari.NotARI:
		explainAddress(e, &verdict)
	case ari.Booting:
		verdict.Type = []string{e.rx("core waitfullybooted")}
	default:
	}
	return verdict
}

func explainUser(e evidence, verdict *diagnosis) {
	user := e.config.ARIUsername
	password, known := e.files.ari.value(user, "password")
	format, _ := e.files.ari.value(user, "password_format")
	setPassword := "export RINGFENCE_ARI_PASSWORD='…'"
	_, loaded := e.console.users[user]
	switch {
	case e.console.users != nil && !loaded || e.files.ari != nil && !known:
		verdict.Finding = fmt.Sprintf("Asterisk has no ARI user %s: add the section [%s] of the sample to %s, with a password of its own",
			user, user, e.files.path("ari.conf"))
		verdict.Type = []string{"ringfence " + asteriskConfName + " ari.conf", e.rx(reloadARI)}
	case e.config.ARIPassword == "":
		verdict.Finding = "no ARI password is set; it is the one in the section [" + user + "] of " + e.files.path("ari.conf")
		verdict.Type = []string{setPassword}
	case known && password == e.config.ARIPassword:
		verdict.Finding = fmt.Sprintf("Asterisk refuses the ARI password, though %s has it: it was not reloaded", e.files.path("ari.conf"))
		verdict.Type = []string{e.rx(reloadARI)}
	case known && format != "crypt":
		verdict.Finding = fmt.Sprintf("the ARI password is wrong: the section [%s] of %s has another one", user, e.files.path("ari.conf"))
		verdict.Type = []string{setPassword}
	default:
		verdict.Type = []string{setPassword, e.rx(reloadARI)}
	}
}

func explainAddress(e evidence, verdict *diagnosis) {
	switch {
	case e.console.silent != nil:
		verdict.Type = []string{e.rx("http show status")}
	case e.console.httpAt == "":
		verdict.Finding = "Asterisk runs, but its web server, which carries ARI, does not"
		if e.files.http == nil {
			verdict.Type = []string{e.write("http.conf")}
		} else {
			verdict.Type = []string{e.set("http.conf", "enabled", "yes")}
		}
		verdict.Type = append(verdict.Type, e.rx("module reload http"))
	case !e.console.hasARI:
		verdict.Finding = "Asterisk's web server runs at " + e.console.httpAt + ", but without ARI"
		verdict.Type = []string{e.rx("module load res_ari.so"), e.rx("ari show status")}
	default:
		address := url.URL{Scheme: "http", Host: e.console.httpAt, Path: e.console.prefix + "/ari"}
		if address.String() == e.config.ARIURL {
			return
		}
		verdict.Finding = fmt.Sprintf("ARI is at %s and not at %s", address.String(), e.config.ARIURL)
		verdict.Type = []string{"export RINGFENCE_ARI_URL=" + address.String()}
	}
}

// judgeApp is about who takes the calls.
func judgeApp(e evidence) diagnosis {
	const check = "app"
	name := e.config.ARIApp
	called := e.asterisk.globals[globalApp]
	if called == "" {
		called = "ringfence"
	}
	switch {
	case e.asterisk.problem != nil:
		return found(check, gradeSkip, "ARI does not answer")
	case called != name:
		return found(check, gradeBad,
			fmt.Sprintf("the dialplan hands calls to the app %s, and Ringfence is the app %s: either run it as that, or write in [globals] of %s",
				called, name, e.files.path("extensions.conf")),
			globalApp+" = "+name, e.rx("dialplan set global "+globalApp+" "+name))
	case e.asterisk.app == appFree:
		return found(check, gradeBad, fmt.Sprintf("nobody takes the calls of the app %s: they go on unscreened%s", name, e.serve.says()),
			"systemctl start ringfence    # or in a terminal: ringfence serve")
	case e.asterisk.app == appForeign:
		return found(check, gradeBad, fmt.Sprintf("a program that is no Ringfence takes the calls of the app %s: find and stop it, or choose another --ari-app", name),
			e.rx("ari show app "+name))
	case e.asterisk.app == appOurs && e.serve.replaced():
		return found(check, gradeBad,
			fmt.Sprintf("another Ringfence than the one at %s takes the calls of the app %s: stop one, or give each an --ari-app of its own", e.serve.address, name),
			e.rx("ari show app "+name))
	case e.asterisk.app == appOurs:
		return found(check, gradeOK, "a Ringfence takes the calls of the app "+name)
	default:
		return found(check, gradeSkip, "Asterisk did not tell who takes the calls of the app "+name)
	}
}

// judgeWaiting is about calls that nobody has taken out of Stasis.
func judgeWaiting(e evidence) diagnosis {
	const check, shown = "waiting", 5
	n := len(e.asterisk.waiting)
	switch {
	case e.asterisk.problem != nil:
		return found(check, gradeSkip, "ARI does not answer")
	case n == 0:
		return found(check, gradeOK, "no call waits to be screened")
	}
	text := fmt.Sprintf("%d calls are in Ringfence's hands for longer than a decision takes; unless they hear a message, let them go on", n)
	var lines []string
	for _, id := range e.asterisk.waiting[:min(n, shown)] {
		lines = append(lines, fmt.Sprintf("curl -X POST -u %s '%s/channels/%s/continue?context=%s&extension=allow&priority=1'",
			e.config.ARIUsername, e.config.ARIURL, url.PathEscape(id), asteriskconf.Context))
	}
	return found(check, gradeWarn, text, lines...)
}

// judgeUnscreened is about the calls that the dialplan let go on by itself.
func judgeUnscreened(e evidence) diagnosis {
	const check = "unscreened"
	if e.asterisk.problem != nil {
		return found(check, gradeSkip, "ARI does not answer")
	}
	var lines, parts []string
	for name, why := range map[string]string{
		globalNotConnected: "found no Ringfence",
		globalGuardFired:   "got no decision in time",
	} {
		if n := count(e.asterisk.globals[name]); n > 0 {
			parts = append(parts, fmt.Sprintf("%.0f %s", n, why))
			lines = append(lines, e.rx("dialplan set global "+name+" 0"))
		}
	}
	if len(parts) == 0 {
		return found(check, gradeOK, "no call went on unscreened since Asterisk's start")
	}
	slices.Sort(parts)
	slices.Sort(lines)
	return found(check, gradeWarn,
		"calls went on unscreened since Asterisk's start: "+strings.Join(parts, ", ")+". See why, then count anew",
		append([]string{"journalctl -u ringfence"}, lines...)...)
}
