// Package repeat holds the rate rule: a caller who rings so many times within
// so long is put on the list. A Rule says when and for how long; a Counter is
// the rule at work in memory, by which recorded calls are tried and the store
// is tested.
package repeat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/span"
)

// When says which calls a rule counts.
type When string

// The times of a rule.
const (
	// OffHours counts calls outside the working time of the dialled number; a
	// number without any is never outside.
	OffHours When = "off-hours"
	// Always counts calls at any time.
	Always When = "always"
)

// Scope says which calls a rule counts together, and which of the caller's
// next ones it refuses.
type Scope string

// The scopes of a rule.
const (
	// PerCaller counts all calls of a caller.
	PerCaller Scope = "caller"
	// PerDialled counts the calls of a caller to one dialled number, and lists
	// the caller for that number alone.
	PerDialled Scope = "dialled"
)

// Rule puts a caller on the list who calls Calls times within Within. The last
// of these calls is refused. Rules are compared with ==.
type Rule struct {
	// Calls is from MinCalls to MaxCalls.
	Calls int
	// Within is whole seconds from MinWithin to MaxWithin. Two calls that are
	// exactly as far apart are within it.
	Within time.Duration
	When   When
	Scope  Scope
	// For is how long the first listing lasts, whole seconds from MinFor to
	// MaxFor; 0 stands for ever. See Lasts.
	For time.Duration
}

// The bounds of a Rule.
const (
	MinCalls  = 2
	MaxCalls  = 1000
	MinWithin = time.Second
	MaxWithin = 7 * span.Day
	MinFor    = time.Minute
	MaxFor    = 365 * span.Day
	// MaxRules is how many rules there are at the most: each is counted while
	// the caller waits.
	MaxRules = 10
)

const (
	// lastStrike is the listing that has no end.
	lastStrike = 3
	// longer is how many times the second listing is as long as the first.
	longer = 7
	// StrikesKept is how long a listing counts as a strike, from the latest on.
	StrikesKept = 365 * span.Day
)

// Default returns the rule that "on" stands for: five calls in five minutes
// outside working time.
func Default() Rule {
	return Rule{Calls: 5, Within: 5 * time.Minute, When: OffHours, Scope: PerCaller}
}

// Lasts returns how long the caller's listing with this number lasts, 1 being
// the first; 0 stands for ever. A rule with For lists for this long, then for
// seven times as long, and from the third strike on for good.
func (r Rule) Lasts(strike int) time.Duration {
	switch {
	case strike >= lastStrike:
		return 0
	case strike == lastStrike-1:
		return longer * r.For
	default:
		return r.For
	}
}

// String returns the rule as ParseRule reads it, such as "5 in 5m off-hours"
// or "20 in 1h always per dialled for 1d".
func (r Rule) String() string {
	text := fmt.Sprintf("%d in %s %s", r.Calls, span.Format(r.Within), r.When)
	if r.Scope != PerCaller {
		text += " per " + string(r.Scope)
	}
	if r.For != 0 {
		text += " for " + span.Format(r.For)
	}
	return text
}

// Words returns what the rule has found, as in "5 calls in 5m outside working
// time".
func (r Rule) Words() string {
	text := fmt.Sprintf("%d calls in %s", r.Calls, span.Format(r.Within))
	if r.Scope == PerDialled {
		text += " to one number"
	}
	if r.When == OffHours {
		text += " outside working time"
	}
	return text
}

const usage = `write for example "5 in 5m off-hours" or "20 in 1h always per dialled for 1d"`

// ParseRule reads a rule: "N in SPAN", then in any order "off-hours" (which is
// what holds otherwise) or "always", "per caller" (likewise) or "per dialled",
// "for SPAN" or "for good" (likewise).
func ParseRule(text string) (Rule, error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) < 3 || words[1] != "in" {
		return Rule{}, fmt.Errorf("rule %q: no number of calls and span of time: %s", text, usage)
	}
	rule := Default()
	var err error
	if rule.Calls, err = strconv.Atoi(words[0]); err != nil || rule.Calls < MinCalls || rule.Calls > MaxCalls {
		return Rule{}, fmt.Errorf("rule %q: %q is no number of calls from %d to %d", text, words[0], MinCalls, MaxCalls)
	}
	if rule.Within, err = readSpan(words[2], MinWithin, MaxWithin); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	if err := rule.readOptions(words[3:]); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	return rule, nil
}

