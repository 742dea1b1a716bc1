package doctor

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// walk follows the calls that enter at one extension.
type walk struct {
	plan     Dialplan
	includes Includes
	// inbound says that all calls come from outside, so that a Dial that calls out
	// forwards them.
	inbound bool
	seen    map[string]bool
	// unscreened are the steps that connect the caller before Ringfence is called.
	unscreened []string
	// screened says that Ringfence is called. answered are the places where the call
	// was answered before, wrongNumber those where the extension is another number
	// than the dialled one.
	screened              bool
	answered, wrongNumber []string
	// dialled are the digits of the number.
	dialled string
}

// from walks all paths that begin at an extension.
func (d Dialplan) from(includes Includes, context, extension string, inbound bool) *walk {
	w := &walk{plan: d, includes: includes, inbound: inbound, seen: make(map[string]bool)}
	number := sampleNumber(extension)
	w.dialled = digits(number)
	w.visit(context, extension, number, 0, false)
	return w
}

// visit walks from a step on. It reports whether all that comes behind is screened
// or has ended, so that a subroutine that screens needs no look at what follows it.
func (w *walk) visit(context, extension, exten string, from int, answered bool) (done bool) {
	key := strings.Join([]string{context, extension, exten, strconv.Itoa(from), strconv.FormatBool(answered)}, "\x00")
	if done, seen := w.seen[key]; seen {
		return done
	}
	w.seen[key] = true // what leads back here is looked at already
	defer func() { w.seen[key] = done }()
	steps := w.plan[context][extension]
	for i := from; i < len(steps); i++ {
		for _, c := range steps[i].calls() {
			if args, yes := c.screens(); yes {
				w.screened = true
				if number := digits(exten); passesExtension(args) && number != "" && w.dialled != "" && number != w.dialled {
					w.wrongNumber = append(w.wrongNumber, extension+"@"+context)
				}
				if answered {
					w.answered = append(w.answered, extension+"@"+context)
				}
				return true
			}
			if c.connects() && (w.inbound || !c.callsOut()) {
				w.unscreened = append(w.unscreened, steps[i].place(extension, context))
				return true
			}
			answered = answered || c.answers()
			if c.ends() {
				return c.app != "return"
			}
			if w.follow(c, context, extension, exten, answered) {
				return true
			}
		}
	}
	return false
}

// follow walks to where an application sends the call. It reports whether the next
// step need not be looked at.
func (w *walk) follow(c call, context, extension, exten string, answered bool) bool {
	targets, sub, always := c.targets()
	for _, t := range targets {
		if t.context == "" {
			t.context = context
		}
		number := exten
		switch {
		case t.extension == "":
			t.extension = extension
			if at := indexOf(w.plan[t.context][t.extension], t.priority); at >= 0 && w.visit(t.context, extension, exten, at, answered) && sub {
				return true
			}
			continue
		case t.extension == "${EXTEN}":
		case strings.Contains(t.extension, "${"):
			continue
		default:
			number = t.extension
		}
		in, name := w.find(t.context, number, nil)
		if at := indexOf(w.plan[in][name], t.priority); at >= 0 && w.visit(in, name, number, at, answered) && sub {
			return true
		}
	}
	return always
}

// digits returns the digits of a text.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// passesExtension reports whether the subroutine takes the extension of the line
// as the dialled number.
func passesExtension(args string) bool { return args == "" || strings.Contains(args, "${EXTEN") }

// place names a step: "Queue(support) of 100@from-trunk (extensions.conf:21)".
func (s Step) place(extension, context string) string {
	return s.App + " of " + extension + "@" + context + " (" + s.At + ")"
}

// indexOf returns the index of the step with a priority or a label, -1 if there is
// none.
func indexOf(s []Step, priority string) int {
	if number, err := strconv.Atoi(priority); err == nil {
		if number < 1 || number > len(s) {
			return -1
		}
		return number - 1
	}
	return slices.IndexFunc(s, func(step Step) bool { return step.Label != "" && step.Label == priority })
}

// find returns where a number is found from a context on: as Asterisk does, in its
// own extensions before those of the contexts that it includes.
func (w *walk) find(context, number string, above []string) (in, extension string) {
	if slices.Contains(above, context) {
		return "", ""
	}
	if _, there := w.plan[context][number]; there {
		return context, number
	}
	if best := w.plan[context].best(number); best != "" {
		return context, best
	}
	for _, included := range w.includes[context] {
		if in, extension = w.find(included, number, append(above, context)); in != "" {
			return in, extension
		}
	}
	return "", ""
}

