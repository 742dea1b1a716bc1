package doctor

import (
	"regexp"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// call is one application that a step runs.
type call struct {
	app  string // in lower case
	args []string
	// maybe says that it runs under a condition, safe that its failure does not end
	// the call, twice that Asterisk evaluates its arguments twice.
	maybe, safe, twice bool
}

// calls returns the applications that a step runs: those within TryExec and ExecIf.
func (s Step) calls() []call {
	return readCalls(s.App, call{safe: strings.Contains(s.App, "DIALPLAN_EXISTS(")})
}

func readCalls(text string, outer call) []call {
	name, rest, _ := strings.Cut(strings.TrimSpace(text), "(")
	inside := strings.TrimSuffix(strings.TrimSpace(rest), ")")
	c := call{app: strings.ToLower(strings.TrimSpace(name)), maybe: outer.maybe, safe: outer.safe, twice: outer.twice}
	switch c.app {
	case "tryexec":
		c.safe, c.twice = true, true
		return readCalls(inside, c)
	case "exec":
		c.twice = true
		return readCalls(inside, c)
	case "execif":
		condition := cutTop(inside, '?')
		if len(condition) < 2 {
			return nil
		}
		c.maybe = true
		var all []call
		for _, branch := range cutTop(strings.Join(condition[1:], "?"), ':') {
			all = append(all, readCalls(branch, c)...)
		}
		return all
	}
	for _, arg := range cutTop(inside, ',') {
		c.args = append(c.args, strings.TrimSpace(arg))
	}
	return []call{c}
}

// cutTop cuts a text at each separator outside of brackets and quotes.
func cutTop(text string, separator byte) []string {
	var parts []string
	depth, start, quoted := 0, 0, false
	for i := range len(text) {
		switch b := text[i]; {
		case b == '"':
			quoted = !quoted
		case strings.IndexByte("([{", b) >= 0:
			depth++
		case strings.IndexByte(")]}", b) >= 0:
			depth--
		case b == separator && depth <= 0 && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// target is where a step goes on: parts that are not named are "".
type target struct {
	context, extension, priority string
	// args are those of a subroutine, brackets included.
	args string
}

// readTarget reads [[context,]extension,]priority[(args)].
func readTarget(text string) target {
	var t target
	parts := cutTop(text, ',')
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	slices.Reverse(parts)
	t.priority = parts[0]
	if name, args, found := strings.Cut(t.priority, "("); found {
		t.priority, t.args = name, strings.TrimSuffix(args, ")")
	}
	if len(parts) > 1 {
		t.extension = parts[1]
	}
	if len(parts) > 2 {
		t.context = parts[2]
	}
	return t
}

// targets returns where the call goes on. sub says that it comes back, always that
// the step after it is not next.
func (c call) targets() (targets []target, sub, always bool) {
	whole := strings.Join(c.args, ",")
	switch c.app {
	case "goto":
		return []target{readTarget(whole)}, false, !c.maybe
	case "gosub":
		return []target{readTarget(whole)}, true, false
	case "macro":
		return []target{{context: "macro-" + c.args[0], extension: "s", priority: "1"}}, true, false
	case "gotoif", "gotoiftime", "gosubif":
		sub = c.app == "gosubif"
		_, branches, found := strings.Cut(whole, "?")
		if parts := cutTop(whole, '?'); len(parts) > 1 {
			branches = strings.Join(parts[1:], "?")
		} else if !found {
			return nil, sub, false
		}
		all := cutTop(branches, ':')
		for _, branch := range all {
			if strings.TrimSpace(branch) != "" {
				targets = append(targets, readTarget(branch))
			}
		}
		return targets, sub, !sub && len(targets) == 2
	}
	return nil, false, false
}

// screens returns the arguments with which the application calls Ringfence.
func (c call) screens() (args string, yes bool) {
	targets, sub, _ := c.targets()
	for _, t := range targets {
		if sub && t.context == asteriskconf.Context && t.extension == "s" {
			return t.args, true
		}
	}
	return "", false
}

// connects reports whether the application connects the caller.
func (c call) connects() bool {
	return slices.Contains([]string{"queue", "dial", "followme", "confbridge", "voicemail"}, c.app)
}

// outgoing matches the arguments of a Dial that calls out: through a trunk, or with
// a part of the dialled number.
var outgoing = regexp.MustCompile(`(?i)trunk|\$\{EXTEN:|@`)

// callsOut reports whether the application calls somebody outside.
func (c call) callsOut() bool {
	return c.app == "dial" && outgoing.MatchString(strings.Join(c.args, ","))
}

// answers reports whether the application answers the call.
func (c call) answers() bool {
	switch c.app {
	case "answer", "read", "confbridge", "voicemail", "echo":
		return true
	case "playback", "background":
		return !strings.Contains(strings.Join(c.args, ","), "noanswer") && (c.app != "background" || len(c.args) < 2 || !strings.Contains(c.args[1], "n"))
	}
	return false
}

// ends reports whether the application ends the call.
func (c call) ends() bool {
	return !c.maybe && slices.Contains([]string{"hangup", "busy", "congestion", "return", "stasis"}, c.app)
}

// isNumber matches an extension that is a dialled number or a pattern of them.
var isNumber = regexp.MustCompile(`^_|^\+?[\d*#]`)
