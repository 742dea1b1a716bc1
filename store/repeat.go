package store

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
)

//go:embed repeat.lua
var repeatText string

//go:embed withdraw.lua
var withdrawText string

var (
	repeatScript   = newReader(repeatText)
	withdrawScript = newReader(withdrawText)
)

// SourceRepeat is the source of entries that rate rules have made.
const SourceRepeat = "repeat"

// Count returns what Facts does and, in the same round trip, counts the call by
// the rules, if no exact entry decides about it. If one of them has found enough
// calls, the caller is listed at once: of any number of calls that come at the
// same time to any number of instances, exactly one has made the entry. Whose
// facts have it Listed tells of it (TellListing).
//
// A call that is counted twice counts once.
func (s *Store) Count(ctx context.Context, count screen.Count) (facts screen.Facts, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return screen.Facts{}, err
	}
	rules := exactRules(count.Caller, count.Dialled)
	if len(rules) == 0 {
		return screen.Facts{}, errors.New("a call without a caller is not counted")
	}
	run := s.countRun(count, rules)
	var answer any
	if facts.PolicyVersion, answer, err = s.runBesideVersion(ctx, repeatScript, run); err != nil {
		return screen.Facts{}, err
	}
	return facts, s.readCounted(ctx, count, rules, answer, &facts)
}

// Withdraw takes back what Count did: the call is not counted, and the listing
// that it has led to is gone, unless that has been told already.
func (s *Store) Withdraw(ctx context.Context, count screen.Count) (err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	rules := exactRules(count.Caller, count.Dialled)
	if len(rules) == 0 {
		return nil
	}
	_, err = s.run(ctx, withdrawScript, s.countRun(count, rules).keys, count.ID)
	return err
}

// countRun returns the run of repeat.lua for a call of a caller whose exact
// rules are given.
func (s *Store) countRun(count screen.Count, exact []blacklist.Rule) invocation {
	plan := s.countPlan(count.Rules)
	general, scoped := exact[0], exact[len(exact)-1]
	run := invocation{
		keys: []string{s.keys.entry(general), s.keys.entry(scoped), s.keys.strikes(count.Caller), s.keys.telling(general), s.keys.windows(count.Caller)},
		args: []any{count.ID, count.At.UnixMilli(), count.Dialled.String(), flag(count.List), s.writer, plan.text},
	}
	for _, window := range plan.windows {
		run.keys = append(run.keys, s.keys.window(count.Call, window.first))
		run.args = append(run.args, window.Keep+repeat.MaxSkew.Milliseconds())
	}
	return run
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}

// runBesideVersion runs a script and reads the policy's version, in one round
// trip.
func (s *Store) runBesideVersion(ctx context.Context, script *redis.Script, run invocation) (version string, answer any, err error) {
	for _, call := range []func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd{script.EvalSha, script.Eval} {
		pipe := s.client.Pipeline()
		asked := pipe.Get(ctx, s.keys.version())
		done := call(ctx, pipe, run.keys, run.args...)
		_, _ = pipe.Exec(ctx) // each command has its own error
		if err = asked.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return "", nil, err
		}
		if answer, err = done.Result(); !unknownScript(err) {
			return asked.Val(), answer, err
		}
	}
	return "", nil, err
}

