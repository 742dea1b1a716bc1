package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

const (
	reloadDialplan = "dialplan reload"
	includeLine    = `#include "` + asteriskconf.DialplanFile + `"`
	callLine       = "same => n,Gosub(" + asteriskconf.Context + ",s,1(${EXTEN}))"
)

// knownPlan returns the dialplan if it is known, and a remark for when it is
// only what the files say. Asterisk's console knows what is loaded.
func (e Evidence) knownPlan() (plan Dialplan, remark string, known bool) {
	switch {
	case e.Console.Silent == nil:
		return e.Console.Plan, "", true
	case e.Files.Extensions != nil:
		return readPlan(e.Files.Extensions), "; so say the files in " + e.Files.Dir + ", whether Asterisk has loaded them could not be asked", true
	}
	return nil, "", false
}

// checkDialplan is about the subroutine: is it loaded, and is it this
// program's?
func checkDialplan(e Evidence) Finding {
	const check = "dialplan"
	plan, remark, known := e.knownPlan()
	if !known {
		return found(check, Skip, e.whyNoPlan(), "ringfence doctor --asterisk-command 'sudo asterisk -rx'",
			"ringfence doctor --asterisk-command 'docker compose exec -T asterisk asterisk -rx'")
	}
	own := ownPlan()
	loaded := plan[asteriskconf.Context]
	if len(loaded) == 0 {
		return found(check, Bad, "Asterisk's dialplan has no context ["+asteriskconf.Context+"]"+remark, e.install()...)
	}
	differences := own.differences(loaded)
	missing := own.missing(loaded)
	switch {
	case len(missing) > 0:
		return found(check, Bad, fmt.Sprintf("the context [%s] lacks the extensions %s, to which Ringfence sends calls%s",
			asteriskconf.Context, strings.Join(missing, ", "), remark), e.install()...)
	case len(differences) > 0:
		grade := Warn
		if slices.ContainsFunc(differences, func(d string) bool { return strings.Contains(d, "TIMEOUT(absolute)") }) {
			// The guard is what callers are let through by when Ringfence fails.
			grade = Bad
		}
		return found(check, grade, fmt.Sprintf("the context [%s] is not that of this version: %s%s%s",
			asteriskconf.Context, differences[0], andMore(len(differences)-1), remark), e.install()...)
	}
	return found(check, OK, "the context ["+asteriskconf.Context+"] is that of this version"+remark)
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return " (and " + strconv.Itoa(n) + " more)"
}

// install returns the lines that bring the subroutine into Asterisk: only
// those that are needed, if the files can be read.
func (e Evidence) install() []string {
	var lines []string
	current := e.Files.Subroutine != nil && len(ownPlan().differences(readPlan(e.Files.Subroutine)[asteriskconf.Context])) == 0
	if !current {
		lines = append(lines, e.write(asteriskconf.DialplanFile))
	}
	extensions := e.Files.path("extensions.conf")
	include := fmt.Sprintf("echo '%s' >> %s", includeLine, extensions)
	switch {
	case e.Files.Extensions == nil:
		lines = append(lines, fmt.Sprintf("grep -qF '\"%s\"' %s || %s", asteriskconf.DialplanFile, extensions, include))
	case e.Files.Subroutine == nil || !e.Files.Extensions.includes(asteriskconf.DialplanFile):
		lines = append(lines, include)
	}
	return append(lines, e.rx(reloadDialplan))
}

// checkCallers is about the one line in the user's own dialplan.
func checkCallers(e Evidence) Finding {
	const check, shown = "calls", 3
	plan, remark, known := e.knownPlan()
	if !known {
		return found(check, Skip, "whether anything calls Ringfence is not known, as the dialplan is not")
	}
	all, silent := plan.callers()
	switch {
	case len(all) == 0:
		where := "before your own Queue() or Dial()"
		if places := plan.beforeWhat(); len(places) > 0 {
			where = "before the call is handed on, as by " + strings.Join(places[:min(shown, len(places))], ", ") + andMore(max(0, len(places)-shown))
		}
		return found(check, Bad, fmt.Sprintf("nothing in the dialplan calls Ringfence, and so no call is screened%s: write %s", remark, where),
			callLine, e.rx(reloadDialplan))
	case len(silent) > 0:
		return found(check, Warn, fmt.Sprintf("the dialled number is not passed on by %s%s: rules for a dialled number do not hold there; write",
			strings.Join(silent[:min(shown, len(silent))], ", ")+andMore(max(0, len(silent)-shown)), remark), callLine, e.rx(reloadDialplan))
	}
	return found(check, OK, fmt.Sprintf("calls are screened from %s%s%s",
		strings.Join(all[:min(shown, len(all))], ", "), andMore(max(0, len(all)-shown)), remark))
}

