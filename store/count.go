package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
)

var countScript = newScript("list.lua", "count.lua")

// maxEvents is about how many events are kept for the sinks.
const maxEvents = 10_000

// Count returns what Facts does and, in the same round trip, counts the call by
// the rules, if no exact entry decides about it and the policy is still of the
// version that the count was planned for: facts of another version are not
// counted. If one of the rules has found enough calls, the caller is listed in the
// same step, with the event of the audit log and that for the sinks: of any
// number of calls that come at the same time to any number of instances, exactly
// one has made the entry.
//
// A call that is counted twice counts once. Where Redis answers reads but refuses
// the count, the facts are those of Facts, and Uncounted says why.
func (s *Store) Count(ctx context.Context, count screen.Count) (facts screen.Facts, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	parts, err := s.runCount(ctx, count, strconv.Itoa(flag(count.List)))
	if why := s.uncounted(err); why != "" {
		facts, err = s.facts(ctx, count.Caller, count.Dialled)
		facts.Uncounted = why
		return facts, err
	}
	if err != nil {
		return screen.Facts{}, err
	}
	return s.readCounted(ctx, count, parts)
}

// Counted returns what counting a new call would answer, and counts nothing. It
// is nil for a call that would not be counted.
func (s *Store) Counted(ctx context.Context, count screen.Count) (counts map[repeat.Rule]int, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	count.ID = ""
	parts, err := s.runCount(ctx, count, "")
	if s.uncounted(err) != "" {
		return counts, nil
	}
	if err != nil {
		return nil, err
	}
	facts, err := s.readCounted(ctx, count, parts)
	return facts.Counts, err
}

// runCount runs count.lua; list is as it describes.
func (s *Store) runCount(ctx context.Context, count screen.Count, list string) ([]any, error) {
	rules := exactRules(count.Caller, count.Dialled)
	if len(rules) == 0 {
		return nil, errors.New("a call without a caller is not counted")
	}
	scoped := ""
	if len(rules) > 1 {
		scoped = rules[1].String()
	}
	args := []any{
		count.Version, rules[0].String(), scoped, count.ID, count.At.UnixMilli(), count.Dialled.String(), list,
		s.countPlan(count.Rules),
	}
	ranged := rangedRules(count.Caller, count.Dialled)
	args = append(args, len(ranged))
	for _, rule := range ranged {
		args = append(args, rule)
	}
	for _, rule := range count.Rules {
		args = append(args, s.keys.window(count.Call, rule))
	}
	return s.write(ctx, countScript, args...).Slice()
}

// uncounted says why Redis takes no counts although it may answer reads, "" if
// that is not what the error says.
func (s *Store) uncounted(err error) string {
	if err == nil {
		return ""
	}
	var reply redis.Error
	words := s.target.words(err)
	switch reason := ReasonOf(err); {
	case slices.Contains([]Reason{NoReplicas, OutOfMemory, DiskFails, IsReplica, NotAllowed, Damaged}, reason):
		return "Redis " + words
	case strings.Contains(err.Error(), "unknown command"):
		return "Redis has no scripts: " + err.Error()
	case !errors.As(err, &reply) || words != "" || notNow(err) || reason == Unreachable:
		return ""
	}
	return "Redis refuses it: " + err.Error()
}

// readCounted reads the answer of count.lua.
func (s *Store) readCounted(ctx context.Context, count screen.Count, parts []any) (facts screen.Facts, err error) {
	if len(parts) < 4 {
		return facts, errReply
	}
	facts.PolicyVersion, _ = parts[0].(string)
	for _, part := range parts[1:3] {
		lines, err := texts(part)
		if err != nil {
			return facts, err
		}
		if entry := s.live(ctx, lines); entry != nil {
			facts.Entries = append(facts.Entries, *entry)
		}
	}
	ranged, err := texts(parts[3])
	if err != nil {
		return facts, err
	}
	facts.Entries = append(facts.Entries, s.liveOf(ctx, ranged)...)
	if len(parts) > 4 {
		if facts.Counts, err = readCounts(count.Rules, parts[4]); err != nil {
			return facts, err
		}
	}
	if len(parts) > 5 {
		text, _ := parts[5].(string)
		entry, err := blacklist.ParseLine(text)
		if err != nil {
			return facts, err
		}
		facts.Listed = &entry
	}
	return facts, nil
}

// readCounts reads what each rule has counted.
func readCounts(rules repeat.Rules, answer any) (map[repeat.Rule]int, error) {
	each, _ := answer.([]any)
	if len(each) != len(rules) {
		return nil, errReply
	}
	counts := make(map[repeat.Rule]int, len(rules))
	for i, rule := range rules {
		n, isNumber := each[i].(int64)
		if !isNumber {
			return nil, errReply
		}
		counts[rule] = int(n)
	}
	return counts, nil
}

// countPlan is what count.lua has to know of rules. All times are milliseconds.
type countPlan struct {
	Skew    int64       `json:"skew"`    // how far clocks may differ
	Source  string      `json:"source"`  // of the entry, and by whom it is in the audit log
	Via     audit.Via   `json:"via"`     // for the audit log
	Strikes int64       `json:"strikes"` // how long strikes are stored
	Events  int         `json:"events"`  // how many are stored for the sinks
	Windows int         `json:"windows"` // for dialled numbers, how many a caller has
	Rules   []countRule `json:"rules"`
}

type countRule struct {
	Calls  int    `json:"calls"`
	Within int64  `json:"within"`
	Scoped bool   `json:"scoped"` // counts and lists for the dialled number alone
	Reason string `json:"reason"`
	// Lives are how long the entry lives after the first, the second and each
	// later strike; 0 means that it never expires.
	Lives [3]int64 `json:"lives"`
}

// madePlan is a countPlan as text; mostly all calls have the same rules.
type madePlan struct {
	rules repeat.Rules
	text  string
}

// countPlan returns the plan of rules, which is made once.
func (s *Store) countPlan(rules repeat.Rules) string {
	if last := s.plan.Load(); last != nil && slices.Equal(last.rules, rules) {
		return last.text
	}
	plan := countPlan{
		Skew: repeat.MaxSkew.Milliseconds(), Source: blacklist.SourceRepeat, Via: audit.Rule,
		Strikes: repeat.StrikesKept.Milliseconds(), Events: maxEvents, Windows: repeat.MaxDialled,
	}
	for _, rule := range rules {
		plan.Rules = append(plan.Rules, countRule{
			Calls: rule.Calls, Within: rule.Within.Milliseconds(), Scoped: rule.Scope == repeat.PerDialled,
			Reason: blacklist.Escape(rule.Words()),
			Lives:  [3]int64{rule.Lasts(1).Milliseconds(), rule.Lasts(2).Milliseconds(), rule.Lasts(3).Milliseconds()},
		})
	}
	text, err := json.Marshal(plan)
	if err != nil {
		panic(err) // numbers and words always can be
	}
	s.plan.Store(&madePlan{slices.Clone(rules), string(text)})
	return string(text)
}