// readCounted reads the answer of repeat.lua.
func (s *Store) readCounted(ctx context.Context, count screen.Count, rules []blacklist.Rule, answer any, facts *screen.Facts) error {
	if first, err := integer(answer); err == nil && first == 0 {
		facts.Counts = make(map[repeat.Rule]int, len(count.Rules))
		for _, rule := range count.Rules {
			facts.Counts[rule] = 1
		}
		return nil
	}
	parts, err := list(answer)
	if err != nil || len(parts) != 5 {
		return errReply
	}
	for i, rule := range rules {
		hash, err := fields(parts[i])
		if err != nil {
			return err
		}
		if entry, there := s.readEntry(ctx, rule, hash, endless); there {
			facts.Entries = append(facts.Entries, entry)
		}
		if hash[fieldUntold] != "" {
			facts.Untold = rule
		}
	}
	if facts.Counts, err = readCounts(count.Rules, parts[2]); err != nil {
		return err
	}
	tripped, life, err := pair([]any{parts[3], parts[4]})
	if err != nil || tripped == 0 {
		return err
	}
	by := count.Rules[tripped-1]
	entry := blacklist.Entry{
		Rule: rules[0], Kind: blacklist.Block, Reason: by.Words(), Source: SourceRepeat, Created: wholeSeconds(count.At),
	}
	if by.Scope == repeat.PerDialled {
		entry.Rule = rules[len(rules)-1]
	}
	if life > 0 {
		entry.Expires = expiry(s.now(), time.Duration(life)*time.Millisecond)
	}
	facts.Listed = &entry
	return nil
}

// readCounts reads what each rule has counted, nil if the call was not.
func readCounts(rules repeat.Rules, answer any) (map[repeat.Rule]int, error) {
	each, err := list(answer)
	if err != nil || len(each) == 0 {
		return nil, err
	}
	if len(each) != len(rules) {
		return nil, errReply
	}
	counts := make(map[repeat.Rule]int, len(rules))
	for i, rule := range rules {
		n, err := integer(each[i])
		if err != nil {
			return nil, err
		}
		counts[rule] = int(n)
	}
	return counts, nil
}

// Counted returns what counting a call would answer, and counts nothing.
func (s *Store) Counted(ctx context.Context, count screen.Count) (counts map[repeat.Rule]int, err error) {
	defer s.finish(ctx, opFacts, s.now(), &err)
	texts := make([]*redis.StringCmd, len(count.Rules))
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, rule := range count.Rules {
			texts[i] = pipe.Get(ctx, s.keys.window(count.Call, rule))
		}
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	counts = make(map[repeat.Rule]int, len(count.Rules))
	for i, rule := range count.Rules {
		if err := texts[i].Err(); err != nil && !errors.Is(err, redis.Nil) {
			return nil, err
		}
		counts[rule] = min(rule.Calls, 1+within(texts[i].Val(), count.At, rule.Within))
	}
	return counts, nil
}

// within returns how many calls of a window count at the given time, as
// repeat.lua counts.
func within(window string, at time.Time, length time.Duration) int {
	limit := at.Add(repeat.MaxSkew).UnixMilli()
	newest := at.UnixMilli()
	var times []int64
	for line := range strings.Lines(window) {
		text, _, _ := strings.Cut(line, " ")
		if time, err := strconv.ParseInt(text, 10, 64); err == nil && time <= limit {
			newest = max(newest, time)
			times = append(times, time)
		}
	}
	n := 0
	for _, time := range times {
		if time >= newest-length.Milliseconds() {
			n++
		}
	}
	return n
}

// forgetCounts forgets what rate rules have counted of callers, and how often
// they have listed them, as befits one who is taken off the list by hand.
func (s *Store) forgetCounts(ctx context.Context, rules []blacklist.Rule) error {
	callers := make(map[phone.Number]*redis.StringSliceCmd)
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, rule := range rules {
			if caller, err := phone.ParseNumber(rule.Pattern.String()); err == nil && caller.Known() {
				callers[caller] = pipe.SMembers(ctx, s.keys.windows(caller))
			}
		}
		return nil
	}); err != nil || len(callers) == 0 {
		return err
	}
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for caller, windows := range callers {
			gone := []string{s.keys.strikes(caller), s.keys.windows(caller)}
			for _, when := range []repeat.When{repeat.Always, repeat.OffHours} {
				gone = append(gone, s.keys.window(repeat.Call{Caller: caller}, repeat.Rule{When: when, Scope: repeat.PerCaller}))
			}
			pipe.Del(ctx, append(gone, windows.Val()...)...)
		}
		return nil
	})
	return err
}
