// Package repeat has the rate rules: a caller who calls too often within a time is
// put on the list. A Rule says when, and for how long. A Counter applies rules in
// memory, for replays and to test the store.
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
	"github.com/ringfence/ringfence/typed"
)

// When says which calls a rule counts.
type When string

// The times of a rule.
const (
	// OffHours counts calls outside the working time of the dialled number; a
	// number without working time is never outside.
	OffHours When = "off-hours"
	// Always counts calls at any time.
	Always When = "always"
)

// Scope says which calls a rule counts together, and which further calls of the
// caller it refuses.
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
	// Within is in whole seconds, MinWithin to MaxWithin. Two calls exactly this
	// far apart count together.
	Within time.Duration
	When   When
	Scope  Scope
	// For is how long the first listing lasts, in whole seconds, MinFor to MaxFor;
	// 0 means permanently. See Lasts.
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
	// MaxRules is the largest number of rules: the caller waits while each is counted.
	MaxRules = 10
)

const (
	// permanentStrike is the number of the listing that is permanent.
	permanentStrike = 3
	// secondFactor is how many times longer the second listing is than the first.
	secondFactor = 7
	// StrikesKept is how long strikes count after the end of the latest listing.
	StrikesKept = 365 * span.Day
)

// Default returns the rule that "on" means: five calls in five minutes
// outside working time.
func Default() Rule {
	return Rule{Calls: 5, Within: 5 * time.Minute, When: OffHours, Scope: PerCaller}
}

// Lasts returns how long the caller's listing with this number lasts, 1 being the
// first; 0 means permanently. The first listing lasts for For, the second one seven
// times as long, and the third one is permanent.
func (r Rule) Lasts(strike int) time.Duration {
	switch {
	case strike >= permanentStrike:
		return 0
	case strike == permanentStrike-1:
		return secondFactor * r.For
	default:
		return r.For
	}
}

// MarshalText writes the rule as String does.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

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

// Words describes what the rule has found, as in "5 calls in 5m outside working
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

const usage = `use for example "5 in 5m off-hours" or "20 in 1h always per dialled for 1d"`

// ParseRule parses a rule: "N in DURATION", then in any order "off-hours" (the
// default) or "always", "per caller" (the default) or "per dialled", "for
// DURATION" or "for good" (the default: permanently).
func ParseRule(text string) (Rule, error) {
	// Spans keep their case: 1M is not 1m.
	words := strings.Fields(typed.Plain(text))
	if len(words) < 3 || !strings.EqualFold(words[1], "in") {
		return Rule{}, fmt.Errorf("rule %q: a number of calls and a duration are missing: %s", text, usage)
	}
	rule := Default()
	var err error
	words = slices.Concat(words[:2], joinSpan(words[2:]))
	if rule.Calls, err = strconv.Atoi(words[0]); err != nil || rule.Calls < MinCalls || rule.Calls > MaxCalls {
		return Rule{}, fmt.Errorf("rule %q: invalid number of calls %q: use %d to %d", text, words[0], MinCalls, MaxCalls)
	}
	if rule.Within, err = readSpan(words[2], MinWithin, MaxWithin); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	if err := rule.readOptions(words[3:]); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", text, err)
	}
	return rule, nil
}

// readOptions parses the words after the number of calls and the duration.
func (r *Rule) readOptions(words []string) error {
	given := make(map[string]bool)
	for len(words) > 0 {
		option, used := strings.ToLower(words[0]), 2
		if option == "for" {
			words = slices.Concat(words[:1], joinSpan(words[1:]))
		}
		if option == string(OffHours) || option == string(Always) {
			option, used = "when", 1
		}
		if len(words) < used {
			return fmt.Errorf("a value is missing after %q: %s", option, usage)
		}
		if given[option] {
			return fmt.Errorf("%q repeats or contradicts an earlier word: leave it out", strings.Join(words[:used], " "))
		}
		given[option] = true
		var err error
		switch option {
		case "when":
			r.When = When(strings.ToLower(words[0]))
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
	switch scope := Scope(strings.ToLower(word)); scope {
	case PerCaller, PerDialled:
		return scope, nil
	}
	return "", fmt.Errorf("invalid scope %q: use per %s or per %s", word, PerCaller, PerDialled)
}

func readFor(word string) (time.Duration, error) {
	if strings.EqualFold(word, "good") {
		return 0, nil
	}
	return readSpan(word, MinFor, MaxFor)
}

// maxSpanWords bounds the words of a duration: a number, a unit and "and" for each unit.
const maxSpanWords = 20

// joinSpan makes one word of the first ones that are a duration, such as 10 minutes
// or 1 day 12 hours.
func joinSpan(words []string) []string {
	for count := min(len(words), maxSpanWords); count > 1; count-- {
		joined := strings.Join(words[:count], " ")
		if _, err := span.Parse(joined); err == nil {
			return slices.Concat([]string{joined}, words[count:])
		}
	}
	// A unit that is in doubt gets its own error.
	if len(words) > 1 && words[1] == "M" {
		return slices.Concat([]string{words[0] + words[1]}, words[2:])
	}
	return words
}

func readSpan(word string, least, most time.Duration) (time.Duration, error) {
	length, err := span.Parse(word)
	if err != nil {
		return 0, err
	}
	if length < least || length > most {
		return 0, fmt.Errorf("invalid duration %q: use %s to %s", word, span.Format(least), span.Format(most))
	}
	return length, nil
}

// Rules are the rules in effect, the strictest first: one that lists a caller for
// all dialled numbers before one for a single number, and then the one that lists
// for longer. If a call breaks several rules, the first of them lists the caller.
type Rules []Rule

// compareStrictness orders rules, the strictest first.
func compareStrictness(a, b Rule) int {
	if a.Scope != b.Scope {
		if a.Scope == PerCaller {
			return -1
		}
		return 1
	}
	return cmp.Compare(firstListing(b), firstListing(a))
}

// firstListing returns how long the first listing of a rule lasts.
func firstListing(r Rule) time.Duration {
	if r.For == 0 {
		return math.MaxInt64
	}
	return r.For
}

// The words for no rules and for the default rule.
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

// ParseRules parses rules separated by semicolons, at most MaxRules; "off" means
// none and "on" the default one.
func ParseRules(text string) (Rules, error) {
	text = typed.Plain(text)
	switch strings.ToLower(text) {
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
			return nil, fmt.Errorf("rule %q is there twice: leave one out", rule)
		}
		rules = append(rules, rule)
	}
	if len(rules) > MaxRules {
		return nil, fmt.Errorf("%d rules are too many: use at most %d", len(rules), MaxRules)
	}
	slices.SortStableFunc(rules, compareStrictness)
	return rules, nil
}

// Active returns the rules that count a call. OffHours says that the call is
// outside working time.
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
