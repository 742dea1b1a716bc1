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
	// Entries are the entries for exactly this caller, general or for the
	// dialled number.
	Entries []blacklist.Entry
	// PolicyVersion is the version of the policy at the moment of the answer.
	PolicyVersion string
	// Counts are how many calls each rate rule has counted within its span, this
	// one included, but no more than the rule's own number; nil if the call was
	// not counted.
	Counts map[repeat.Rule]int
	// Listed is the entry that a rate rule has made of this call, nil if none has.
	Listed *blacklist.Entry
	// Uncounted says why the call could not be counted by the rate rules; "" if it
	// was, or was not to be.
	Uncounted string
	// Missing says why the store could not be asked; "" when it answered.
	Missing string
}

// Outcome is what a check, or the whole decision, says.
type Outcome string

// The outcomes.
const (
	// Silent means that a check had nothing to say about the call.
	Silent Outcome = "silent"
	// Unknown means that a check could not be made.
	Unknown Outcome = "unknown"
	// Pass lets the call go on.
	Pass Outcome = "pass"
	// Refuse turns the call away.
	Refuse Outcome = "refuse"
)

// The names of the checks.
const (
	CheckList      = "list"
	CheckPrefix    = "prefix"
	CheckAnonymous = "anonymous"
	CheckRepeat    = "repeat"
	CheckDefault   = "default"
	// CheckNone stands in the record of a call that nobody could decide.
	CheckNone = "none"
)

// Check is one step of a decision and its reason.
type Check struct {
	Name    string  `json:"check"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"`
	// Decided marks the check whose outcome became the verdict.
	Decided bool `json:"decided"`
	// Entry is what a list or prefix check goes by.
	Entry *blacklist.Entry `json:"entry,omitempty"`
}

// decides reports whether the check says more than that it has nothing to say.
func (c Check) decides() bool { return c.Outcome == Pass || c.Outcome == Refuse }

// Verdict is the decision about one call.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	// Action is what the caller gets if the outcome is Refuse.
	Action blacklist.Action `json:"action,omitempty"`
	// Observed says that a refusal is only logged.
	Observed bool `json:"observed"`
	// Hours is whether the call comes in the working time of the dialled number.
	Hours schedule.State `json:"hours"`
	// Degraded is why the decision lacks facts, "" if it doesn't.
	Degraded string `json:"degraded,omitempty"`
	// Checks are all checks in the order of precedence.
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

// Refused reports whether the caller is really turned away.
func (v Verdict) Refused() bool { return v.Outcome == Refuse && !v.Observed }

// Decide says what becomes of a call. It depends on nothing but its
// arguments. The first check that says Pass or Refuse decides; all are named
// in the verdict.
func Decide(call Call, facts Facts, policy policy.Policy) Verdict {
	entries := matching(call, facts, policy)
	var checks []Check
	checks = append(checks, listChecks(CheckList, call, facts, entries)...)
	checks = append(checks, listChecks(CheckPrefix, call, facts, entries)...)
	checks = append(checks, anonymousCheck(call, policy.Settings))
	decided := ""
	if i := slices.IndexFunc(checks, Check.decides); i >= 0 {
		decided = checks[i].Name
	}
	checks = append(checks, repeatChecks(call, facts, policy, decided)...)
	checks = append(checks, Check{Name: CheckDefault, Outcome: Pass, Reason: "no rule speaks against the caller"})

	deciding := &checks[slices.IndexFunc(checks, Check.decides)]
	deciding.Decided = true
	verdict := Verdict{
		Outcome: deciding.Outcome, Degraded: facts.Missing, Checks: checks,
		Hours: policy.Schedule.At(call.Dialled, call.At),
	}
	if verdict.Outcome == Refuse {
		verdict.Action = action(verdict.Decided(), policy.Settings)
		verdict.Observed = policy.Settings.Observes()
	}
	return verdict
}

// matching returns every entry that speaks about the call, the most specific
// first. The store's word on an exact number replaces the policy's copy of it.
func matching(call Call, facts Facts, policy policy.Policy) []blacklist.Entry {
	var entries []blacklist.Entry
	for _, entry := range facts.Entries {
		if entry.Rule.Matches(call.Caller.Number, call.Dialled) && !entry.Expired(call.At) {
			entries = append(entries, entry)
		}
	}
	for _, entry := range policy.Rules.Match(call.Caller.Number, call.Dialled, call.At) {
		if entry.Rule.Pattern.IsPrefix() || facts.Missing != "" {
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
		return []Check{{Name: name, Outcome: Silent, Reason: "the caller has no number to look up"}}
	case name == CheckList && facts.Missing != "":
		return []Check{{Name: name, Outcome: Unknown, Reason: facts.Missing}}
	case name == CheckList:
		return []Check{{Name: name, Outcome: Silent, Reason: "the number is not on the list"}}
	default:
		return []Check{{Name: name, Outcome: Silent, Reason: "no prefix on the list covers the number"}}
	}
}

func entryCheck(name string, call Call, entry blacklist.Entry) Check {
	check := Check{Name: name, Outcome: Refuse, Reason: entry.String()}
	if entry.Kind == blacklist.Allow {
		check.Outcome = Pass
	}
	if call.Caller.Withheld {
		// The rule would give the number away.
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
		check.Outcome, check.Reason = Silent, "the caller shows a number"
	case settings.Anonymous == policy.AllowHidden:
		check.Outcome, check.Reason = Pass, "callers without a number may pass"
	default:
		check.Outcome, check.Reason = Refuse, "callers without a number are refused"
	}
	return check
}

// action chooses what a refused caller gets: the entry's own action, else the
// anonymous policy's, else the default.
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
