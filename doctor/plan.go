package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// Dialplan is a dialplan by context and extension.
type Dialplan map[string]Extensions

// Extensions are the steps of each extension of a context, from the first
// priority on.
type Extensions map[string][]Step

// Step is one priority.
type Step struct {
	// Label is "" at the first priority, since Asterisk does not show it there.
	Label string
	// App is the application with its arguments, "Hangup(16)".
	App string
	// At is the file and the line of the step.
	At string
}

func (d Dialplan) add(context, extension string, s Step) {
	if d[context] == nil {
		d[context] = make(Extensions)
	}
	if len(d[context][extension]) == 0 {
		s.Label = ""
	}
	d[context][extension] = append(d[context][extension], s)
}

// Includes are the contexts that each context includes.
type Includes map[string][]string

var (
	// shownInclude is a line such as "Include =>  'other'  [pbx_config]".
	shownInclude = regexp.MustCompile(`^\s+Include =>\s+'([^'|,]*)`)
	shownContext = regexp.MustCompile(`^\[ Context '(.*)' created by '`)
	// shownStep is a line such as
	//   'allow' =>        1. Set(RINGFENCE=allowed)          [ringfence.conf:58]
	//      [ask]          7. NoOp()                          [ringfence.conf:41]
	shownStep = regexp.MustCompile(`^\s+(?:'(.*?)'(?: \(CID match '.*'\))? =>\s+|\[(.*?)\]\s+)?\d+\. (.*?)\s*\[([^\[\]]*)\]$`)
	// colours are escape sequences that a console may add.
	colours = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

// readShown parses the console's output of "dialplan show".
func readShown(text string) Dialplan {
	plan := make(Dialplan)
	context, extension := "", ""
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		line = strings.TrimRight(line, "\r\n")
		if found := shownContext.FindStringSubmatch(line); found != nil {
			context, extension = found[1], ""
			if plan[context] == nil {
				plan[context] = make(Extensions)
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
		plan.add(context, extension, Step{Label: found[2], App: found[3], At: found[4]})
	}
	return plan
}

// readShownIncludes parses the includes in the output of "dialplan show".
func readShownIncludes(text string) Includes {
	includes, context := make(Includes), ""
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		if found := shownContext.FindStringSubmatch(line); found != nil {
			context = found[1]
		} else if found := shownInclude.FindStringSubmatch(line); found != nil && context != "" {
			includes[context] = append(includes[context], found[1])
		}
	}
	return includes
}

// readIncludes reads the includes of the contexts of extensions.conf.
func readIncludes(lines Conf) Includes {
	includes := make(Includes)
	for _, line := range lines {
		if strings.EqualFold(line.Key, "include") {
			context, _, _ := strings.Cut(strings.ReplaceAll(line.Value, "|", ","), ",")
			includes[line.Section] = append(includes[line.Section], strings.TrimSpace(context))
		}
	}
	return includes
}

// readPlan reads the contexts of extensions.conf.
func readPlan(lines Conf) Dialplan {
	plan := make(Dialplan)
	// last is the extension that `same` continues, by context.
	last := make(map[string]string)
	for _, line := range lines {
		priority, app := "", ""
		switch line.Key {
		case "exten":
			name, rest, found := strings.Cut(line.Value, ",")
			if !found {
				continue
			}
			last[line.Section] = strings.TrimSpace(name)
			priority, app, _ = strings.Cut(rest, ",")
		case "same":
			priority, app, _ = strings.Cut(line.Value, ",")
		default:
			continue
		}
		priority = strings.TrimSpace(priority)
		if priority == "hint" || priority == "" {
			continue
		}
		_, label, _ := strings.Cut(strings.TrimSuffix(priority, ")"), "(")
		plan.add(line.Section, last[line.Section], Step{Label: label, App: withBrackets(app), At: line.At})
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

// ownPlan returns the subroutine of this version.
func ownPlan() Extensions {
	return embeddedPlan(asteriskconf.DialplanFile, asteriskconf.Dialplan())[asteriskconf.Context]
}

func embeddedPlan(name, text string) Dialplan {
	lines, err := confReader{}.parse(name, text, deepestInclude)
	if err != nil {
		panic(err) // the file is part of the binary and includes nothing
	}
	return readPlan(lines)
}

// missing returns the extensions of e that from lacks.
func (e Extensions) missing(from Extensions) []string {
	var names []string
	for name := range e {
		if len(from[name]) == 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// differences describes the steps of from that differ from e. Further extensions
// in from do not count.
func (e Extensions) differences(from Extensions) []string {
	var found []string
	for name, want := range e {
		got := from[name]
		for i := range max(len(want), len(got)) {
			place := name + "," + strconv.Itoa(i+1)
			switch {
			case i >= len(got):
				found = append(found, fmt.Sprintf("%s lacks %s", place, want[i].App))
			case i >= len(want):
				found = append(found, fmt.Sprintf("%s has %s too many", place, got[i].App))
			case want[i].App != got[i].App:
				found = append(found, fmt.Sprintf("%s is %s instead of %s", place, got[i].App, want[i].App))
			case want[i].Label != got[i].Label:
				found = append(found, fmt.Sprintf("%s has the label %q instead of %q", place, got[i].Label, want[i].Label))
			default:
				continue
			}
			// The next steps are only moved.
			break
		}
	}
	slices.Sort(found)
	return found
}
