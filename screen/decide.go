package screen

import (
	"slices"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/schedule"
)

// Facts is what the store knows about a call's caller.
type Facts struct {
	// Entries are the entries for exactly this caller, for all dialled numbers, for
	// this one or for a range that has it.
	Entries []blacklist.Entry
	// PolicyVersion is the version of the policy at the moment of the answer.
	PolicyVersion string
	// Counts are how many calls each rate rule has counted within its span, with
	// this one, but at most Rule.Calls; nil if the call was not counted.
	Counts map[repeat.Rule]int
	// Listed is the entry that a rate rule has made of this call, nil if none has.
	Listed *blacklist.Entry
	// Uncounted says why the rate rules could not count the call; "" if they did,
	// or if none applies.
	Uncounted string
	// Missing says why the store did not answer, or what of its answer is missing, with
	// PolicyVersion then; "" if it did.
	Missing string
}

// Outcome is the result of a check, or of the whole decision.
type Outcome string

// The outcomes.
const (
	// NoMatch means that the check does not apply to the call.
	NoMatch Outcome = "no match"
	// Unknown means that the check failed.
	Unknown Outcome = "unknown"
	// Pass means that the call continues in the dialplan.
	Pass Outcome = "pass"
	// Refuse means that the call is refused.
	Refuse Outcome = "refuse"
)

// The names of the checks.
const (
	CheckList      = "list"
	CheckPrefix    = "prefix"
	CheckAnonymous = "anonymous"
	CheckRepeat    = "repeat"
	CheckDefault   = "default"
	// CheckNone is in the record of a call without a decision.
	CheckNone = "none"
)

// CheckNames returns the names of all checks in the order of precedence. CheckNone
// is the last.
func CheckNames() []string {
	return []string{CheckList, CheckPrefix, CheckAnonymous, CheckRepeat, CheckDefault, CheckNone}
}

// Check is one step of a decision and its reason.
type Check struct {
	// "list", "prefix", "anonymous", "repeat" or "default".
	Name string `json:"check"`
	// "pass", "refuse", "no match" or "unknown".
	Outcome Outcome `json:"outcome"`
	// Reason of the outcome.
	Reason string `json:"reason"`
	// This check decided: its outcome became the verdict.
	Decided bool `json:"decided"`
	// Entry that a list or prefix check found.
	Entry *blacklist.Entry `json:"entry,omitempty"`
}

// decides reports whether the check passes or refuses the call.
func (c Check) decides() bool { return c.Outcome == Pass || c.Outcome == Refuse }

// Verdict is the decision about one call.
type Verdict struct {
	// "pass" or "refuse".
	Outcome Outcome `json:"outcome"`
	// Action that a refused caller gets.
	Action blacklist.Action `json:"action,omitempty"`
	// The mode is observe: the refusal is only logged.
	Observed bool `json:"observed"`
	// Working time of the dialled number at the time of the call.
	Hours schedule.State `json:"hours"`
	// Why the decision lacks facts; missing if it does not.
	Degraded string `json:"degraded,omitempty"`
	// All checks in the order of precedence.
	Checks []Check `json:"checks"`
}

// Decided returns the check that decided.
func (v Verdict) Decided() Check {
	for _, check := range v.Checks {
		if check.Decided {
			return check
		}
	}
	return Check{}
}

// Refused reports whether the call is refused, not only logged as refused.
func (v Verdict) Refused() bool { return v.Outcome == Refuse && !v.Observed }

