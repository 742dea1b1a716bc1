package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// calledContext is a context that calls enter, and how sure it is that they come
// from outside.
type calledContext struct {
	name string
	// trunk is the endpoint whose calls enter it, "" if it only screens calls.
	trunk string
	// sure says that the endpoint is a trunk.
	sure bool
}

// enteredContexts returns the contexts that calls from outside enter.
func (e Evidence) enteredContexts(plan Dialplan, includes Includes, known callSites) []calledContext {
	var all []calledContext
	add := func(c calledContext) {
		if !slices.ContainsFunc(all, func(other calledContext) bool { return includes.reach(other.name, c.name, nil) }) {
			all = append(all, c)
		}
	}
	for _, endpoint := range e.Console.Endpoints {
		if endpoint.Context != "" && endpoint.trunk() {
			add(calledContext{endpoint.Context, endpoint.Name, true})
		}
	}
	for _, place := range known.all {
		name, context, _ := strings.Cut(place, "@")
		if isNumber.MatchString(name) {
			add(calledContext{name: context})
		}
	}
	for _, endpoint := range e.Console.Endpoints {
		if endpoint.Context != "" && !endpoint.trunk() && !endpoint.Registers {
			add(calledContext{endpoint.Context, endpoint.Name, false})
		}
	}
	return slices.DeleteFunc(all, func(c calledContext) bool { return len(plan[c.name])+len(includes[c.name]) == 0 })
}

// reach reports whether a context is another, or includes it.
func (i Includes) reach(from, to string, above []string) bool {
	if from == to {
		return true
	}
	return !slices.Contains(above, from) && slices.ContainsFunc(i[from], func(next string) bool { return i.reach(next, to, append(above, from)) })
}

// checkCallers checks that the user's own dialplan calls the subroutine, on every
// way that calls from outside take.
func checkCallers(e Evidence) []Finding {
	const check = "calls"
	plan, remark, known := e.knownPlan()
	if !known {
		return []Finding{newFinding(check, Skip, "whether the dialplan calls Ringfence is not known, since the dialplan is not known")}
	}
	includes := e.Console.Includes
	if e.Console.Err != nil {
		includes = readIncludes(e.Files.Extensions)
	}
	calls := plan.findCallSites()
	contexts := e.enteredContexts(plan, includes, calls)
	if len(calls.all) == 0 {
		return []Finding{e.callsNothing(plan, includes, contexts, remark)}
	}
	var findings []Finding
	var answered []string
	for _, context := range contexts {
		walked := plan.walkContext(includes, context)
		if f, wrong := e.checkContext(walked, context, remark); wrong {
			findings = append(findings, f)
		}
		answered = append(answered, walked.answered...)
		calls.wrongNumber = append(calls.wrongNumber, walked.wrongNumber...)
	}
	for _, place := range calls.all {
		name, context, _ := strings.Cut(place, "@")
		answered = append(answered, plan.from(includes, context, name, true).answered...)
	}
	slices.Sort(answered)
	if answered = slices.Compact(answered); len(answered) > 0 {
		findings = append(findings, newFinding(check, Warn, fmt.Sprintf(
			"the call is answered before it is screened at %s%s: a refused caller pays for it and hears no busy. Move the line before what answers, as first step", places(answered), remark),
			callLine, e.reload()))
	}
	findings = append(findings, e.checkLines(calls, remark)...)
	if len(findings) > 0 {
		return findings
	}
	return []Finding{newFinding(check, OK, "calls are screened from "+places(calls.all)+remark)}
}

// checkLines checks how the lines that call the subroutine are written.
func (e Evidence) checkLines(calls callSites, remark string) []Finding {
	const check = "calls"
	var findings []Finding
	slices.Sort(calls.wrongNumber)
	if wrong := slices.Compact(calls.wrongNumber); len(wrong) > 0 {
		findings = append(findings, newFinding(check, Warn, fmt.Sprintf(
			"the dialled number is not passed on by %s%s, but the digits of that extension: rules and working time of a dialled number do not apply there; write", places(wrong), remark),
			passing("CALLERID(dnid)"), e.reload()))
	}
	if len(calls.open) > 0 {
		findings = append(findings, newFinding(check, Bad, fmt.Sprintf(
			"a caller can run commands on Asterisk's machine by %s%s: TryExec evaluates variables twice. Write no variable into it, or filter it as in %s",
			places(calls.open), remark, strings.TrimPrefix(passing("saved"), "same => n,")), e.rewrite(calls.files)...))
	}
	if len(calls.unsafe) > 0 {
		findings = append(findings, newFinding(check, Warn, fmt.Sprintf(
			"the call ends if ever [%s] is missing, as by a failed reload, at %s%s: TryExec lets it continue", asteriskconf.Context, places(calls.unsafe), remark),
			e.rewrite(calls.files)...))
	}
	return findings
}

