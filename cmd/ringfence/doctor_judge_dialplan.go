package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

const (
	reloadDialplan = "dialplan reload"
	includeLine    = `#include "` + asteriskconf.DialplanFile + `"`
	callLine       = "same => n,Gosub(" + asteriskconf.Context + ",s,1(${EXTEN}))"
)

// knownPlan returns the dialplan, and a remark for when it is only what the
// files say. Asterisk's console knows what is loaded.
func (e evidence) knownPlan() (plan dialplan, remark string) {
	switch {
	case e.console.silent == nil:
		return e.console.plan, ""
	case e.files.extensions != nil:
		return readPlan(e.files.extensions), "; so say the files in " + e.files.dir + ", whether Asterisk has loaded them could not be asked"
	}
	return nil, ""
}

// judgeDialplan is about the subroutine: is it loaded, and is it this
// program's?
func judgeDialplan(e evidence) diagnosis {
	const check = "dialplan"
	plan, remark := e.knownPlan()
	if plan == nil {
		return found(check, gradeSkip, e.whyNoPlan(), "ringfence doctor --asterisk-command 'sudo asterisk -rx'",
			"ringfence doctor --asterisk-command 'docker compose exec -T asterisk asterisk -rx'")
	}
	own := ownPlan()
	loaded := plan[asteriskconf.Context]
	if len(loaded) == 0 {
		return found(check, gradeBad, "Asterisk's dialplan has no context ["+asteriskconf.Context+"]"+remark, e.install()...)
	}
	differences := own.differences(loaded)
	missing := own.missing(loaded)
	switch {
	case len(missing) > 0:
		return found(check, gradeBad, fmt.Sprintf("the context [%s] lacks the extensions %s, to which Ringfence sends calls%s",
			asteriskconf.Context, strings.Join(missing, ", "), remark), e.install()...)
	case len(differences) > 0:
		return found(check, gradeWarn, fmt.Sprintf("the context [%s] is not that of this version: %s%s%s",
			asteriskconf.Context, differences[0], andMore(len(differences)-1), remark), e.install()...)
	}
	return found(check, gradeOK, "the context ["+asteriskconf.Context+"] is that of this version"+remark)
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return " (and " + strconv.Itoa(n) + " more)"
}

// install returns the lines that bring the subroutine into Asterisk: only
// those that are needed, if the files can be read.
func (e evidence) install() []string {
	var lines []string
	current := e.files.subroutine != nil && len(ownPlan().differences(readPlan(e.files.subroutine)[asteriskconf.Context])) == 0
	if !current {
		lines = append(lines, e.write(asteriskconf.DialplanFile))
	}
	extensions := e.files.path("extensions.conf")
	include := fmt.Sprintf("echo '%s' >> %s", includeLine, extensions)
	switch {
	case e.files.extensions == nil:
		lines = append(lines, fmt.Sprintf("grep -qF '\"%s\"' %s || %s", asteriskconf.DialplanFile, extensions, include))
	case e.files.subroutine == nil || !e.files.extensions.includes(asteriskconf.DialplanFile):
		lines = append(lines, include)
	}
	return append(lines, e.rx(reloadDialplan))
}

// judgeCallers is about the one line in the user's own dialplan.
func judgeCallers(e evidence) diagnosis {
	const check, shown = "calls", 3
	plan, remark := e.knownPlan()
	if plan == nil {
		return found(check, gradeSkip, "whether anything calls Ringfence is not known, as the dialplan is not")
	}
	all, silent := plan.callers()
	switch {
	case len(all) == 0:
		where := "before your own Queue() or Dial()"
		if places := plan.beforeWhat(); len(places) > 0 {
			where = "before the call is handed on, as by " + strings.Join(places[:min(shown, len(places))], ", ") + andMore(max(0, len(places)-shown))
		}
		return found(check, gradeBad, fmt.Sprintf("nothing in the dialplan calls Ringfence, and so no call is screened%s: write %s", remark, where),
			callLine, e.rx(reloadDialplan))
	case len(silent) > 0:
		return found(check, gradeWarn, fmt.Sprintf("the dialled number is not passed on by %s%s: rules for a dialled number do not hold there; write",
			strings.Join(silent[:min(shown, len(silent))], ", ")+andMore(max(0, len(silent)-shown)), remark), callLine, e.rx(reloadDialplan))
	}
	return found(check, gradeOK, fmt.Sprintf("calls are screened from %s%s%s",
		strings.Join(all[:min(shown, len(all))], ", "), andMore(max(0, len(all)-shown)), remark))
}

