package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringfence/ringfence/store"
)

// fullMemory is the percentage of maxmemory from which on Redis is nearly full.
const fullMemory = 90

func checkMemory(t Target, s store.Server) Finding {
	const check = "redis-memory"
	rewrite := serverCLI(t.Redis, s.Address, "config rewrite")
	keep := []string{serverCLI(t.Redis, s.Address, "config set maxmemory-policy noeviction"), rewrite}
	used := int64(0)
	if s.MaxMemory > 0 {
		used = s.UsedMemory * 100 / s.MaxMemory
	}
	switch {
	case s.MaxMemory > 0 && strings.HasPrefix(s.EvictionPolicy, "allkeys-"):
		return newFinding(check, Bad, fmt.Sprintf("Redis deletes entries of the list when its memory is full (maxmemory-policy %s)", s.EvictionPolicy), keep...)
	case s.MaxMemory > 0 && s.EvictionPolicy != "noeviction" && s.EvictionPolicy != "":
		return newFinding(check, Warn, fmt.Sprintf("Redis deletes temporary entries early when its memory is full (maxmemory-policy %s)", s.EvictionPolicy), keep...)
	case used >= fullMemory:
		return newFinding(check, Warn, fmt.Sprintf("Redis uses %d %% of its maxmemory, and refuses changes when it is full: remove other data, or raise maxmemory", used),
			serverCLI(t.Redis, s.Address, raisedMemory(s)), rewrite)
	case s.EvictionPolicy != "noeviction" && s.EvictionPolicy != "":
		return newFinding(check, OK, "Redis has no memory limit and keeps every key")
	}
	return newFinding(check, OK, "maxmemory-policy noeviction: ok")
}

// raisedMemory returns the command that gives Redis twice the memory that it uses.
func raisedMemory(s store.Server) string {
	return fmt.Sprintf("config set maxmemory %dmb", 2*(s.UsedMemory>>20)+1)
}

// slightSkew is the difference up to which clocks agree.
const slightSkew = 10 * time.Second

func checkClock(_ Target, s store.Server) Finding {
	const check = "redis-clock"
	skew, where := s.Ahead, "ahead of"
	if skew < 0 {
		skew, where = -skew, "behind"
	}
	text := fmt.Sprintf("the clock of Redis is %s %s this machine's", skew.Round(time.Second), where)
	switch {
	case skew > store.MaxClockSkew:
		return newFinding(check, Warn, text+": entries end by the clock of Redis; if this machine's is wrong, so are working time, the windows of rate rules and the times of records. Set the wrong clock, by",
			"timedatectl set-ntp true")
	case skew > slightSkew:
		return newFinding(check, Warn, text, "timedatectl set-ntp true")
	}
	return newFinding(check, OK, "the clocks of Redis and of this machine agree")
}

func checkDisk(t Target, s store.Server) Finding {
	const check = "redis-disk"
	appending := []string{
		serverCLI(t.Redis, s.Address, "config set appendonly yes"),
		serverCLI(t.Redis, s.Address, "config rewrite"),
	}
	switch {
	case s.SaveFails:
		return newFinding(check, Bad, "Redis could not write its data to disk: changes are lost when Redis ends",
			serverCLI(t.Redis, s.Address, "config get dir"), serverCLI(t.Redis, s.Address, "bgsave"))
	case s.AppendOnly:
		return newFinding(check, OK, "Redis writes each change to disk")
	case !s.SnapshotsKnown:
		return newFinding(check, Skip, "Redis has no append-only file, and whether it saves snapshots is not known")
	case s.Snapshots:
		return newFinding(check, OK, "Redis saves snapshots: the last minutes before a crash may be lost")
	}
	return newFinding(check, Warn, "Redis stores the list in memory only: it is lost when Redis ends", appending...)
}
