package store

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Damage is a key that cannot be used as it is.
type Damage struct {
	Key string
	// What is wrong with it, as the end of a sentence.
	What string
}

// versionText is the text of the key version.
var versionText = regexp.MustCompile(`^\d+-\S+$`)

// fullStream is the last ID that a stream can have.
var fullStream = fmt.Sprintf("%d-%d", uint64(math.MaxUint64), uint64(math.MaxUint64))

// Damages asks Redis in one round trip which of the fixed keys are damaged, by
// commands that need no further right, and changes nothing. Whether a stream is
// full is known only if its user may ask XINFO, or its last entry is there.
func (s *Store) Damages(ctx context.Context) (damages []Damage, err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	type asked struct {
		key, kind string
		answer    redis.Cmder
	}
	var all []asked
	var version *redis.StringCmd
	streams := map[string]*redis.XInfoStreamCmd{}
	last := map[string]*redis.XMessageSliceCmd{}
	_, err = s.client.Pipelined(ownCheck(ctx), func(pipe redis.Pipeliner) error {
		add := func(key, kind string, answer redis.Cmder) { all = append(all, asked{key, kind, answer}) }
		k := s.keys
		for _, key := range []string{k.list(), k.created(), k.expires(), k.hits(), k.lastHit(), k.prefixes(), k.allowed(), k.callPages(), k.batches()} {
			add(key, "zset", pipe.ZCard(ctx, key))
		}
		for _, key := range []string{k.settings(), k.hours(), k.calendars()} {
			add(key, "hash", pipe.HLen(ctx, key))
		}
		for _, key := range []string{k.calls(), k.audit(), k.events()} {
			add(key, "stream", pipe.XLen(ctx, key))
			last[key] = pipe.XRevRangeN(ctx, key, "+", "-", 1)
			streams[key] = pipe.XInfoStream(ctx, key)
		}
		version = pipe.Get(ctx, k.version())
		add(k.version(), "string", version)
		add(k.growingPage(), "string", pipe.StrLen(ctx, k.growingPage()))
		return nil
	})
	answered := false
	for _, one := range all {
		switch err := one.answer.Err(); {
		case err == nil || err == redis.Nil: //nolint:errorlint // go-redis never wraps it.
			answered = true
		case strings.HasPrefix(err.Error(), "WRONGTYPE"):
			answered = true
			damages = append(damages, Damage{Key: one.key, What: "is no " + one.kind})
		}
	}
	if !answered {
		return nil, err
	}
	if text, err := version.Result(); err == nil && !versionText.MatchString(text) {
		damages = append(damages, Damage{Key: s.keys.version(), What: "holds " + strconv.Quote(text) + ", which is no version of a policy"})
	}
	for _, key := range []string{s.keys.calls(), s.keys.audit(), s.keys.events()} {
		entries := last[key].Val()
		if info := streams[key].Val(); info != nil && info.LastGeneratedID == fullStream || len(entries) > 0 && entries[0].ID == fullStream {
			damages = append(damages, Damage{Key: key, What: "takes no further entry: its last ID is the highest that there is"})
		}
	}
	return damages, nil
}