// whyNoPlan says why the dialplan could not be looked at, and what speaks for
// it nevertheless.
func (e evidence) whyNoPlan() string {
	why := "Asterisk's console does not answer (" + oneLine(e.console.silent) + ") and "
	if e.files.unread != nil {
		why += "its files cannot be read (" + oneLine(e.files.unread) + ")"
	} else {
		why += "there is no " + e.files.path("extensions.conf")
	}
	if last := e.redis.lastCall; !last.IsZero() {
		why += "; the last call was screened at " + localTime(last)
	}
	return why + ". Try this where Asterisk runs, in one of these ways"
}

// ownConnections is how many connections one Ringfence may have with
// Asterisk: calls, supervision and the event socket.
const ownConnections = 16 + 4 + 1

const (
	// defaultSessions is Asterisk's own limit of connections.
	defaultSessions = 100
	// spareConnections should be left for others.
	spareConnections = 20
)

// judgeConnections is about http.conf, which no console shows whole.
func judgeConnections(e evidence) diagnosis {
	const check = "http"
	if e.files.http == nil {
		return found(check, gradeSkip, fmt.Sprintf("the limit of connections is not known: there is no %s to read", e.files.path("http.conf")))
	}
	limit := defaultSessions
	if text, set := e.files.http.value("general", "sessionlimit"); set {
		number, err := strconv.Atoi(text)
		if err != nil {
			return found(check, gradeWarn, fmt.Sprintf("sessionlimit in %s is %q, which is no number", e.files.path("http.conf"), text),
				e.raiseLimit()...)
		}
		limit = number
	}
	text := fmt.Sprintf("Asterisk's web server takes %d connections, of which Ringfence needs up to %d", limit, ownConnections)
	switch {
	case limit < ownConnections:
		return found(check, gradeBad, text, e.raiseLimit()...)
	case limit < ownConnections+spareConnections:
		return found(check, gradeWarn, text, e.raiseLimit()...)
	}
	return found(check, gradeOK, text)
}

func (e evidence) raiseLimit() []string {
	return []string{e.set("http.conf", "sessionlimit", "500"), e.rx("module reload http")}
}

// judgeRecords is about Asterisk's own record of a refused call.
func judgeRecords(e evidence) diagnosis {
	const check = "cdr"
	enabled, unanswered := e.console.cdr, e.console.cdrUnanswered
	if !e.console.cdrKnown {
		if e.console.silent == nil {
			return found(check, gradeWarn, "Asterisk keeps no call detail records", e.write("cdr.conf"), e.rx("module load cdr_csv.so"))
		}
		if e.files.cdr == nil {
			return found(check, gradeSkip, "whether refused calls leave a call detail record is not known: neither the console nor cdr.conf could be asked")
		}
		text, set := e.files.cdr.value("general", "enable")
		enabled = !set || yes(text)
		text, _ = e.files.cdr.value("general", "unanswered")
		unanswered = yes(text)
	}
	if enabled && unanswered {
		return found(check, gradeOK, "refused calls leave a call detail record")
	}
	key, text := "unanswered", "calls that were not answered leave no call detail record, and so refused ones do not"
	if !enabled {
		key, text = "enable", "Asterisk's call detail records are off"
	}
	lines := []string{e.set("cdr.conf", key, "yes")}
	if e.files.cdr == nil && e.files.unread == nil {
		lines = []string{e.write("cdr.conf")}
	} else if !enabled && !unanswered {
		lines = append(lines, e.set("cdr.conf", "unanswered", "yes"))
	}
	return found(check, gradeWarn, text, slices.Concat(lines, []string{e.rx("module reload cdr")})...)
}
