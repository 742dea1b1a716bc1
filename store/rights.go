package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// command is one that the program or a script of it sends to Redis.
type command struct {
	name string
	// keys and words are how many arguments of each kind it takes at least.
	keys, words int
}

// commands are all that the program needs. Its scripts run under the rights of
// the same user.
var commands = byName(
	taking(0, 0, "discard exec multi ping time"),
	taking(0, 2, "eval evalsha"),
	taking(0, 3, "xread"),
	taking(1, 0, "del get hgetall hkeys hlen incr mget smembers strlen unlink xlen type zcard"),
	taking(1, 1, "append expire hdel hget hmget pexpire sadd set setnx srem zmscore zrem zscore"),
	taking(1, 2, "hset xrange xrevrange xtrim zadd zcount zincrby zlexcount zrange zrangebylex zrangebyscore "+
		"zremrangebyrank zrevrange zrevrangebylex"),
	taking(1, 3, "xadd"),
)

func byName(groups ...[]command) []command {
	all := slices.Concat(groups...)
	slices.SortFunc(all, func(a, b command) int { return strings.Compare(a.name, b.name) })
	return all
}

// taking returns the commands of these names, which take as many arguments.
func taking(keys, words int, names string) (list []command) {
	for name := range strings.FieldsSeq(names) {
		list = append(list, command{name, keys, words})
	}
	return list
}

// transaction are the commands that Try itself is made of.
var transaction = []string{"multi", "discard", "exec"}

// Rights are the rules of ACL SETUSER that permit all that the program needs,
// and nothing else, with keys under a prefix; "" means DefaultPrefix.
func Rights(prefix string) ([]string, error) {
	k, err := newKeys(prefix)
	if err != nil {
		return nil, err
	}
	rights := []string{keyRight(k)}
	for _, c := range commands {
		rights = append(rights, "+"+c.name)
	}
	return rights, nil
}

// keyRight is the rule that permits our keys.
func keyRight(k keys) string {
	return "~" + strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(k.prefix) + "*"
}

// Trial is what Redis says to the commands that the program needs.
type Trial struct {
	// User is that of the URL. Missing are the rules of ACL SETUSER that it lacks.
	User    string
	Missing []string
	// Refused is why Redis refuses changes at present, nil if it doesn't.
	Refused error
}

// Try has Redis check each command that the program needs, and executes none.
func (s *Store) Try(ctx context.Context) (trial Trial, err error) {
	defer s.finish(ctx, opTry, s.now(), &err)
	client, err := s.node(ctx)
	if err != nil {
		return trial, err
	}
	trial.User = cmp.Or(client.Options().Username, "default")
	sent := make([]*redis.Cmd, len(commands))
	// Redis checks a command when it is queued. DISCARD drops the queue.
	var begin *redis.Cmd
	_, err = client.Pipelined(ownCheck(ctx), func(pipe redis.Pipeliner) error {
		begin = pipe.Do(ctx, "multi")
		for i, c := range commands {
			if slices.Contains(transaction, c.name) {
				sent[i] = begin
				continue
			}
			sent[i] = pipe.Do(ctx, c.sample(s.keys.schema())...)
		}
		pipe.Do(ctx, "discard")
		return nil
	})
	// Each command has its own error; one that was not checked, or that Redis
	// does not know, says nothing of rights.
	if begun := begin.Err(); begun != nil && !strings.Contains(begun.Error(), "NOPERM") {
		return trial, begun
	}
	if err != nil && !slices.ContainsFunc(sent, func(c *redis.Cmd) bool { return c.Err() != nil }) {
		return trial, err // of the connection
	}
	for i, c := range commands {
		err := sent[i].Err()
		if err == nil {
			continue
		}
		switch text := err.Error(); {
		case !strings.Contains(text, "NOPERM"):
			if slices.Contains(refusesChanges, ReasonOf(err)) {
				trial.Refused = s.explain(ctx, "write", err)
			}
		case strings.Contains(text, "access"): // "… to access a key"
			if !slices.Contains(trial.Missing, keyRight(s.keys)) {
				trial.Missing = append(trial.Missing, keyRight(s.keys))
			}
		default:
			trial.Missing = append(trial.Missing, "+"+c.name)
		}
	}
	return trial, nil
}

// node returns the server that keeps our keys.
func (s *Store) node(ctx context.Context) (*redis.Client, error) {
	if cluster, ok := s.client.(*redis.ClusterClient); ok {
		return cluster.MasterForKey(ctx, s.keys.schema())
	}
	return s.client.(*redis.Client), nil
}

// sample is a call of the command with a key of ours.
func (c command) sample(key string) []any {
	sample := []any{c.name}
	for range c.keys {
		sample = append(sample, key)
	}
	if c.name == "xread" {
		return append(sample, "streams", key, "0")
	}
	for range c.words {
		sample = append(sample, "0")
	}
	return sample
}

// refusesChanges are the reasons of a Redis that answers reads.
var refusesChanges = []Reason{NoReplicas, OutOfMemory, DiskFails, IsReplica}
