package doctor

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// callSites are the steps that call the subroutine, as extension@context.
type callSites struct {
	all []string
	// wrongNumber pass the digits of an extension that is not the dialled number.
	wrongNumber []string
	// unsafe end the call if the subroutine is missing. open evaluate a variable
	// twice, so that a caller's text may run as a function.
	unsafe, open []string
	// files have lines among both that sed can rewrite.
	files []string
}

// findCallSites looks through all contexts but the subroutine's own.
func (d Dialplan) findCallSites() callSites {
	var sites callSites
	for _, context := range slices.Sorted(maps.Keys(d)) {
		if context == asteriskconf.Context {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(d[context])) {
			for _, step := range d[context][name] {
				for _, c := range step.calls() {
					if args, yes := c.screens(); yes {
						sites.add(name, context, step, c, args)
					}
				}
			}
		}
	}
	sites.all = slices.Compact(sites.all)
	return sites
}

// filtered are arguments that hold digits only, whatever the variable holds.
var filtered = regexp.MustCompile(`^\$\{FILTER\(0-9[+*#]*,`)

func (sites *callSites) add(name, context string, step Step, c call, args string) {
	place := name + "@" + context
	sites.all = append(sites.all, place)
	if passesExtension(args) && !isNumber.MatchString(name) && digits(name) != "" {
		sites.wrongNumber = append(sites.wrongNumber, place)
	}
	open := c.twice && strings.Contains(args, "${") && !filtered.MatchString(args)
	switch {
	case open:
		sites.open = append(sites.open, place)
	case !c.safe:
		sites.unsafe = append(sites.unsafe, place)
	default:
		return
	}
	file, _ := cutPlace(step.At)
	if strings.HasSuffix(file, ".conf") && plainCall.MatchString(step.App) && !slices.Contains(sites.files, file) {
		sites.files = append(sites.files, file)
	}
}

// plainCall is a call of the subroutine that sed can rewrite: the subroutine finds
// ${EXTEN} itself.
var plainCall = regexp.MustCompile(`^(?:TryExec\()?Gosub\(` + asteriskconf.Context + `,s,1(?:\(\$\{EXTEN\}\))?\)+$`)
