package store

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
)

//go:embed allowed.lua
var allowedText string

//go:embed forget.lua
var forgetText string

var (
	allowedScript = newScript(allowedText)
	forgetScript  = newReader(forgetText)
)

// The index and the rules of allowed numbers lie in slots of their own, so an
// entry and what is told of it there cannot change in one step. This keeps
// them right all the same:
//
// Lines are written before their entries, and go after them. Whoever has done
// so looks whether others changed lines meanwhile, or whether an entry has come
// back that it removed. If so, it settles: it reads the entries, writes what is
// told of them, and reads them once more, until they are what it wrote. As
// everybody who changes an entry does this after the change, the last one to
// write a line has written what the entry is.
//
// Before all that, it notes its rules as pending, and crosses them out at the
// end. Those of a process that has died are settled by Sweep. In between, a
// line without an entry does no harm, as readers pass over it.

// begin notes that the rules are about to change. What was counted for those
// whose entries are new ends here: once they stand, calls may count already. It
// returns the note's name, and how many lines were removed or replaced before.
func (s *Store) begin(ctx context.Context, rules []blacklist.Rule, fresh []any) (note string, removals int64, err error) {
	note = rand.Text()
	var counted *redis.StringCmd
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, s.keys.pending(), note, strconv.FormatInt(s.now().Unix(), 10)+" "+joined(rules))
		counted = pipe.Get(ctx, s.keys.removals())
		if len(fresh) > 0 {
			pipe.ZRem(ctx, s.keys.hits(), fresh...)
			pipe.ZRem(ctx, s.keys.lastHit(), fresh...)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", 0, err
	}
	removals, err = optional(counted)
	return note, removals, err
}

// optional reads an integer, which is 0 if it has no key.
func optional(command *redis.StringCmd) (int64, error) {
	n, err := command.Int64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, err
}

// end settles the rules that are in doubt, or all of them if others have
// removed lines, and crosses out the note.
func (s *Store) end(ctx context.Context, note string, removals int64, rules, doubtful []blacklist.Rule) error {
	now, err := optional(s.client.Get(ctx, s.keys.removals()))
	if err != nil {
		return err
	}
	if now != removals {
		doubtful = rules
	}
	if _, err := s.settle(ctx, doubtful); err != nil {
		return err
	}
	return s.client.HDel(ctx, s.keys.pending(), note).Err()
}

// settle makes what is told of the entries of rules agree with them. It
// returns how many of the rules have none.
func (s *Store) settle(ctx context.Context, rules []blacklist.Rule) (gone int, err error) {
	for range attempts {
		if len(rules) == 0 {
			return gone, nil
		}
		found, err := s.lookup(ctx, rules)
		if err != nil {
			return gone, err
		}
		if err := s.tell(ctx, rules, found); err != nil {
			return gone, err
		}
		again, err := s.lookup(ctx, rules)
		if err != nil {
			return gone, err
		}
		var left []blacklist.Rule
		for i, rule := range rules {
			switch {
			case !blacklist.Same(found[i], again[i]):
				left = append(left, rule)
			case again[i] == nil:
				gone++
			case !found[i].Created.Equal(again[i].Created):
				left = append(left, rule)
			}
		}
		rules = left
	}
	return gone, errOvertaken
}

// tell writes what is told of entries.
func (s *Store) tell(ctx context.Context, rules []blacklist.Rule, found []*blacklist.Entry) error {
	if _, err := s.index(ctx, linesOf(rules, found)); err != nil {
		return err
	}
	var allowed, other []blacklist.Rule
	var forgotten []invocation
	for i, rule := range rules {
		switch {
		case rule.Pattern.IsPrefix() && found[i] == nil:
			forgotten = append(forgotten, invocation{[]string{s.keys.entry(rule), s.keys.prefixes()}, []any{rule.String()}})
		case rule.Pattern.IsPrefix():
		case found[i] != nil && found[i].Kind == blacklist.Allow:
			allowed = append(allowed, rule)
		default:
			other = append(other, rule)
		}
	}
	if err := s.setAllowed(ctx, allowed, other); err != nil {
		return err
	}
	if len(forgotten) > 0 {
		if _, err := s.runAll(ctx, forgetScript, forgotten); err != nil {
			return err
		}
	}
	return s.rank(ctx, present(found))
}

// rank gives entries their places by hits and last hit, unless calls have been
// counted since.
func (s *Store) rank(ctx context.Context, entries []blacklist.Entry) error {
	var hits, last []redis.Z
	for _, entry := range entries {
		if entry.Hits > 0 {
			hits = append(hits, redis.Z{Score: float64(entry.Hits), Member: entry.Rule.String()})
			last = append(last, redis.Z{Score: float64(max(0, entry.LastHit.Unix())), Member: entry.Rule.String()})
		}
	}
	if len(hits) == 0 {
		return nil
	}
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.ZAddGT(ctx, s.keys.hits(), hits...)
		pipe.ZAddGT(ctx, s.keys.lastHit(), last...)
		return nil
	})
	return err
}

// setAllowed keeps the rules of allowed numbers, which the policy takes along.
// Its version grows once for all of them.
func (s *Store) setAllowed(ctx context.Context, allowed, other []blacklist.Rule) error {
	if len(allowed)+len(other) == 0 {
		return nil
	}
	args := make([]any, 1, 1+len(allowed)+len(other))
	args[0] = len(allowed)
	for _, rule := range slices.Concat(allowed, other) {
		args = append(args, rule.String())
	}
	_, err := s.write(ctx, allowedScript, args...)
	return err
}

// pendingLife is how long a change may be on its way until Sweep takes it for
// one whose process has died. One that is only slow loses nothing by it.
const pendingLife = time.Minute

// settlePending settles what the dead have left.
func (s *Store) settlePending(ctx context.Context) error {
	notes, err := s.client.HGetAll(ctx, s.keys.pending()).Result()
	if err != nil {
		return err
	}
	for note, text := range notes {
		began, rest, _ := strings.Cut(text, " ")
		if s.now().Sub(moment(began)) < pendingLife {
			continue
		}
		var rules []blacklist.Rule
		for rule := range strings.FieldsSeq(rest) {
			if rule, ok := s.readRule(ctx, rule); ok {
				rules = append(rules, rule)
			}
		}
		if _, err := s.settle(ctx, rules); err != nil {
			return err
		}
		if err := s.client.HDel(ctx, s.keys.pending(), note).Err(); err != nil {
			return err
		}
	}
	return nil
}
