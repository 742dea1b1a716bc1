package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/store"
)

// redisEvidence is what Redis says of itself.
type redisEvidence struct {
	// problem is why Redis is of no use, nil if it answers.
	problem error
	// silent is why Redis did not tell about itself: some hosts forbid it.
	silent  error
	version string
	// primary is the address to write to instead, if this is a replica.
	replica bool
	primary string
	// policy is what happens when memory runs out; 0 means no limit.
	policy    string
	maxMemory int64
	// appendOnly and snapshots say what outlives a restart; snapshots is nil
	// if that was not told.
	appendOnly bool
	snapshots  *bool
	lastCall   time.Time
}

// askRedis asks through the store whether the list can be used, and then the
// server itself how it keeps it.
func (d *doctor) askRedis(ctx context.Context) (redisEvidence, error) {
	var e redisEvidence
	s, err := store.Open(store.Options{URL: d.config.Redis, Prefix: d.config.RedisPrefix, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return e, usagef("redis: %w", err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	if e.problem = s.Check(ctx); e.problem == nil {
		if last, err := s.Calls(ctx, calllog.Filter{}, 1); err == nil && len(last) > 0 {
			e.lastCall = last[0].Time
		}
	}
	if errors.Is(e.problem, store.ErrUnreachable) {
		return e, nil
	}
	options, err := redis.ParseURL(d.config.Redis)
	if err != nil {
		return e, nil //nolint:nilerr // The store has read the same URL.
	}
	client := redis.NewClient(options)
	defer client.Close() //nolint:errcheck // Nothing is left to be written.
	info, err := client.Info(ctx).Result()
	if err != nil {
		e.silent = err
		return e, nil
	}
	e.readInfo(info)
	// Who may not ask this is not told about snapshots.
	if save, err := client.ConfigGet(ctx, "save").Result(); err == nil {
		snapshots := save["save"] != ""
		e.snapshots = &snapshots
	}
	return e, nil
}

// readInfo reads the answer to INFO.
func (e *redisEvidence) readInfo(text string) {
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			values[name] = value
		}
	}
	e.version = values["redis_version"]
	e.replica = values["role"] == "slave"
	if e.replica {
		e.primary = net.JoinHostPort(values["master_host"], values["master_port"])
	}
	e.policy = values["maxmemory_policy"]
	// Without a readable limit there is none to reach.
	e.maxMemory, _ = strconv.ParseInt(values["maxmemory"], 10, 64)
	e.appendOnly = values["aof_enabled"] == "1"
}

// redisCLI returns the line that carries out a command of Redis. It shows no
// password.
func redisCLI(address, command string) string {
	options, err := redis.ParseURL(address)
	if err != nil {
		return "redis-cli " + command
	}
	line := "redis-cli"
	if options.Network == "unix" {
		line += " -s " + options.Addr
	} else if host, port, err := net.SplitHostPort(options.Addr); err == nil {
		line += " -h " + host + " -p " + port
	}
	if options.TLSConfig != nil {
		line += " --tls"
	}
	if options.Username != "" && options.Username != "default" {
		line += " --user " + options.Username
	}
	if options.Password != "" {
		line += " --askpass"
	}
	return line + " " + command
}

// judgeRedis is about the server that keeps the list.
func judgeRedis(c config, e redisEvidence) []diagnosis {
	const check = "redis"
	if e.problem != nil && !e.replica {
		verdict := found(check, gradeBad, oneLine(e.problem))
		verdict.OutOfReach = errors.Is(e.problem, store.ErrUnreachable)
		switch {
		case verdict.OutOfReach:
			verdict.Type = []string{redisCLI(c.Redis, "ping"), "systemctl start redis-server"}
		case errors.Is(e.problem, store.ErrNewerSchema):
			verdict.Type = []string{"ringfence version"}
		default:
			verdict.Type = []string{"export RINGFENCE_REDIS='redis://:PASSWORD@HOST:PORT/0'"}
		}
		return []diagnosis{verdict}
	}
	if e.silent != nil || e.version == "" {
		why := "it says nothing of its memory and its disk"
		if e.silent != nil {
			why += " (" + oneLine(e.silent) + ")"
		}
		return []diagnosis{found(check, gradeOK, "Redis answers; "+why)}
	}
	verdict := found(check, gradeOK, "Redis "+e.version+" answers")
	if e.replica {
		verdict = found(check, gradeBad, "this Redis is a replica, which takes no changes: name the primary", "export RINGFENCE_REDIS=redis://"+e.primary+"/0")
	}
	return []diagnosis{verdict, judgeMemory(c, e), judgeDisk(c, e)}
}

func judgeMemory(c config, e redisEvidence) diagnosis {
	const check = "redis-memory"
	keep := []string{redisCLI(c.Redis, "config set maxmemory-policy noeviction"), redisCLI(c.Redis, "config rewrite")}
	switch {
	case e.policy == "noeviction" || e.policy == "":
		return found(check, gradeOK, "Redis forgets nothing when its memory is full")
	case e.maxMemory == 0:
		return found(check, gradeOK, "Redis has no limit of memory, and so forgets nothing")
	case strings.HasPrefix(e.policy, "allkeys-"):
		return found(check, gradeBad, fmt.Sprintf("Redis forgets entries of the list when its memory is full (maxmemory-policy %s)", e.policy), keep...)
	}
	return found(check, gradeWarn, fmt.Sprintf("Redis forgets entries before their time when its memory is full (maxmemory-policy %s)", e.policy), keep...)
}

func judgeDisk(c config, e redisEvidence) diagnosis {
	const check = "redis-disk"
	appending := []string{redisCLI(c.Redis, "config set appendonly yes"), redisCLI(c.Redis, "config rewrite")}
	switch {
	case e.appendOnly:
		return found(check, gradeOK, "Redis writes each change to its disk")
	case e.snapshots == nil:
		return found(check, gradeSkip, "Redis has no append-only file, and does not tell whether it saves snapshots")
	case *e.snapshots:
		return found(check, gradeOK, "Redis saves snapshots: the last minutes before a crash may be lost")
	}
	return found(check, gradeWarn, "Redis keeps the list in memory only: it is lost when Redis ends", appending...)
}
