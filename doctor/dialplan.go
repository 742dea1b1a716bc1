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
	includeLine    = `#tryinclude "` + asteriskconf.DialplanFile + `"`
	callLine       = "same => n,Gosub(" + asteriskconf.Context + ",s,1(${EXTEN}))"
)

// knownPlan returns the dialplan if it is known: the loaded one from Asterisk's
// console, else the one in the files. Then the remark says so.
func (e Evidence) knownPlan() (plan Dialplan, remark string, known bool) {
	switch {
	case e.Console.Err == nil:
		return e.Console.Plan, "", true
	case e.Files.Extensions != nil:
		return readPlan(e.Files.Extensions), " (according to the files in " + e.Files.Dir + "; whether Asterisk has loaded them is not known)", true
	}
	return nil, "", false
}

// checkDialplan checks the subroutine: is it loaded, and is it that of this
// version?
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
		return found(check, Bad, fmt.Sprintf("the context [%s] lacks the extensions %s, where Ringfence sends calls%s",
			asteriskconf.Context, strings.Join(missing, ", "), remark), e.install()...)
	case len(differences) > 0:
		grade := Warn
		if slices.ContainsFunc(differences, func(d string) bool { return strings.Contains(d, "TIMEOUT(absolute)") }) {
			// Without the guard, calls would wait if Ringfence fails.
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

// install returns the lines that install the subroutine. If the files are
// readable, it leaves out lines that are not needed.
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

// checkCallers checks that the user's own dialplan calls the subroutine.
func checkCallers(e Evidence) Finding {
	const check, shown = "calls", 3
	plan, remark, known := e.knownPlan()
	if !known {
		return found(check, Skip, "whether the dialplan calls Ringfence is not known, since the dialplan is not known")
	}
	all, withoutNumber := plan.callers()
	switch {
	case len(all) == 0:
		where := "before your own Queue() or Dial()"
		if places := plan.connecting(); len(places) > 0 {
			where = "before the call is connected, as by " + strings.Join(places[:min(shown, len(places))], ", ") + andMore(max(0, len(places)-shown))
		}
		return found(check, Bad, fmt.Sprintf("the dialplan does not call Ringfence, so no call is screened%s: write %s", remark, where),
			callLine, e.rx(reloadDialplan))
	case len(withoutNumber) > 0:
		return found(check, Warn, fmt.Sprintf("the dialled number is not passed on by %s%s: rules for a dialled number do not apply there; write",
			strings.Join(withoutNumber[:min(shown, len(withoutNumber))], ", ")+andMore(max(0, len(withoutNumber)-shown)), remark), callLine, e.rx(reloadDialplan))
	}
	return found(check, OK, fmt.Sprintf("calls are screened from %s%s%s",
		strings.Join(all[:min(shown, len(all))], ", "), andMore(max(0, len(all)-shown)), remark))
}

// whyNoPlan says why the dialplan is not known, and when the last call was
// screened.
func (e Evidence) whyNoPlan() string {
	why := "Asterisk's console does not answer (" + oneLine(e.Console.Err) + "), and "
	if e.Files.Unread != nil {
		why += "its files cannot be read (" + oneLine(e.Files.Unread) + ")"
	} else {
		why += "there is no " + e.Files.path("extensions.conf")
	}
	if last := e.Redis.LastCall; !last.IsZero() {
		why += "; the last call was screened at " + last.Local().Format(time.DateTime)
	}
	return why + ". Run one of these where Asterisk runs"
}

const (
	// defaultSessions is Asterisk's own limit of connections.
	defaultSessions = 100
	// spareConnections should be left for others.
	spareConnections = 20
)

// checkConnections checks the limit in http.conf, which the console does not show.
func checkConnections(e Evidence) Finding {
	const check = "http"
	if e.Files.HTTP == nil {
		return found(check, Skip, fmt.Sprintf("the limit of connections is not known: %s cannot be read", e.Files.path("http.conf")))
	}
	limit := defaultSessions
	if text, set := e.Files.HTTP.value("general", "sessionlimit"); set {
		number, err := strconv.Atoi(text)
		if err != nil {
			return found(check, Warn, fmt.Sprintf("sessionlimit in %s is not a number: %q", e.Files.path("http.conf"), text),
				e.raiseLimit()...)
		}
		limit = number
	}
	text := fmt.Sprintf("Asterisk's web server accepts %d connections; Ringfence needs up to %d", limit, ari.MaxConnections)
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

// checkRecords checks that Asterisk writes a record of refused calls.
func checkRecords(e Evidence) Finding {
	const check = "cdr"
	enabled, unanswered := e.Console.CDR, e.Console.CDRUnanswered
	if !e.Console.CDRKnown {
		if e.Console.Err == nil {
			return found(check, Warn, "Asterisk writes no call detail records", e.write("cdr.conf"), e.rx("module load cdr_csv.so"))
		}
		if e.Files.CDR == nil {
			return found(check, Skip, "whether refused calls get a call detail record is not known: the console does not answer and there is no cdr.conf")
		}
		text, set := e.Files.CDR.value("general", "enable")
		enabled = !set || yes(text)
		text, _ = e.Files.CDR.value("general", "unanswered")
		unanswered = yes(text)
	}
	if enabled && unanswered {
		return found(check, OK, "refused calls get a call detail record")
	}
	key, text := "unanswered", "calls that were not answered, such as refused ones, get no call detail record"
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
