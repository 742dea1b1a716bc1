package doctor

import (
	"fmt"
	"slices"
	"strings"
)

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
		{name: pbxConfig, gives: "extensions.conf"},
		{name: "app_exec.so", gives: "TryExec"},
		{name: "app_playback.so", gives: "Playback", starOnly: true},
		{name: "app_stack.so", gives: "Gosub Return LOCAL STACK_PEEK"},
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
		return newFinding(check, Skip, "ARI does not answer")
	case e.Asterisk.Modules == nil:
		return newFinding(check, Skip, "Asterisk did not list its modules", e.rx("module show"))
	}
	g := OK
	var missing, lines []string
	for _, m := range neededModules() {
		if e.Asterisk.Modules[m.name] || m.starOnly && !e.hasStarCodes() || m.name == pbxConfig && e.planFails() {
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
		return newFinding(check, OK, "all needed modules run")
	}
	slices.Sort(lines)
	return newFinding(check, g, fmt.Sprintf("these modules do not run: %s; make sure that %s loads them at the next start too",
		strings.Join(missing, ", "), e.Files.path("modules.conf")), lines...)
}