// whyNoPlan says why the dialplan could not be looked at, and what speaks for
// it nevertheless.
func (e Evidence) whyNoPlan() string {
	why := "Asterisk's console does not answer (" + oneLine(e.Console.Silent) + ") and "
	if e.Files.Unread != nil {
		why += "its files cannot be read (" + oneLine(e.Files.Unread) + ")"
	} else {
		why += "there is no " + e.Files.path("extensions.conf")
	}
	if last := e.Redis.LastCall; !last.IsZero() {
		why += "; the last call was screened at " + last.Local().Format(time.DateTime)
	}
	return why + ". Try this where Asterisk runs, in one of these ways"
}

const (
	// defaultSessions is Asterisk's own limit of connections.
	defaultSessions = 100
	// spareConnections should be left for others.
	spareConnections = 20
)

// checkConnections is about http.conf, which no console shows whole.
func checkConnections(e Evidence) Finding {
	const check = "http"
	if e.Files.HTTP == nil {
		return found(check, Skip, fmt.Sprintf("the limit of connections is not known: there is no %s to read", e.Files.path("http.conf")))
	}
	limit := defaultSessions
	if text, set := e.Files.HTTP.value("general", "sessionlimit"); set {
		number, err := strconv.Atoi(text)
		if err != nil {
			return found(check, Warn, fmt.Sprintf("sessionlimit in %s is %q, which is no number", e.Files.path("http.conf"), text),
				e.raiseLimit()...)
		}
		limit = number
	}
	text := fmt.Sprintf("Asterisk's web server takes %d connections, of which Ringfence needs up to %d", limit, ari.MaxConnections)
	switch {
	case limit < ari.MaxConnections:
		return found(check, Bad, text, e.raiseLimit()...)
	case limit < ari.MaxConnections+spareConnections:
		return found(check, Warn, text, e.raiseLimit()...)
	}
	return found(check, OK, text)
}

func (e Evidence) raiseLimit() []string {
	return []string{e.set("http.conf", "sessionlimit", "500"), e.rx("module reload http")}
}

// checkRecords is about Asterisk's own record of a refused call.
func checkRecords(e Evidence) Finding {
	const check = "cdr"
	enabled, unanswered := e.Console.CDR, e.Console.CDRUnanswered
	if !e.Console.CDRKnown {
		if e.Console.Silent == nil {
			return found(check, Warn, "Asterisk keeps no call detail records", e.write("cdr.conf"), e.rx("module load cdr_csv.so"))
		}
		if e.Files.CDR == nil {
			return found(check, Skip, "whether refused calls leave a call detail record is not known: neither the console nor cdr.conf could be asked")
		}
		text, set := e.Files.CDR.value("general", "enable")
		enabled = !set || yes(text)
		text, _ = e.Files.CDR.value("general", "unanswered")
		unanswered = yes(text)
	}
	if enabled && unanswered {
		return found(check, OK, "refused calls leave a call detail record")
	}
	key, text := "unanswered", "calls that were not answered leave no call detail record, and so refused ones do not"
	if !enabled {
		key, text = "enable", "Asterisk's call detail records are off"
	}
	lines := []string{e.set("cdr.conf", key, "yes")}
	if e.Files.CDR == nil && e.Files.Unread == nil {
		lines = []string{e.write("cdr.conf")}
	} else if !enabled && !unanswered {
		lines = append(lines, e.set("cdr.conf", "unanswered", "yes"))
	}
	return found(check, Warn, text, slices.Concat(lines, []string{e.rx("module reload cdr")})...)
}
