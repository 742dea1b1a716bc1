package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// DamagedError means that keys of ours hold what Ringfence never writes. All that
// other keys hold is used.
type DamagedError struct{ Keys []DamagedKey }

// DamagedKey is such a key, and what it holds in words.
type DamagedKey struct{ Key, Holds string }

// Error names the keys, and what to do about the first.
func (e *DamagedError) Error() string {
	texts := make([]string, len(e.Keys))
	for i, damaged := range e.Keys {
		texts[i] = damaged.Key + " " + damaged.Holds
	}
	key := e.Keys[0].Key
	return fmt.Sprintf("damaged in Redis: %s; put it aside with redis-cli RENAMENX '%s' '%s.damaged', and restore it from a backup",
		strings.Join(texts, ", "), key, key)
}

// Damage looks for keys of ours that hold what Ringfence never writes, and changes
// nothing. The error is a DamagedError if it finds some.
func (s *Store) Damage(ctx context.Context) (err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	var question damageQuestion
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		question = s.askDamage(ctx, pipe)
		return nil
	})
	// The commands for damaged keys have errors of their own.
	if err != nil && !wrongType(err) && !errors.Is(err, redis.Nil) {
		return err
	}
	return s.damage(question)
}

// types are the types of the keys that an installation has once.
func (k keys) types() map[string]string {
	types := map[string]string{
		k.version(): "string", k.growingPage(): "string", k.schema(): "string", k.feeds(): "set",
		k.calls(): "stream", k.audit(): "stream", k.events(): "stream",
	}
	for _, key := range []string{
		k.list(), k.created(), k.expires(), k.hits(), k.lastHit(), k.prefixes(), k.allowed(), k.callPages(), k.batches(),
	} {
		types[key] = "zset"
	}
	for _, key := range []string{k.ranged(), k.settings(), k.hours(), k.calendars()} {
		types[key] = "hash"
	}
	return types
}

// typeWords are the types as the documents call them.
var typeWords = map[string]string{"zset": "a sorted set", "hash": "a hash", "set": "a set", "list": "a list", "string": "a text", "stream": "a stream"}

func typeInWords(name string) string { return cmp.Or(typeWords[name], name) }

// versionForm is what a version of the policy begins with.
var versionForm = regexp.MustCompile(`^\d+-`)

// damageQuestion asks for the types of all keys, and for what is known to be
// damaged in spite of its type.
type damageQuestion struct {
	types   map[string]*redis.StatusCmd
	version *redis.StringCmd
	last    map[string]*redis.XMessageSliceCmd
	// scored are how many members the keys of lines have whose score is not 0: Redis
	// finds lines by their texts only if all have the same.
	scored map[string][2]*redis.IntCmd
}

func (s *Store) askDamage(ctx context.Context, pipe redis.Pipeliner) damageQuestion {
	question := damageQuestion{types: map[string]*redis.StatusCmd{}, last: map[string]*redis.XMessageSliceCmd{}, scored: map[string][2]*redis.IntCmd{}}
	for key, kind := range s.keys.types() {
		question.types[key] = pipe.Type(ctx, key)
		if kind == "stream" {
			question.last[key] = pipe.XRevRangeN(ctx, key, "+", "-", 1)
		}
	}
	for _, key := range []string{s.keys.list(), s.keys.prefixes(), s.keys.allowed()} {
		question.scored[key] = [2]*redis.IntCmd{pipe.ZCount(ctx, key, "-inf", "(0"), pipe.ZCount(ctx, key, "(0", "+inf")}
	}
	question.version = pipe.Get(ctx, s.keys.version())
	return question
}

// damage returns what the answers say is damaged, in the order of the keys.
func (s *Store) damage(question damageQuestion) error {
	var found []DamagedKey
	kinds := s.keys.types()
	for _, key := range slices.Sorted(maps.Keys(kinds)) {
		held, err := question.types[key].Result()
		if err != nil {
			return err
		}
		switch {
		case held == "none":
		case held != kinds[key]:
			found = append(found, DamagedKey{key, "holds " + typeInWords(held) + " rather than " + typeInWords(kinds[key])})
		case key == s.keys.version() && !versionForm.MatchString(question.version.Val()):
			found = append(found, DamagedKey{key, "holds a text that is not a version"})
		case question.isScored(key):
			found = append(found, DamagedKey{key, "has members with scores other than 0, which hide others"})
		case kinds[key] == "stream" && atEnd(question.last[key].Val()):
			found = append(found, DamagedKey{key, "has the highest ID that there is, and takes nothing more"})
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &DamagedError{found}
}

func (q damageQuestion) isScored(key string) bool {
	counts, asked := q.scored[key]
	return asked && counts[0].Val()+counts[1].Val() > 0
}

// lastStreamID is the highest ID that a stream can have.
const lastStreamID = "18446744073709551615-18446744073709551615"

// atEnd reports whether a stream has a message with the highest ID.
func atEnd(last []redis.XMessage) bool { return len(last) > 0 && last[0].ID == lastStreamID }

// wrongType reports whether a key holds something else than the command is for.
func wrongType(err error) bool {
	return err != nil && !errors.Is(err, redis.Nil) && strings.Contains(err.Error(), "WRONGTYPE")
}

// without returns the error of an answer, unless the key is damaged: then what it
// holds is left out, and logged.
func (s *Store) without(ctx context.Context, key string, err error) error {
	if !wrongType(err) {
		return err
	}
	s.log.WarnContext(ctx, "a key of Redis is damaged: what it holds is left out", slog.String("key", key), slog.Any("error", err))
	return nil
}