// contextWalk holds all walks through a context together. late says that some extension
// calls Ringfence only after it has connected the caller.
type contextWalk struct {
	walk
	late bool
}

// walkContext walks from each extension of a context.
func (d Dialplan) walkContext(includes Includes, context calledContext) contextWalk {
	all := contextWalk{walk: walk{plan: d, includes: includes}}
	for _, entry := range all.entries(context.name, nil) {
		way := d.from(includes, entry[1], entry[0], context.sure)
		all.screened = all.screened || way.screened
		all.answered = append(all.answered, way.answered...)
		all.wrongNumber = append(all.wrongNumber, way.wrongNumber...)
		all.unscreened = append(all.unscreened, way.unscreened...)
		all.late = all.late || len(way.unscreened) > 0 && !way.screened && d[entry[1]].screens(entry[0])
	}
	all.unscreened = slices.Compact(all.unscreened)
	return all
}

// checkContext checks that each way through a context is screened.
func (e Evidence) checkContext(all contextWalk, context calledContext, remark string) (f Finding, wrong bool) {
	if len(all.unscreened) == 0 {
		return f, false
	}
	from := "[" + context.name + "]"
	if context.trunk != "" {
		from += ", where the calls of endpoint " + context.trunk + " enter,"
	}
	g, text := Warn, ""
	switch {
	case all.late:
		g, text = Bad, fmt.Sprintf("%s connects callers before it calls Ringfence%s: write", from, remark)
	case !all.screened && context.sure:
		g, text = Bad, fmt.Sprintf("%s screens no call%s: write", from, remark)
	case !all.screened:
		text = fmt.Sprintf("%s screens no call%s; if calls from outside enter it, write", from, remark)
	default:
		text = fmt.Sprintf("%s has numbers or ways that are not screened%s; unless you want that, write", from, remark)
	}
	return newFinding("calls", g, text+" "+e.before(all.unscreened), e.lines()...), true
}

// before says where the lines go that screen calls.
func (e Evidence) before(steps []string) string {
	switch {
	case e.Files.Generated:
		return "into extensions_override_freepbx.conf, if FreePBX writes your dialplan"
	case len(steps) == 0:
		return "before your own Queue() or Dial()"
	}
	return "before " + places(steps)
}

// screens reports whether a step of an extension calls the subroutine.
func (e Extensions) screens(extension string) bool {
	return slices.ContainsFunc(e[extension], Step.screens)
}

func (s Step) screens() bool {
	return slices.ContainsFunc(s.calls(), func(c call) bool { _, yes := c.screens(); return yes })
}

// callsNothing says that no call is screened, and where the line goes.
func (e Evidence) callsNothing(plan Dialplan, includes Includes, contexts []calledContext, remark string) Finding {
	var unscreened []string
	for _, context := range contexts {
		unscreened = append(unscreened, plan.walkContext(includes, context).unscreened...)
	}
	if len(unscreened) == 0 {
		unscreened = plan.connecting(e.phoneContexts())
	}
	return newFinding("calls", Bad, fmt.Sprintf("the dialplan does not call Ringfence, so no call is screened%s: write %s",
		remark, e.before(slices.Compact(unscreened))), e.lines()...)
}

// phoneContexts returns the contexts that telephones enter, as far as known.
func (e Evidence) phoneContexts() []string {
	var contexts []string
	for _, endpoint := range e.Console.Endpoints {
		if endpoint.Registers && endpoint.Context != "" {
			contexts = append(contexts, endpoint.Context)
		}
	}
	return contexts
}

// connecting returns the steps that connect a call, before which the dialplan
// could call the subroutine. Those that call out are left out.
func (d Dialplan) connecting(but []string) []string {
	var places []string
	for _, context := range slices.Sorted(maps.Keys(d)) {
		if slices.Contains(but, context) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(d[context])) {
			for _, s := range d[context][name] {
				for _, c := range s.calls() {
					if c.connects() && !c.callsOut() && !strings.Contains(s.At, "pbx_ael") {
						places = append(places, s.place(name, context))
					}
				}
			}
		}
	}
	return places
}
