package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/store"
)

// judgeRedis is about the servers that keep the list.
func judgeRedis(t Target, e RedisEvidence) []Finding {
	const check = "redis"
	replica := len(e.Servers) == 1 && e.Servers[0].Replica
	if e.Problem != nil && !replica {
		if len(e.Trial.Missing) > 0 {
			return []Finding{judgeRights(t, e.Trial)}
		}
		return []Finding{judgeUseless(t, e.Problem)}
	}
	if errors.Is(e.Silent, store.ErrUnreachable) {
		verdict := found(check, Bad, "a part of Redis does not answer: "+oneLine(e.Silent), redisCLI(t.Redis, "cluster nodes"))
		verdict.OutOfReach = true
		return []Finding{verdict}
	}
	if e.Silent != nil || len(e.Servers) == 0 || e.Servers[0].Version == "" {
		why := "it says nothing of its memory and its disk"
		if e.Silent != nil {
			why += " (" + oneLine(e.Silent) + ")"
		}
		return append([]Finding{found(check, OK, "Redis answers; "+why)}, judgeWrites(t, e)...)
	}
	verdict := found(check, OK, "Redis "+e.Servers[0].Version+" answers"+setupWords(e))
	switch {
	case e.Setup == store.Alone && e.Servers[0].Clustered:
		return []Finding{found(check, Bad, "this Redis is a node of a cluster, which keeps a part of the list only: name a second node, too",
			"export RINGFENCE_REDIS='redis://"+hostOf(t.Redis)+"?addr=HOST2:PORT'")}
	case replica:
		verdict = found(check, Bad, "this Redis is a replica, which takes no changes: name the primary", "export RINGFENCE_REDIS=redis://"+e.Servers[0].Primary+"/0")
	}
	findings := append([]Finding{verdict}, judgeWrites(t, e)...)
	findings = append(findings, worst(t, e, judgeMemory), worst(t, e, judgeDisk), worst(t, e, judgeClock))
	if e.Setup == store.Cluster || e.Setup == store.Sentinels {
		findings = append(findings, judgeReplicas(t, e))
	}
	return findings
}

// judgeUseless is about a Redis whose data are of no use.
func judgeUseless(t Target, problem error) Finding {
	verdict := found("redis", Bad, oneLine(problem))
	verdict.OutOfReach = errors.Is(problem, store.ErrUnreachable)
	switch {
	case verdict.OutOfReach:
		verdict.Type = []string{redisCLI(t.Redis, "ping"), "systemctl start redis-server"}
		if parsed, err := url.Parse(t.Redis); err == nil && parsed.Query().Has("master_name") {
			verdict.Type[0] = redisCLI(t.Redis, "sentinel get-master-addr-by-name "+parsed.Query().Get("master_name"))
		}
	case errors.Is(problem, store.ErrNewerSchema):
		verdict.Type = []string{"ringfence version"}
	default:
		write := cmp.Or(suggested.FindString(oneLine(problem)), "redis://:PASSWORD@HOST:PORT/0")
		verdict.Type = []string{"export RINGFENCE_REDIS='" + write + "'"}
	}
	return verdict
}

func setupWords(e RedisEvidence) string {
	replicas := 0
	for _, server := range e.Servers {
		replicas += server.Replicas
	}
	switch e.Setup {
	case store.Cluster:
		return fmt.Sprintf(": a cluster of %s and %s", some(len(e.Servers), "primary", "primaries"), some(replicas, "replica", "replicas"))
	case store.Sentinels:
		return fmt.Sprintf(": the primary that the sentinels know, at %s, and %s", e.Servers[0].Address, some(replicas, "replica", "replicas"))
	case store.Alone:
	}
	return ""
}