// Decide returns the verdict about a call. It depends on its arguments alone.
// The first check that says Pass or Refuse decides. The verdict names all checks.
func Decide(call Call, facts Facts, current policy.Policy) Verdict {
	entries := matching(call, facts, current)
	var checks []Check
	checks = append(checks, listChecks(CheckList, call, facts, entries)...)
	checks = append(checks, listChecks(CheckPrefix, call, facts, entries)...)
	checks = append(checks, anonymousCheck(call, current.Settings))
	decided := slices.ContainsFunc(checks, Check.decides)
	checks = append(checks, repeatChecks(call, facts, current, decided)...)
	checks = append(checks, Check{Name: CheckDefault, Outcome: Pass, Reason: "no rule matches this caller"})

	deciding := &checks[slices.IndexFunc(checks, Check.decides)]
	deciding.Decided = true
	verdict := Verdict{
		Outcome: deciding.Outcome, Degraded: facts.Missing, Checks: checks,
		Hours: current.Schedule.At(call.Dialled, call.At),
	}
	if verdict.Outcome == Refuse {
		verdict.Action = action(verdict.Decided(), current.Settings)
		verdict.Observed = current.Settings.Observes()
	}
	return verdict
}

// matching returns every entry that matches the call, the most specific first.
// The store's entries of an exact number replace those of the policy.
func matching(call Call, facts Facts, current policy.Policy) []blacklist.Entry {
	var entries []blacklist.Entry
	for _, entry := range facts.Entries {
		if entry.Rule.Matches(call.Caller.Number, call.Dialled) && !entry.Expired(call.listTime()) {
			entries = append(entries, entry)
		}
	}
	for _, entry := range current.Rules.Match(call.Caller.Number, call.Dialled, call.listTime()) {
		isFact := func(fact blacklist.Entry) bool { return fact.Rule == entry.Rule }
		if entry.Rule.Pattern.IsPrefix() || facts.Missing != "" && !slices.ContainsFunc(facts.Entries, isFact) {
			entries = append(entries, entry)
		}
	}
	slices.SortStableFunc(entries, blacklist.Compare)
	return entries
}

func listChecks(name string, call Call, facts Facts, entries []blacklist.Entry) []Check {
	var checks []Check
	for _, entry := range entries {
		if entry.Rule.Pattern.IsPrefix() == (name == CheckPrefix) {
			checks = append(checks, entryCheck(name, call, entry))
		}
	}
	switch {
	case len(checks) > 0:
		return checks
	case !call.Caller.Number.Known():
		return []Check{{Name: name, Outcome: NoMatch, Reason: "the caller has no number to look up"}}
	case name == CheckList && facts.Missing != "":
		return []Check{{Name: name, Outcome: Unknown, Reason: facts.Missing}}
	case name == CheckList:
		return []Check{{Name: name, Outcome: NoMatch, Reason: "the number is not on the list"}}
	default:
		return []Check{{Name: name, Outcome: NoMatch, Reason: "no prefix on the list covers the number"}}
	}
}

func entryCheck(name string, call Call, entry blacklist.Entry) Check {
	check := Check{Name: name, Outcome: Refuse, Reason: entry.String()}
	if entry.Kind == blacklist.Allow {
		check.Outcome = Pass
	}
	if call.Caller.Withheld {
		// The rule would show the number.
		check.Reason = string(entry.Kind) + " of a withheld number"
	} else if entry.Reason != "" {
		check.Reason += ": " + entry.Reason
	}
	check.Entry = &entry
	return check
}

func anonymousCheck(call Call, settings policy.Settings) Check {
	check := Check{Name: CheckAnonymous}
	switch {
	case !call.Caller.Hidden():
		check.Outcome, check.Reason = NoMatch, "caller ID is present"
	case settings.Anonymous == policy.AllowHidden:
		check.Outcome, check.Reason = Pass, "callers without a number may pass"
	default:
		check.Outcome, check.Reason = Refuse, "callers without a number are refused"
	}
	return check
}

// action returns what a refused caller gets: the action of the entry, else of
// the setting anonymous, else the default one.
func action(decided Check, settings policy.Settings) blacklist.Action {
	switch {
	case decided.Entry != nil && decided.Entry.Action != blacklist.DefaultAction:
		return decided.Entry.Action
	case decided.Name == CheckAnonymous && settings.Anonymous != policy.RefuseHidden:
		return blacklist.Action(settings.Anonymous)
	default:
		return settings.Action
	}
}
