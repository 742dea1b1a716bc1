package doctor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// hasStarCodes reports whether the star codes are loaded: they need not be.
func (e Evidence) hasStarCodes() bool {
	plan, _, _ := e.knownPlan()
	return len(plan[asteriskconf.StarContext]) > 0 || len(plan[asteriskconf.AnsweredContext]) > 0
}

// judgeStar is about the star codes, where there are any: are they this
// program's, and out of reach from outside?
func judgeStar(e Evidence) []Finding {
	const check = "star-codes"
	if !e.hasStarCodes() {
		return nil
	}
	plan, remark, _ := e.knownPlan()
	if open := plan.openStarCodes(); len(open) > 0 {
		return []Finding{found(check, Warn, fmt.Sprintf(
			"calls from outside are screened in [%s] and star codes are dialled there, too%s: move the lines that call %s to the context of your telephones",
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

// ownStarPlan returns the star codes as this program has them.
func ownStarPlan() Dialplan { return embeddedPlan(asteriskconf.StarFile, asteriskconf.StarCodes()) }

// starCall matches a step that is a star code.
var starCall = regexp.MustCompile(`\b` + asteriskconf.StarContext + `\s*,\s*s\s*,`)

// openStarCodes returns the contexts that take calls from outside and have star
// codes. What a context includes is not looked into.
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
