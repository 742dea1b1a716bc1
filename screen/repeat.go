package screen

import (
	"cmp"
	"fmt"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/span"
)

// Count is a call that the store counts by rate rules when it looks up the facts.
type Count struct {
	repeat.Call
	// Version is the version of the policy that Rules come from. If the store has
	// another version, it does not count the call.
	Version string
	// Rules are the rules that count the call, in the order in which they apply.
	Rules repeat.Rules
	// List says that a caller who breaks a rule is put on the list. If false, the
	// store only returns the counts.
	List bool
}

// NewCount returns which rules of the policy count a call. There are none if the
// policy alone decides about the call: only calls that would continue are counted.
func NewCount(call Call, p policy.Policy) Count {
	count := Count{
		Version: p.Version,
		Call:    repeat.Call{ID: call.ID + "@" + call.Origin, Caller: call.Caller.Number, Dialled: call.Dialled, At: call.At},
		List:    p.Settings.Mode == policy.Enforce,
	}
	if len(p.Settings.Repeat) == 0 || uncountedReason(call, p.Settings) != "" {
		return count
	}
	for _, entry := range p.Rules.Match(call.Caller.Number, call.Dialled, call.listTime()) {
		if entry.Rule.Pattern.IsPrefix() {
			return count
		}
	}
	hours := p.Schedule.At(call.Dialled, call.At)
	for _, rule := range p.Settings.Repeat {
		if skipReason(rule, call, hours) == "" {
			count.Rules = append(count.Rules, rule)
		}
	}
	return count
}

// uncountedReason says why no rule counts calls of this caller; "" if rules do.
func uncountedReason(call Call, settings policy.Settings) string {
	switch {
	case call.Caller.Hidden():
		return "callers without a number are not counted"
	case call.Caller.Number.Short():
		return "short and emergency numbers are not counted"
	case phone.MatchesAny(settings.Own, call.Caller.Number):
		return "own numbers are not counted"
	}
	return ""
}

// skipReason says why a rule does not count this call; "" if it does.
func skipReason(rule repeat.Rule, call Call, hours schedule.State) string {
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

// repeatChecks returns one check for each rate rule, none without rules. Decided
// says that another check has already decided about the call.
func repeatChecks(call Call, facts Facts, current policy.Policy, decided bool) []Check {
	rules := current.Settings.Repeat
	if len(rules) == 0 {
		return nil
	}
	noMatch := func(reason string) []Check { return []Check{{Name: CheckRepeat, Outcome: NoMatch, Reason: reason}} }
	if decided {
		return noMatch("not counted: already decided above")
	}
	if reason := uncountedReason(call, current.Settings); reason != "" {
		return noMatch(reason)
	}
	hours := current.Schedule.At(call.Dialled, call.At)
	checks := make([]Check, len(rules))
	for i, rule := range rules {
		checks[i] = repeatCheck(rule, call, facts, hours)
	}
	return checks
}

func repeatCheck(rule repeat.Rule, call Call, facts Facts, hours schedule.State) Check {
	check := Check{Name: CheckRepeat, Outcome: NoMatch}
	counted, asked := facts.Counts[rule]
	switch reason := skipReason(rule, call, hours); {
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
			check.Reason += ": now on the list " + entryDuration(*facts.Listed)
		}
	}
	return check
}

// entryDuration returns how long a new entry is on the list, in words.
func entryDuration(entry blacklist.Entry) string {
	if entry.Expires.IsZero() {
		return "permanently"
	}
	return "for " + span.Format(entry.Expires.Sub(entry.Created).Round(time.Minute))
}
