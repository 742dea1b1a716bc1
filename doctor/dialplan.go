package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

const (
	reloadDialplan = "dialplan reload"
	// callLine has no variable: TryExec evaluates its argument twice.
	callLine = "same => n,TryExec(Gosub(" + asteriskconf.Context + ",s,1))"
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
		return newFinding(check, Skip, e.whyNoPlan(), "ringfence doctor --asterisk-command 'sudo asterisk -rx'",
			"ringfence doctor --asterisk-command 'docker compose exec -T asterisk asterisk -rx'")
	}
	own := ownPlan()
	loaded := plan[asteriskconf.Context]
	if len(loaded) == 0 {
		text := "Asterisk's dialplan has no context [" + asteriskconf.Context + "]" + remark
		if e.pbxConfigOff() {
			text = pbxConfig + " does not run, so extensions.conf is not loaded, and every call fails"
		}
		if why := e.Files.unusable(asteriskconf.DialplanFile); why != "" {
			text += ": " + why
		}
		return newFinding(check, Bad, text, e.install()...)
	}
	differences := own.differences(loaded)
	missing := own.missing(loaded)
	switch {
	case len(missing) > 0:
		return newFinding(check, Bad, fmt.Sprintf("the context [%s] lacks the extensions %s, where Ringfence sends calls%s",
			asteriskconf.Context, strings.Join(missing, ", "), remark), e.install()...)
	case len(differences) > 0:
		grade := Warn
		if slices.ContainsFunc(differences, func(d string) bool { return strings.Contains(d, "TIMEOUT(absolute)") }) {
			// Without the guard, calls would wait if Ringfence fails.
			grade = Bad
		}
		return newFinding(check, grade, fmt.Sprintf("the context [%s] is not that of this version: %s%s%s",
			asteriskconf.Context, differences[0], andMore(len(differences)-1), remark), e.install()...)
	}
	return newFinding(check, OK, "the context ["+asteriskconf.Context+"] is that of this version"+remark)
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return " (and " + strconv.Itoa(n) + " more)"
}

// planFails reports whether Asterisk has loaded no dialplan, which is a finding of
// its own.
func (e Evidence) planFails() bool {
	return e.Console.Err == nil && len(e.Console.Plan[asteriskconf.Context]) == 0
}

// pbxConfigOff reports whether the module that reads extensions.conf does not run.
func (e Evidence) pbxConfigOff() bool {
	return e.Asterisk.Modules != nil && !e.Asterisk.Modules[pbxConfig]
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
