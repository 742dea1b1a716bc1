package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/policy"
)

const (
	// maxAtOnce bounds how many prefixes are read while callers wait.
	maxAtOnce = 1_000
	// maxCovered bounds how many allowed numbers a policy has: where a whole country is
	// blocked and more are allowed, those count only while Redis answers.
	maxCovered = 10_000
	// coveredPage is how many prefixes are asked at a time for the allowed
	// numbers that they cover.
	coveredPage = 20
	// policyAttempts bounds how often the policy is read anew because others
	// changed it meanwhile.
	policyAttempts = 3
)

// Policy reads the whole policy, as it was at one moment: settings, working time,
// prefixes, and those allowed numbers, 10,000 at most, that a blocked prefix
// covers. The allowed numbers may be of a later moment; they count only while Redis
// is unreachable. A damaged key costs what it holds, which is logged. It takes plain
// commands only. More than 1,000 prefixes are read page by page, so that no caller
// waits for them: if they are changed all the time, what was read goes under the
// version before, and the next call asks for it anew.
func (s *Store) Policy(ctx context.Context) (held policy.Policy, err error) {
	defer s.finish(ctx, opPolicy, s.now(), &err)
	var prefixes []blacklist.Entry
	for range policyAttempts {
		var whole bool
		if held, prefixes, whole, err = s.readPolicy(ctx); err != nil {
			return policy.Policy{}, err
		}
		if whole {
			break
		}
	}
	covered, err := s.covered(ctx, prefixes)
	if err != nil {
		return policy.Policy{}, err
	}
	held.Rules = blacklist.NewRules(append(prefixes, covered...))
	return held, nil
}

// PolicyVersion returns the version of the policy, which is another one after
// every change of it and never the same again; "" before the first. With it comes
// Redis' time, if the user may ask for that.
func (s *Store) PolicyVersion(ctx context.Context) (version string, err error) {
	defer s.finish(ctx, opPolicy, s.now(), &err)
	return s.policyVersion(ctx)
}

func (s *Store) policyVersion(ctx context.Context) (string, error) {
	ctx = ownCheck(ctx)
	var state *redis.SliceCmd
	var clock timeQuestion
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		state, clock = s.askState(ctx, pipe), s.askTime(ctx, pipe)
		return nil
	}); err != nil && (state.Err() != nil || clock.answer.Err() == nil) {
		return "", err
	}
	_ = s.sawTime(ctx, clock) // Without it, this machine's clock counts.
	return s.readState(ctx, state)
}

// readPolicy reads version, settings, working time and prefixes, and whether they
// are of one moment.
func (s *Store) readPolicy(ctx context.Context) (held policy.Policy, prefixes []blacklist.Entry, whole bool, err error) {
	var state *redis.SliceCmd
	var settings, hours, calendars *redis.MapStringStringCmd
	var lines *redis.StringSliceCmd
	if _, err := s.client.TxPipelined(ownCheck(ctx), func(pipe redis.Pipeliner) error {
		state = s.askState(ctx, pipe)
		settings, hours = pipe.HGetAll(ctx, s.keys.settings()), pipe.HGetAll(ctx, s.keys.hours())
		calendars = pipe.HGetAll(ctx, s.keys.calendars())
		lines = askPrefixes(ctx, pipe, s.keys.prefixes(), "-")
		return nil
	}); err != nil && !wrongType(err) {
		return held, nil, false, err
	}
	if held.Version, err = s.readState(ctx, state); err != nil {
		return held, nil, false, err
	}
	if err := errors.Join(
		s.without(ctx, s.keys.settings(), settings.Err()), s.without(ctx, s.keys.hours(), hours.Err()),
		s.without(ctx, s.keys.calendars(), calendars.Err()), s.without(ctx, s.keys.prefixes(), lines.Err()),
	); err != nil {
		return held, nil, false, err
	}
	held.Settings = s.readSettings(ctx, settings.Val())
	held.Schedule = s.makeSchedule(ctx, hours.Val(), calendars.Val())
	prefixes = s.readEntries(ctx, lines.Val())
	if len(lines.Val()) < maxAtOnce {
		return held, prefixes, true, nil
	}
	for len(lines.Val()) == maxAtOnce {
		lines = askPrefixes(ctx, s.client, s.keys.prefixes(), "("+lines.Val()[maxAtOnce-1])
		if err := lines.Err(); err != nil {
			return held, nil, false, err
		}
		prefixes = append(prefixes, s.readEntries(ctx, lines.Val())...)
	}
	now, err := s.policyVersion(ctx)
	return held, prefixes, now == held.Version, err
}

func askPrefixes(ctx context.Context, client redis.Cmdable, key, start string) *redis.StringSliceCmd {
	return client.ZRangeByLex(ctx, key, &redis.ZRangeBy{Min: start, Max: "+", Count: maxAtOnce})
}

// readEntries returns the entries of lines, without those that have ended.
func (s *Store) readEntries(ctx context.Context, lines []string) []blacklist.Entry {
	entries := make([]blacklist.Entry, 0, len(lines))
	for i := range lines {
		if entry := s.live(ctx, lines[i:i+1]); entry != nil {
			entries = append(entries, *entry)
		}
	}
	return entries
}

// covered returns allowed numbers that a blocked prefix covers.
func (s *Store) covered(ctx context.Context, prefixes []blacklist.Entry) (entries []blacklist.Entry, err error) {
	for page := range slices.Chunk(outermost(prefixes), coveredPage) {
		found := make([]*redis.StringSliceCmd, len(page))
		if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, start := range page {
				found[i] = pipe.ZRangeByLex(ctx, s.keys.allowed(), &redis.ZRangeBy{
					Min: "[" + start, Max: "(" + start + "\xff", Count: int64(maxCovered - len(entries)),
				})
			}
			return nil
		}); err != nil {
			return nil, s.without(ctx, s.keys.allowed(), err)
		}
		for _, lines := range found {
			entries = append(entries, s.readEntries(ctx, lines.Val())...)
		}
		if len(entries) >= maxCovered {
			return entries[:maxCovered], nil
		}
	}
	return entries, nil
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
