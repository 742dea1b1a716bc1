package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/ringfence/ringfence/store"
)

// redisCLI returns the line that carries out a command of Redis. It shows no
// password.
func redisCLI(address, command string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "redis-cli " + command
	}
	line := "redis-cli"
	if parsed.Scheme == "unix" {
		line += " -s " + parsed.Path
	} else {
		line += " -h " + cmp.Or(parsed.Hostname(), "localhost") + " -p " + cmp.Or(parsed.Port(), "6379")
	}
	if parsed.Scheme == "rediss" {
		line += " --tls"
	}
	if user := parsed.User.Username(); user != "" && user != "default" {
		line += " --user " + user
	}
	if password, _ := parsed.User.Password(); password != "" {
		line += " --askpass"
	}
	return line + " " + command
}

// judgeRedis is about the server that keeps the list.
func judgeRedis(t Target, e RedisEvidence) []Finding {
	const check = "redis"
	if e.Problem != nil && !e.Server.Replica {
		verdict := found(check, Bad, oneLine(e.Problem))
		verdict.OutOfReach = errors.Is(e.Problem, store.ErrUnreachable)
		switch {
		case verdict.OutOfReach:
			verdict.Type = []string{redisCLI(t.Redis, "ping"), "systemctl start redis-server"}
		case errors.Is(e.Problem, store.ErrNewerSchema):
			verdict.Type = []string{"ringfence version"}
		default:
			verdict.Type = []string{"export RINGFENCE_REDIS='redis://:PASSWORD@HOST:PORT/0'"}
		}
		return []Finding{verdict}
	}
	if e.Silent != nil || e.Server.Version == "" {
		why := "it says nothing of its memory and its disk"
		if e.Silent != nil {
			why += " (" + oneLine(e.Silent) + ")"
		}
		return []Finding{found(check, OK, "Redis answers; "+why)}
	}
	verdict := found(check, OK, "Redis "+e.Server.Version+" answers")
	if e.Server.Replica {
		verdict = found(check, Bad, "this Redis is a replica, which takes no changes: name the primary", "export RINGFENCE_REDIS=redis://"+e.Server.Primary+"/0")
	}
	return []Finding{verdict, judgeMemory(t, e.Server), judgeDisk(t, e.Server)}
}

func judgeMemory(t Target, s store.Server) Finding {
	const check = "redis-memory"
	keep := []string{redisCLI(t.Redis, "config set maxmemory-policy noeviction"), redisCLI(t.Redis, "config rewrite")}
	switch {
	case s.EvictionPolicy == "noeviction" || s.EvictionPolicy == "":
		return found(check, OK, "Redis forgets nothing when its memory is full")
	case s.MaxMemory == 0:
		return found(check, OK, "Redis has no limit of memory, and so forgets nothing")
	case strings.HasPrefix(s.EvictionPolicy, "allkeys-"):
		return found(check, Bad, fmt.Sprintf("Redis forgets entries of the list when its memory is full (maxmemory-policy %s)", s.EvictionPolicy), keep...)
	}
	return found(check, Warn, fmt.Sprintf("Redis forgets entries before their time when its memory is full (maxmemory-policy %s)", s.EvictionPolicy), keep...)
}

func judgeDisk(t Target, s store.Server) Finding {
	const check = "redis-disk"
	appending := []string{redisCLI(t.Redis, "config set appendonly yes"), redisCLI(t.Redis, "config rewrite")}
	switch {
	case s.AppendOnly:
		return found(check, OK, "Redis writes each change to its disk")
	case !s.SnapshotsKnown:
		return found(check, Skip, "Redis has no append-only file, and does not tell whether it saves snapshots")
	case s.Snapshots:
		return found(check, OK, "Redis saves snapshots: the last minutes before a crash may be lost")
	}
	return found(check, Warn, "Redis keeps the list in memory only: it is lost when Redis ends", appending...)
}
