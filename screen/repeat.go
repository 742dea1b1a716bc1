package screen

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/span"
)

// Count is a call that the store is to count by rate rules, while it is asked
// for the facts.
type Count struct {
	repeat.Call
	// Version is that of the policy by which the count is planned: under another
	// one the call is not counted.
	Version string
	// Rules are those that count the call, in the order in which they are asked.
	Rules repeat.Rules
	// List says that a caller whom a rule finds is put on the list; else that is
	// only told.
	List bool
}

// NewCount returns how a call is to be counted under the policy. It has no rules
// if it isn't: only calls are that would go on, as far as the policy can tell.
func NewCount(call Call, p policy.Policy) Count {
	count := Count{
		Version: p.Version,
		Call:    repeat.Call{ID: call.ID + "@" + call.Origin, Caller: call.Caller.Number, Dialled: call.Dialled, At: call.At},
		List:    p.Settings.Mode == policy.Enforce,
	}
	if len(p.Settings.Repeat) == 0 || uncounted(call, p.Settings) != "" {
		return count
	}
	for _, entry := range p.Rules.Match(call.Caller.Number, call.Dialled, call.At) {
		if entry.Rule.Pattern.IsPrefix() {
			return count
		}
	}
	hours := p.Schedule.At(call.Dialled, call.At)
	for _, rule := range p.Settings.Repeat {
		if idle(rule, call, hours) == "" {
			count.Rules = append(count.Rules, rule)
		}
	}
	return count
}

// uncounted says why no rule ever counts calls of this caller, "" if they do.
func uncounted(call Call, settings policy.Settings) string {
	switch {
	case call.Caller.Hidden():
		return "callers without a number are not counted"
	case call.Caller.Number.Short():
		return "short and emergency numbers are not counted"
	case slices.Contains(settings.Own, call.Caller.Number):
		return "own numbers are not counted"
	}
	return ""
}

// idle says why a rule does not count this call, "" if it does.
func idle(rule repeat.Rule, call Call, hours schedule.State) string {
	switch {
	case rule.Scope == repeat.PerDialled && !call.Dialled.Known():
		return "the dialled number is not known"
	case rule.When == repeat.Always || hours.Closed():
		return ""
	case hours.Status != schedule.Unknown:
		return "it is working time"
	}
	return "the dialled number has no working time"
}

// repeatChecks says what the rate rules make of a call; decided is the check
// before them that decides it, "" if none does. Without any rule there is no
// check.
func repeatChecks(call Call, facts Facts, policy policy.Policy, decided string) []Check {
	rules := policy.Settings.Repeat
	if len(rules) == 0 {
		return nil
	}
	silent := func(reason string) []Check { return []Check{{Name: CheckRepeat, Outcome: Silent, Reason: reason}} }
	if decided != "" {
		return silent("calls that another check decides are not counted")
	}
	if reason := uncounted(call, policy.Settings); reason != "" {
		return silent(reason)
	}
	hours := policy.Schedule.At(call.Dialled, call.At)
	checks := make([]Check, len(rules))
	for i, rule := range rules {
		checks[i] = repeatCheck(rule, call, facts, hours)
	}
	return checks
}

func repeatCheck(rule repeat.Rule, call Call, facts Facts, hours schedule.State) Check {
	check := Check{Name: CheckRepeat, Outcome: Silent}
	counted, asked := facts.Counts[rule]
	switch reason := idle(rule, call, hours); {
	case reason != "":
		check.Reason = fmt.Sprintf("%s: %s", rule, reason)
	case facts.Missing != "" || facts.Uncounted != "":
		check.Outcome, check.Reason = Unknown, cmp.Or(facts.Missing, facts.Uncounted)
	case !asked:
		check.Reason = fmt.Sprintf("%s: the call was not counted", rule)
	case counted < rule.Calls:
		check.Reason = fmt.Sprintf("%s: call number %d", rule, counted)
	default:
		check.Outcome, check.Reason, check.Entry = Refuse, rule.Words(), facts.Listed
		if facts.Listed != nil {
			check.Reason += ": now on the list " + lasting(*facts.Listed)
		}
	}
	return check
}

// lasting says for how long an entry stands that was just made.
func lasting(entry blacklist.Entry) string {
	if entry.Expires.IsZero() {
		return "for good"
	}
	return "for " + span.Format(entry.Expires.Sub(entry.Created).Round(time.Minute))
}
