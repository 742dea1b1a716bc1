package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// dialplan is a dialplan by context and extension.
type dialplan map[string]extensions

// extensions are the steps of each extension of a context, from the first
// priority on.
type extensions map[string][]step

// step is one priority.
type step struct {
	// label is missing at the first priority, where Asterisk doesn't show it.
	label string
	// app is the application with its arguments, "Hangup(16)".
	app string
	// at is the file and the line that the step comes from.
	at string
}

func (d dialplan) add(context, extension string, s step) {
	if d[context] == nil {
		d[context] = make(extensions)
	}
	if len(d[context][extension]) == 0 {
		s.label = ""
	}
	d[context][extension] = append(d[context][extension], s)
}

var (
	shownContext = regexp.MustCompile(`^\[ Context '(.*)' created by '`)
	// shownStep is a line such as
	//   'allow' =>        1. Set(RINGFENCE=allowed)          [ringfence.conf:58]
	//      [ask]          7. NoOp()                          [ringfence.conf:41]
	shownStep = regexp.MustCompile(`^\s+(?:'(.*?)'(?: \(CID match '.*'\))? =>\s+|\[(.*?)\]\s+)?\d+\. (.*?)\s*\[([^\[\]]*)\]$`)
	// colours are what a console may write around a text.
	colours = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

// readShown reads what Asterisk's console shows on "dialplan show".
func readShown(text string) dialplan {
	plan := make(dialplan)
	context, extension := "", ""
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		line = strings.TrimRight(line, "\r\n")
		if found := shownContext.FindStringSubmatch(line); found != nil {
			context, extension = found[1], ""
			if plan[context] == nil {
				plan[context] = make(extensions)
			}
			continue
		}
		found := shownStep.FindStringSubmatch(line)
		if found == nil || context == "" {
			continue
		}
		if found[1] != "" {
			extension = found[1]
		}
		plan.add(context, extension, step{label: found[2], app: found[3], at: found[4]})
	}
	return plan
}

// readPlan reads the contexts of extensions.conf.
func readPlan(lines conf) dialplan {
	plan := make(dialplan)
	// last is what `same` means, by context.
	last := make(map[string]string)
	for _, line := range lines {
		priority, app := "", ""
		switch line.key {
		case "exten":
			name, rest, found := strings.Cut(line.value, ",")
			if !found {
				continue
			}
			last[line.section] = strings.TrimSpace(name)
			priority, app, _ = strings.Cut(rest, ",")
		case "same":
			priority, app, _ = strings.Cut(line.value, ",")
		default:
			continue
		}
		priority = strings.TrimSpace(priority)
		if priority == "hint" || priority == "" {
			continue
		}
		_, label, _ := strings.Cut(strings.TrimSuffix(priority, ")"), "(")
		plan.add(line.section, last[line.section], step{label: label, app: withBrackets(app), at: line.at})
	}
	return plan
}

// withBrackets writes an application without arguments as Asterisk shows it.
func withBrackets(app string) string {
	app = strings.TrimSpace(app)
	if !strings.Contains(app, "(") {
		app += "()"
	}
	return app
}

// ownPlan returns the subroutine as this program has it.
func ownPlan() extensions {
	lines, err := confReader{}.parse(asteriskconf.DialplanFile, asteriskconf.Dialplan(), deepestInclude)
	if err != nil {
		panic(err) // the file is part of the binary and includes nothing
	}
	return readPlan(lines)[asteriskconf.Context]
}

// missing returns the extensions that the subroutine should have and doesn't.
func (e extensions) missing(from extensions) []string {
	var names []string
	for name := range e {
		if len(from[name]) == 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// differences tells where the subroutine isn't as it should be. Extensions
// that were added to it do not matter.
func (e extensions) differences(from extensions) []string {
	var found []string
	for name, want := range e {
		got := from[name]
		for i := range max(len(want), len(got)) {
			place := name + "," + strconv.Itoa(i+1)
			switch {
			case i >= len(got):
				found = append(found, fmt.Sprintf("%s lacks %s", place, want[i].app))
			case i >= len(want):
				found = append(found, fmt.Sprintf("%s has %s too many", place, got[i].app))
			case want[i].app != got[i].app:
				found = append(found, fmt.Sprintf("%s is %s instead of %s", place, got[i].app, want[i].app))
			case want[i].label != got[i].label:
				found = append(found, fmt.Sprintf("%s has the label %q instead of %q", place, got[i].label, want[i].label))
			default:
				continue
			}
			// What follows is only moved.
			break
		}
	}
	slices.Sort(found)
	return found
}

// ownCall matches a step that calls the subroutine, with what it is given.
var ownCall = regexp.MustCompile(`\b` + asteriskconf.Context + `\s*,\s*s\s*,\s*1\s*(\(.)?`)

// callers returns the steps that call the subroutine from elsewhere, and among
// them those that do not tell the dialled number.
func (d dialplan) callers() (all, silent []string) {
	for context, of := range d {
		if context == asteriskconf.Context {
			continue
		}
		for name, steps := range of {
			for _, s := range steps {
				found := ownCall.FindStringSubmatch(s.app)
				if found == nil {
					continue
				}
				place := name + "@" + context
				all = append(all, place)
				if found[1] == "" {
					silent = append(silent, place)
				}
			}
		}
	}
	slices.Sort(all)
	slices.Sort(silent)
	return slices.Compact(all), slices.Compact(silent)
}

// beforeWhat returns the places in front of which the subroutine could be
// called: those that hand a call to somebody.
func (d dialplan) beforeWhat() []string {
	var places []string
	for context, of := range d {
		for name, steps := range of {
			for _, s := range steps {
				if strings.HasPrefix(s.app, "Queue(") || strings.HasPrefix(s.app, "Dial(") {
					places = append(places, fmt.Sprintf("%s of %s@%s (%s)", s.app, name, context, s.at))
				}
			}
		}
	}
	slices.Sort(places)
	return places
}
