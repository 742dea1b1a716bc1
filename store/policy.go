package store

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/screen"
)

//go:embed policy.lua
var policyText string

var policyScript = newReader(policyText)

const (
	// maxAtOnce bounds how many prefixes are read while callers wait: some 5 ms.
	maxAtOnce = 1_000
	// maxCovered bounds how many allowed numbers a policy takes along: whoever
	// blocks a whole country and allows more, has them only while Redis answers.
	maxCovered = 10_000
	// pageSize is how many entries are read at a time.
	pageSize = 500
	// coveredPage is how many prefixes are asked at a time for the allowed
	// numbers that they cover.
	coveredPage = 20
	// policyAttempts bounds how often the policy is read anew because others
	// changed it meanwhile.
	policyAttempts = 3
)

// Policy reads the whole policy, as it was at one moment: settings, working time,
// prefixes, and those allowed numbers, 10,000 at the most, that a blocked prefix covers.
// The latter lie elsewhere and may be of a later moment; they count only while
// Redis is out of reach. More than 1,000 prefixes are read page by page, so that
// no caller waits for them: if they are changed all the time, what was read goes
// under the version before, and the next call asks for it anew.
func (s *Store) Policy(ctx context.Context) (policy screen.Policy, err error) {
	defer s.finish(ctx, opPolicy, s.now(), &err)
	var prefixes []blacklist.Entry
	for range policyAttempts {
		var settled bool
		if policy, prefixes, settled, err = s.readPolicy(ctx); err != nil {
			return screen.Policy{}, err
		}
		if settled {
			break
		}
	}
	covered, err := s.covered(ctx, prefixes)
	if err != nil {
		return screen.Policy{}, err
	}
	policy.Rules = blacklist.NewRules(append(prefixes, covered...))
	return policy, nil
}

// PolicyVersion returns the version of the policy, which is another one after
// every change of it and never the same again; "" before the first.
func (s *Store) PolicyVersion(ctx context.Context) (version string, err error) {
	defer s.finish(ctx, opPolicy, s.now(), &err)
	return s.policyVersion(ctx)
}

func (s *Store) policyVersion(ctx context.Context) (string, error) {
	version, err := s.client.Get(ctx, s.keys.version()).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return version, err
}

// readPolicy reads version, settings, working time and prefixes, and whether they are of one
// moment.
func (s *Store) readPolicy(ctx context.Context) (policy screen.Policy, prefixes []blacklist.Entry, settled bool, err error) {
	answer, err := s.run(ctx, policyScript,
		[]string{s.keys.version(), s.keys.settings(), s.keys.prefixes(), s.keys.hours(), s.keys.calendars()}, s.keys.entries(), maxAtOnce)
	if err != nil {
		return policy, nil, false, err
	}
	parts, err := list(answer)
	if err != nil || len(parts) < 4 {
		return policy, nil, false, errReply
	}
	policy.Version, _ = parts[0].(string)
	settings, err := fields(parts[1])
	if err != nil {
		return policy, nil, false, err
	}
	policy.Settings = s.readSettings(ctx, settings)
	if policy.Schedule, err = s.readSchedule(ctx, parts[2], parts[3]); err != nil {
		return policy, nil, false, err
	}
	if len(parts) > 4 {
		prefixes, err = s.readPrefixes(ctx, parts[4])
		return policy, prefixes, true, err
	}
	if prefixes, err = s.pagePrefixes(ctx); err != nil {
		return policy, nil, false, err
	}
	now, err := s.policyVersion(ctx)
	return policy, prefixes, now == policy.Version, err
}

// readPrefixes reads the prefixes that policy.lua answers.
func (s *Store) readPrefixes(ctx context.Context, answer any) ([]blacklist.Entry, error) {
	items, err := list(answer)
	if err != nil {
		return nil, err
	}
	entries := make([]blacklist.Entry, 0, len(items))
	for _, item := range items {
		parts, err := list(item)
		if err != nil || len(parts) != 3 {
			return nil, errReply
		}
		left, err := integer(parts[1])
		if err != nil {
			return nil, err
		}
		hash, err := fields(parts[2])
		if err != nil {
			return nil, err
		}
		rule, ok := s.readRule(ctx, parts[0])
		if !ok {
			continue
		}
		if entry, found := s.readEntry(ctx, rule, hash, time.Duration(left)*time.Millisecond); found {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

// pagePrefixes reads the prefixes page by page.
func (s *Store) pagePrefixes(ctx context.Context) ([]blacklist.Entry, error) {
	names, err := s.client.SMembers(ctx, s.keys.prefixes()).Result()
	if err != nil {
		return nil, err
	}
	return s.fetchAll(ctx, s.readRules(ctx, names))
}

// fetchAll returns the entries that there are of the given rules, page by page.
func (s *Store) fetchAll(ctx context.Context, rules []blacklist.Rule) ([]blacklist.Entry, error) {
	var entries []blacklist.Entry
	for page := range slices.Chunk(rules, pageSize) {
		part, err := s.fetch(ctx, page)
		if err != nil {
			return nil, err
		}
		entries = append(entries, part...)
	}
	return entries, nil
}

// covered returns allowed numbers that a blocked prefix covers. The list of
// them may be behind: an entry that has gone, or blocks now, is passed over.
func (s *Store) covered(ctx context.Context, prefixes []blacklist.Entry) ([]blacklist.Entry, error) {
	var rules []blacklist.Rule
	for page := range slices.Chunk(outermost(prefixes), coveredPage) {
		found := make([]*redis.StringSliceCmd, len(page))
		if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, start := range page {
				found[i] = pipe.ZRangeByLex(ctx, s.keys.allowed(), &redis.ZRangeBy{
					Min: "[" + start, Max: "(" + start + "\xff", Count: int64(maxCovered - len(rules)),
				})
			}
			return nil
		}); err != nil {
			return nil, err
		}
		for _, names := range found {
			rules = append(rules, s.readRules(ctx, names.Val())...)
		}
		if len(rules) >= maxCovered {
			rules = rules[:maxCovered]
			break
		}
	}
	entries, err := s.fetchAll(ctx, rules)
	return slices.DeleteFunc(entries, func(entry blacklist.Entry) bool { return entry.Kind != blacklist.Allow }), err
}

// outermost returns how the numbers begin that the blocked prefixes cover,
// without those that begin as another of them does.
func outermost(prefixes []blacklist.Entry) []string {
	var starts []string
	for _, entry := range prefixes {
		if entry.Kind == blacklist.Block {
			starts = append(starts, strings.TrimSuffix(entry.Rule.Pattern.String(), "*"))
		}
	}
	slices.Sort(starts)
	var outer []string
	for _, start := range starts {
		if len(outer) == 0 || !strings.HasPrefix(start, outer[len(outer)-1]) {
			outer = append(outer, start)
		}
	}
	return outer
}

// readRules reads the rules that one of the lists names.
func (s *Store) readRules(ctx context.Context, names []string) []blacklist.Rule {
	rules := make([]blacklist.Rule, 0, len(names))
	for _, name := range names {
		if rule, ok := s.readRule(ctx, name); ok {
			rules = append(rules, rule)
		}
	}
	return rules
}

// readRule reads a rule that one of the lists names.
func (s *Store) readRule(ctx context.Context, answer any) (blacklist.Rule, bool) {
	text, _ := answer.(string)
	rule, err := blacklist.ParseRule(text)
	if err != nil {
		s.log.WarnContext(ctx, "passing over a rule that cannot be read", slog.Any("error", err))
		return blacklist.Rule{}, false
	}
	return rule, true
}
