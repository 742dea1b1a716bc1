package doctor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// callers are the steps that call the subroutine, as extension@context.
type callers struct {
	all []string
	// wrongNumber pass the digits of an extension that is not the dialled number.
	wrongNumber []string
	// unsafe end the call if the subroutine is missing. open evaluate a variable
	// twice, so that a caller's text may run as a function.
	unsafe, open []string
	// files have lines among both that sed can rewrite.
	files []string
}

func (d Dialplan) callers() callers {
	var found callers
	for _, context := range slices.Sorted(maps.Keys(d)) {
		if context == asteriskconf.Context {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(d[context])) {
			for _, step := range d[context][name] {
				for _, c := range step.calls() {
					if args, yes := c.screens(); yes {
						found.add(name, context, step, c, args)
					}
				}
			}
		}
	}
	found.all = slices.Compact(found.all)
	return found
}

// filtered are arguments that hold digits only, whatever the variable holds.
var filtered = regexp.MustCompile(`^\$\{FILTER\(0-9[+*#]*,`)

func (found *callers) add(name, context string, step Step, c call, args string) {
	place := name + "@" + context
	found.all = append(found.all, place)
	if passesExtension(args) && !isNumber.MatchString(name) && digits(name) != "" {
		found.wrongNumber = append(found.wrongNumber, place)
	}
	open := c.twice && strings.Contains(args, "${") && !filtered.MatchString(args)
	switch {
	case open:
		found.open = append(found.open, place)
	case !c.safe:
		found.unsafe = append(found.unsafe, place)
	default:
		return
	}
	file, _ := cutPlace(step.At)
	if strings.HasSuffix(file, ".conf") && plainCall.MatchString(step.App) && !slices.Contains(found.files, file) {
		found.files = append(found.files, file)
	}
}

// plainCall is a call of the subroutine that sed can rewrite: the subroutine finds
// ${EXTEN} itself.
var plainCall = regexp.MustCompile(`^(?:TryExec\()?Gosub\(` + asteriskconf.Context + `,s,1(?:\(\$\{EXTEN\}\))?\)+$`)

// rewrite returns the lines that make the calls of the subroutine safe: by hand,
// where sed cannot.
func (e Evidence) rewrite(files []string) []string {
	if len(files) == 0 || e.Files.Generated {
		return e.lines()
	}
	var lines []string
	for _, file := range files {
		lines = append(lines, fmt.Sprintf(
			`sudo sed -i -e 's/\([, ]\)Gosub(%[1]s,s,1\((${EXTEN})\)\?)/\1TryExec(Gosub(%[1]s,s,1))/' -e 's/TryExec(Gosub(%[1]s,s,1(${EXTEN})))/TryExec(Gosub(%[1]s,s,1))/' %[2]s`,
			asteriskconf.Context, shellWord(e.Files.path(file))))
	}
	return append(lines, e.reload())
}