// best returns the pattern that Asterisk chooses for a number, "" if none matches.
func (e Extensions) best(number string) string {
	var names []string
	for name := range e {
		if pattern, is := strings.CutPrefix(name, "_"); is && matches(pattern, number) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.MinFunc(names, comparePatterns)
}

// comparePatterns orders patterns as Asterisk does: position by position, the one
// that matches fewer characters comes first, and among equals the one with the
// smallest character.
func comparePatterns(a, b string) int {
	return cmp.Or(slices.Compare(widths(a), widths(b)), cmp.Compare(a, b))
}

// The widths of what matches any number of characters, and of a pattern's end.
const (
	widthAny = iota + 1<<16
	widthAnyOrNone
	widthEnd
)

// widths returns, for each position of a pattern, how many characters it stands
// for, and after that the smallest of them.
func widths(pattern string) []int {
	var all []int
	pattern = strings.TrimPrefix(pattern, "_")
	for i := 0; i < len(pattern); i++ {
		b := pattern[i]
		switch {
		case strings.IndexByte("XxZzNn", b) >= 0:
			class := patternClasses[b&^0x20]
			all = append(all, int(class[2]-class[0])+1, int(class[0]))
		case b == '.':
			return append(all, widthAny)
		case b == '!':
			return append(all, widthAnyOrNone)
		case b == '[' && strings.Contains(pattern[i:], "]"):
			end := i + strings.IndexByte(pattern[i:], ']')
			set := members(pattern[i+1 : end])
			if len(set) > 0 {
				all = append(all, len(set), slices.Min(set))
			}
			i = end
		case b != '-':
			all = append(all, 1, int(b))
		}
	}
	return append(all, widthEnd)
}

// members returns the characters of a set such as "1-35".
func members(set string) []int {
	var all []int
	for i := 0; i < len(set); i++ {
		last := set[i]
		if i+2 < len(set) && set[i+1] == '-' {
			last = set[i+2]
		}
		for b := int(set[i]); b <= int(last); b++ {
			if !slices.Contains(all, b) {
				all = append(all, b)
			}
		}
		if last != set[i] {
			i += 2
		}
	}
	return all
}

// patternRest are the characters of a pattern that match any further ones.
const patternRest = ".!"

var patternClasses = map[byte]string{'X': "0-9", 'Z': "1-9", 'N': "2-9"}

// matches reports whether a pattern, without its underscore, matches a number.
func matches(pattern, number string) bool {
	var expression strings.Builder
	expression.WriteString("^")
	for i := 0; i < len(pattern); i++ {
		b := pattern[i]
		class, known := patternClasses[b&^0x20]
		switch {
		case known:
			expression.WriteString("[" + class + "]")
		case b == '.':
			expression.WriteString(".+")
		case b == '!':
			expression.WriteString(".*")
		case b == '[' && strings.Contains(pattern[i:], "]"):
			end := i + strings.IndexByte(pattern[i:], ']')
			expression.WriteString(pattern[i : end+1])
			i = end
		case b != '-':
			expression.WriteString(regexp.QuoteMeta(string(b)))
		}
	}
	found, err := regexp.MatchString(expression.String()+"$", number)
	return err == nil && found
}

// sampleNumber returns a number that an extension matches.
func sampleNumber(extension string) string {
	pattern, is := strings.CutPrefix(extension, "_")
	if !is {
		return extension
	}
	var number strings.Builder
	for i := 0; i < len(pattern); i++ {
		b := pattern[i]
		class, known := patternClasses[b&^0x20]
		switch {
		case known:
			number.WriteByte(class[len(class)-1])
		case strings.IndexByte(patternRest, b) >= 0:
			number.WriteByte('0')
		case b == '[' && i+1 < len(pattern) && strings.Contains(pattern[i:], "]"):
			number.WriteByte(pattern[i+1])
			i += strings.IndexByte(pattern[i:], ']')
		case b != '-':
			number.WriteByte(b)
		}
	}
	return number.String()
}

// entries returns the extensions that calls may enter from outside, in a context
// and in those that it includes, as extension and context.
func (w *walk) entries(context string, above []string) [][2]string {
	if slices.Contains(above, context) || context == asteriskconf.Context {
		return nil
	}
	var all [][2]string
	for _, name := range slices.Sorted(maps.Keys(w.plan[context])) {
		if isNumber.MatchString(name) || name == "s" {
			all = append(all, [2]string{name, context})
		}
	}
	for _, included := range w.includes[context] {
		all = append(all, w.entries(included, append(above, context))...)
	}
	return all
}