// readOptions reads what follows the number of calls and their span.
func (r *Rule) readOptions(words []string) error {
	given := make(map[string]bool)
	for len(words) > 0 {
		option, used := words[0], 2
		if option == string(OffHours) || option == string(Always) {
			option, used = "when", 1
		}
		if given[option] {
			return fmt.Errorf("%q says twice what one word says", strings.Join(words[:used], " "))
		}
		given[option] = true
		if len(words) < used {
			return fmt.Errorf("nothing follows %q: %s", option, usage)
		}
		var err error
		switch option {
		case "when":
			r.When = When(words[0])
		case "per":
			r.Scope, err = readScope(words[1])
		case "for":
			r.For, err = readFor(words[1])
		default:
			err = fmt.Errorf("unknown word %q: %s", words[0], usage)
		}
		if err != nil {
			return err
		}
		words = words[used:]
	}
	return nil
}

func readScope(word string) (Scope, error) {
	switch scope := Scope(word); scope {
	case PerCaller, PerDialled:
		return scope, nil
	}
	return "", fmt.Errorf("%q is no scope: write per %s or per %s", word, PerCaller, PerDialled)
}

func readFor(word string) (time.Duration, error) {
	if word == "good" {
		return 0, nil
	}
	return readSpan(word, MinFor, MaxFor)
}

func readSpan(word string, least, most time.Duration) (time.Duration, error) {
	length, err := span.Parse(word)
	if err != nil {
		return 0, err
	}
	if length < least || length > most {
		return 0, fmt.Errorf("%q is not from %s to %s", word, span.Format(least), span.Format(most))
	}
	return length, nil
}

// Rules are the rules that hold at the same time, the one first that weighs
// most: one that lists a caller for every dialled number before one that does
// for a single number, and then the one that lists for longer. If a call trips
// several, the first of them lists the caller. None means that nobody is listed.
type Rules []Rule

// weigh orders rules by how much they weigh.
func weigh(a, b Rule) int {
	if a.Scope != b.Scope {
		if a.Scope == PerCaller {
			return -1
		}
		return 1
	}
	return cmp.Compare(lasting(b), lasting(a))
}

// lasting returns how long a rule lists at first.
func lasting(r Rule) time.Duration {
	if r.For == 0 {
		return math.MaxInt64
	}
	return r.For
}

// The words that stand for rules.
const (
	Off = "off"
	On  = "on"
)

// String returns the rules as ParseRules reads them.
func (r Rules) String() string {
	if len(r) == 0 {
		return Off
	}
	texts := make([]string, len(r))
	for i, rule := range r {
		texts[i] = rule.String()
	}
	return strings.Join(texts, "; ")
}

// ParseRules reads rules with semicolons between them, MaxRules at the most;
// "off" stands for none and "on" for the default one.
func ParseRules(text string) (Rules, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case Off:
		return nil, nil
	case On:
		return Rules{Default()}, nil
	}
	var rules Rules
	for part := range strings.SplitSeq(text, ";") {
		rule, err := ParseRule(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if slices.Contains(rules, rule) {
			return nil, fmt.Errorf("rule %q stands twice", rule)
		}
		rules = append(rules, rule)
	}
	if len(rules) > MaxRules {
		return nil, fmt.Errorf("%d rules, and %d are the most", len(rules), MaxRules)
	}
	slices.SortStableFunc(rules, weigh)
	return rules, nil
}

// Active returns the rules that count a call which comes outside working time,
// or does not.
func (r Rules) Active(offHours bool) Rules {
	if offHours {
		return r
	}
	var active Rules
	for _, rule := range r {
		if rule.When == Always {
			active = append(active, rule)
		}
	}
	return active
}
