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
		return []Finding{newFinding(check, Warn, fmt.Sprintf(
			"[%s] screens calls from outside and has star codes, so a caller could dial them%s: move the lines that call %s to the context of your telephones",
			strings.Join(open, "], ["), remark, asteriskconf.StarContext), e.reload())}
	}
	var differences []string
	own := ownStarPlan()
	for _, context := range slices.Sorted(maps.Keys(own)) {
		for _, difference := range own[context].differences(plan[context]) {
			differences = append(differences, "["+context+"] "+difference)
		}
	}
	findings := checkAnswered(e, plan, remark)
	if len(differences) > 0 {
		return append(findings, newFinding(check, Warn, fmt.Sprintf("the star codes are not those of this version: %s%s%s",
			differences[0], andMore(len(differences)-1), remark), e.write(asteriskconf.StarFile), e.reload()))
	}
	if len(findings) > 0 {
		return findings
	}
	return []Finding{newFinding(check, OK, "the star codes are those of this version"+remark)}
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
		if context != asteriskconf.Context && of.has(Step.screens) && of.has(func(s Step) bool { return starCall.MatchString(s.App) }) {
			open = append(open, context)
		}
	}
	slices.Sort(open)
	return open
}

// has reports whether a step of any extension matches.
func (e Extensions) has(what func(Step) bool) bool {
	for _, steps := range e {
		if slices.ContainsFunc(steps, what) {
			return true
		}
	}
	return false
}

// lastMacro is the last release whose Queue has a place for a macro, before that
// for a subroutine.
const lastMacro = 20

// checkAnswered checks the arguments of Queue that remember the last caller: their
// place depends on the release.
func checkAnswered(e Evidence, plan Dialplan, remark string) []Finding {
	major, _, known := readVersion(e.Asterisk.Version)
	if !known {
		return nil
	}
	place := 7
	if major <= lastMacro {
		place = 8
	}
	var wrong, queues []string
	for _, context := range slices.Sorted(maps.Keys(plan)) {
		for _, name := range slices.Sorted(maps.Keys(plan[context])) {
			for _, s := range plan[context][name] {
				for _, c := range s.calls() {
					at := slices.IndexFunc(c.args, func(arg string) bool {
						words, _, _ := strings.Cut(arg, "(")
						return words == asteriskconf.AnsweredContext
					})
					if c.app == "queue" && at >= 0 && at+1 != place {
						wrong = append(wrong, s.place(name, context))
						queues = append(queues, c.args[0])
					}
				}
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(queues)
	return []Finding{newFinding("star-codes", Warn, fmt.Sprintf(
		"%s does not remember the last caller%s: on Asterisk %d, the subroutine is argument %d of Queue(). Write instead in the section of the queue %s in %s, which works on every release",
		places(wrong), remark, major, place, places(slices.Compact(queues)), e.Files.path("queues.conf")),
		"membergosub = "+asteriskconf.AnsweredContext, e.rx("queue reload all"))}
}
