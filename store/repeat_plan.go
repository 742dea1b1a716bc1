package store

import (
	"encoding/json"
	"slices"

	"github.com/ringfence/ringfence/repeat"
)

// countPlan is what repeat.lua has to know of rules. All times are
// milliseconds.
type countPlan struct {
	Skew    int64         `json:"skew"`    // how far clocks may differ
	Source  string        `json:"source"`  // of the entry
	Strikes int64         `json:"strikes"` // how long they are kept
	Telling int64         `json:"telling"` // how long we have to tell of a listing
	Windows []countWindow `json:"windows"`
	Rules   []countRule   `json:"rules"`
}

// countWindow is what some rules count in: the calls of the last time, but no
// more of them than the rules ask for.
type countWindow struct {
	first repeat.Rule
	Keep  int64 `json:"keep"`
	Calls int   `json:"calls"`
	// Scoped is for calls to one dialled number.
	Scoped bool `json:"scoped"`
}

type countRule struct {
	Window int    `json:"window"` // its number, counted from one
	Calls  int    `json:"calls"`
	Within int64  `json:"within"`
	Scoped bool   `json:"scoped"` // lists the caller for the dialled number alone
	Reason string `json:"reason"`
	// Lives are how long the entry lives after the first, the second and each
	// later strike; 0 stands for ever.
	Lives [3]int64 `json:"lives"`
}

// madePlan is a countPlan ready to be used.
type madePlan struct {
	text    string
	windows []countWindow
}

// countPlan returns the plan of rules, which is made once.
func (s *Store) countPlan(rules repeat.Rules) madePlan {
	if last := s.plan.Load(); last != nil && slices.Equal(last.rules, rules) {
		return last.madePlan
	}
	plan := countPlan{
		Skew: repeat.MaxSkew.Milliseconds(), Source: SourceRepeat,
		Strikes: repeat.StrikesKept.Milliseconds(), Telling: tellTime.Milliseconds(),
	}
	for _, rule := range rules {
		at := slices.IndexFunc(plan.Windows, func(w countWindow) bool { return w.first.When == rule.When && w.first.Scope == rule.Scope })
		if at < 0 {
			at = len(plan.Windows)
			plan.Windows = append(plan.Windows, countWindow{first: rule, Scoped: rule.Scope == repeat.PerDialled})
		}
		window := &plan.Windows[at]
		window.Keep = max(window.Keep, rule.Within.Milliseconds())
		window.Calls = max(window.Calls, rule.Calls)
		plan.Rules = append(plan.Rules, countRule{
			Window: at + 1, Calls: rule.Calls, Within: rule.Within.Milliseconds(), Scoped: rule.Scope == repeat.PerDialled,
			Reason: rule.Words(),
			Lives:  [3]int64{rule.Lasts(1).Milliseconds(), rule.Lasts(2).Milliseconds(), rule.Lasts(3).Milliseconds()},
		})
	}
	text, err := json.Marshal(plan)
	if err != nil {
		panic(err) // numbers and words always can be
	}
	made := madePlan{string(text), plan.Windows}
	s.plan.Store(&rulesPlan{slices.Clone(rules), made})
	return made
}

// rulesPlan is the plan that was made last: mostly all calls have the same
// rules.
type rulesPlan struct {
	rules repeat.Rules
	madePlan
}
