package doctor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// hasStarCodes reports whether the star codes are loaded. They are optional.
func (e Evidence) hasStarCodes() bool {
	plan, _, _ := e.knownPlan()
	return len(plan[asteriskconf.StarContext]) > 0 || len(plan[asteriskconf.AnsweredContext]) > 0
}

// checkStar checks the star codes if they are loaded: are they those of this
// version, and can no call from outside use them?
func checkStar(e Evidence) []Finding {
	const check = "star-codes"
	if !e.hasStarCodes() {
		return nil
	}
	plan, remark, _ := e.knownPlan()
	if open := plan.openStarCodes(); len(open) > 0 {
		return []Finding{found(check, Warn, fmt.Sprintf(
			"[%s] screens calls from outside and has star codes, so a caller could dial them%s: move the lines that call %s to the context of your telephones",
			strings.Join(open, "], ["), remark, asteriskconf.StarContext), e.rx(reloadDialplan))}
	}
	var differences []string
	own := ownStarPlan()
	for _, context := range slices.Sorted(maps.Keys(own)) {
		for _, difference := range own[context].differences(plan[context]) {
			differences = append(differences, "["+context+"] "+difference)
		}
	}
	if len(differences) > 0 {
		return []Finding{found(check, Warn, fmt.Sprintf("the star codes are not those of this version: %s%s%s",
			differences[0], andMore(len(differences)-1), remark), e.write(asteriskconf.StarFile), e.rx(reloadDialplan))}
	}
	return []Finding{found(check, OK, "the star codes are those of this version"+remark)}
}

// ownStarPlan returns the star codes of this version.
func ownStarPlan() Dialplan { return embeddedPlan(asteriskconf.StarFile, asteriskconf.StarCodes()) }

// starCall matches a step that is a star code.
var starCall = regexp.MustCompile(`\b` + asteriskconf.StarContext + `\s*,\s*s\s*,`)

// openStarCodes returns the contexts that screen calls from outside and have star
// codes. It does not follow includes of a context.
func (d Dialplan) openStarCodes() []string {
	var open []string
	for context, of := range d {
		if context != asteriskconf.Context && of.has(ownCall) && of.has(starCall) {
			open = append(open, context)
		}
	}
	slices.Sort(open)
	return open
}

// has reports whether a step of any extension matches.
func (e Extensions) has(what *regexp.Regexp) bool {
	for _, steps := range e {
		if slices.ContainsFunc(steps, func(s Step) bool { return what.MatchString(s.App) }) {
			return true
		}
	}
	return false
}

// module is a module of Asterisk that Ringfence needs.
type module struct {
	name string
	// gives is what is missing without it.
	gives string
	// messagesOnly marks modules that only messages need.
	messagesOnly bool
	// starOnly marks modules that only star codes need.
	starOnly bool
}

// neededModules returns the modules for the requests to ARI, for the dialplan
// subroutine and for the star codes.
func neededModules() []module {
	return []module{
		{name: "res_http_websocket.so", gives: "events"},
		{name: "res_stasis.so", gives: "calls for ARI"},
		{name: "app_stasis.so", gives: "Stasis"},
		{name: "res_ari.so", gives: "ARI"},
		{name: "res_ari_applications.so", gives: "/applications"},
		{name: "res_ari_asterisk.so", gives: "/asterisk"},
		{name: "res_ari_channels.so", gives: "/channels"},
		{name: "res_ari_events.so", gives: "/events"},
		{name: "res_ari_playbacks.so", gives: "/playbacks", messagesOnly: true},
		{name: "res_stasis_answer.so", gives: "answering", messagesOnly: true},
		{name: "res_stasis_playback.so", gives: "playing", messagesOnly: true},
		{name: "app_playback.so", gives: "Playback", starOnly: true},
		{name: "app_stack.so", gives: "Gosub Return LOCAL"},
		{name: "func_callerid.so", gives: "CALLERID CONNECTEDLINE"},
		{name: "func_cdr.so", gives: "CDR"},
		{name: "func_channel.so", gives: "CHANNEL"},
		{name: "func_db.so", gives: "DB", starOnly: true},
		{name: "func_global.so", gives: "GLOBAL"},
		{name: "func_logic.so", gives: "IF"},
		{name: "func_module.so", gives: "IFMODULE"},
		{name: "func_strings.so", gives: "FILTER LEN"},
		{name: "func_timeout.so", gives: "TIMEOUT"},
		{name: "func_uri.so", gives: "URIENCODE"},
	}
}

// checkModules checks that Asterisk runs the needed modules.
func checkModules(e Evidence) Finding {
	const check = "modules"
	switch {
	case e.Asterisk.Problem != nil:
		return found(check, Skip, "ARI does not answer")
	case e.Asterisk.Modules == nil:
		return found(check, Skip, "Asterisk did not list its modules", e.rx("module show"))
	}
	g := OK
	var missing, lines []string
	for _, m := range neededModules() {
		if e.Asterisk.Modules[m.name] || m.starOnly && !e.hasStarCodes() {
			continue
		}
		if !m.messagesOnly && !m.starOnly {
			g = Bad
		} else if g == OK {
			g = Warn
		}
		missing = append(missing, fmt.Sprintf("%s (%s)", m.name, m.gives))
		lines = append(lines, e.rx("module load "+m.name))
	}
	if len(missing) == 0 {
		return found(check, OK, "all needed modules run")
	}
	slices.Sort(lines)
	return found(check, g, fmt.Sprintf("these modules do not run: %s; make sure that %s loads them at the next start too",
		strings.Join(missing, ", "), e.Files.path("modules.conf")), lines...)
}