func some(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// worst is the gravest finding about one of the servers.
func worst(t Target, e RedisEvidence, judge func(Target, store.Server) Finding) Finding {
	grave := []Grade{Skip, OK, Warn, Bad}
	var finding Finding
	for i, server := range e.Servers {
		next := judge(t, server)
		if i == 0 || slices.Index(grave, next.Grade) > slices.Index(grave, finding.Grade) {
			finding = next
		}
	}
	return finding
}

// costs is what a Redis costs that answers reads only.
const costs = ": listed callers are refused, but rate rules do not count, call records wait and no change is possible"

// judgeWrites is about a Redis that refuses changes or has a user who lacks
// rights. It says nothing of a replica: judgeRedis does.
func judgeWrites(t Target, e RedisEvidence) []Finding {
	const check = "redis-writes"
	if len(e.Trial.Missing) > 0 {
		return []Finding{judgeRights(t, e.Trial)}
	}
	if e.Trial.Refused == nil {
		return []Finding{found(check, OK, "Redis accepts changes, and its user has all rights that serve needs")}
	}
	var server store.Server
	if len(e.Servers) > 0 {
		server = e.Servers[0]
	}
	cli := func(command string) string { return serverCLI(t.Redis, server.Address, command) }
	switch store.ReasonOf(e.Trial.Refused) {
	case store.NoReplicas:
		return []Finding{found(check, Bad, fmt.Sprintf("Redis refuses changes (NOREPLICAS): %s it, fewer than min-replicas-to-write; start the others, or lower the limit",
			some(server.Replicas, "replica follows", "replicas follow"))+costs,
			cli("config set min-replicas-to-write "+strconv.Itoa(server.Replicas)))}
	case store.OutOfMemory:
		return []Finding{found(check, Bad, "Redis refuses changes (OOM): its memory is full; remove other data, or raise maxmemory"+costs,
			cli(fmt.Sprintf("config set maxmemory %dmb", 2*(server.UsedMemory>>20)+1)), cli("config rewrite"))}
	case store.DiskFails:
		return []Finding{found(check, Bad, "Redis refuses changes (MISCONF): it cannot save its data; make room in its folder and save again, or let it go on without saving"+costs,
			cli("config get dir"), cli("bgsave"), cli("config set stop-writes-on-bgsave-error no"))}
	case store.IsReplica:
		return nil
	default:
		return []Finding{found(check, Bad, oneLine(e.Trial.Refused)+costs)}
	}
}

// mostRights is how many missing rights a finding names.
const mostRights = 4

// judgeRights is about a user who lacks rights.
func judgeRights(t Target, trial store.Trial) Finding {
	named := strings.Join(trial.Missing[:min(mostRights, len(trial.Missing))], " ")
	if more := len(trial.Missing) - mostRights; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	return found("redis-writes", Bad, fmt.Sprintf("the user %s of Redis lacks the rights %s", trial.User, named)+costs,
		adminCLI(t.Redis, "acl setuser "+trial.User+" "+quoted(trial.Missing)))
}

// quoted are words as a shell takes them.
func quoted(words []string) string {
	var text []string
	for _, word := range words {
		if strings.HasPrefix(word, "~") {
			word = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		text = append(text, word)
	}
	return strings.Join(text, " ")
}

// judgeReplicas is about what happens when a primary fails.
func judgeReplicas(t Target, e RedisEvidence) Finding {
	const check = "redis-replicas"
	for _, server := range e.Servers {
		if server.Replicas > 0 {
			continue
		}
		line := "redis-cli -h HOST -p PORT replicaof " + strings.Replace(server.Address, ":", " ", 1)
		if e.Setup == store.Cluster {
			line = redisCLI(t.Redis, "--cluster add-node HOST:PORT "+server.Address+" --cluster-slave")
		}
		return found(check, Warn, "the primary at "+server.Address+" has no replica: when it fails, nothing takes its place", line)
	}
	return found(check, OK, "each primary has a replica that can take its place")
}

func judgeMemory(t Target, s store.Server) Finding {
	const check = "redis-memory"
	keep := []string{
		serverCLI(t.Redis, s.Address, "config set maxmemory-policy noeviction"),
		serverCLI(t.Redis, s.Address, "config rewrite"),
	}
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

// maxAhead is how far clocks may differ until somebody should look. Rate rules
// bear a minute; times in the log and in the audit trail are those of both.
const maxAhead = 10 * time.Second

func judgeClock(_ Target, s store.Server) Finding {
	const check = "redis-clock"
	switch {
	case s.Ahead > maxAhead:
		return found(check, Warn, fmt.Sprintf("the clock of Redis is %s ahead of this machine's", s.Ahead.Round(time.Second)), "timedatectl set-ntp true")
	case s.Ahead < -maxAhead:
		return found(check, Warn, fmt.Sprintf("the clock of Redis is %s behind this machine's", (-s.Ahead).Round(time.Second)), "timedatectl set-ntp true")
	}
	return found(check, OK, "the clocks of Redis and of this machine agree")
}

func judgeDisk(t Target, s store.Server) Finding {
	const check = "redis-disk"
	appending := []string{
		serverCLI(t.Redis, s.Address, "config set appendonly yes"),
		serverCLI(t.Redis, s.Address, "config rewrite"),
	}
	switch {
	case s.SaveFails:
		return found(check, Bad, "Redis could not write its data to its disk: what changes is lost when Redis ends",
			serverCLI(t.Redis, s.Address, "config get dir"), serverCLI(t.Redis, s.Address, "bgsave"))
	case s.AppendOnly:
		return found(check, OK, "Redis writes each change to its disk")
	case !s.SnapshotsKnown:
		return found(check, Skip, "Redis has no append-only file, and does not tell whether it saves snapshots")
	case s.Snapshots:
		return found(check, OK, "Redis saves snapshots: the last minutes before a crash may be lost")
	}
	return found(check, Warn, "Redis keeps the list in memory only: it is lost when Redis ends", appending...)
}
