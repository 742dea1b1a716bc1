package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/retry"
	"github.com/ringfence/ringfence/store"
)

// askRedis checks that the list is usable, and reads the state of the servers.
func (d *Doctor) askRedis(ctx context.Context) (RedisEvidence, error) {
	var e RedisEvidence
	var reports reports
	s, err := store.Open(store.Options{URL: d.Target.Redis, Prefix: d.Target.RedisPrefix, Now: time.Now, Log: slog.New(&reports)})
	if err != nil {
		return e, fmt.Errorf("redis: %w", err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	e.Setup = s.Setup()
	if e.Problem = s.Check(ctx); e.Problem == nil {
		if last, err := s.Calls(ctx, calllog.Filter{}, 1); err == nil && len(last) > 0 {
			e.LastCall = last[0].Time
		}
		askData(ctx, s, &e)
	}
	if !errors.Is(e.Problem, retry.ErrUnreachable) {
		// A Redis that answers nothing else says why in Problem.
		if damage, ok := errors.AsType[*store.DamagedError](s.Damage(ctx)); ok {
			e.Damages = damage.Keys
		}
		// If the trial fails, Servers shows why.
		e.Trial, _ = s.Try(ctx)
		e.Servers, e.Err = s.Servers(ctx)
	}
	e.Unreadable = reports.without(e.Damages)
	return e, nil
}

// checkRedis checks the servers that store the list.
func checkRedis(t Target, e RedisEvidence) []Finding {
	const check = "redis"
	replica := len(e.Servers) == 1 && e.Servers[0].Replica
	if e.Problem != nil && !replica {
		switch {
		case len(e.Trial.Missing) > 0:
			return []Finding{checkRights(t, e)}
		case len(e.Damages) > 0:
			return checkData(t, e)
		}
		return []Finding{checkUnusable(t, e.Problem)}
	}
	if errors.Is(e.Err, retry.ErrUnreachable) {
		finding := newFinding(check, Bad, "some servers of Redis do not answer: "+oneLine(e.Err), redisCLI(t.Redis, "cluster nodes"))
		finding.Unreachable = true
		return []Finding{finding}
	}
	if e.Err != nil || len(e.Servers) == 0 || e.Servers[0].Version == "" {
		why := "it does not show the state of its memory and its disk"
		if e.Err != nil {
			why += " (" + oneLine(e.Err) + ")"
		}
		return slices.Concat([]Finding{newFinding(check, OK, "Redis answers; "+why)}, checkWrites(t, e), checkData(t, e))
	}
	finding := newFinding(check, OK, "Redis "+e.Servers[0].Version+" answers"+setupWords(e))
	switch {
	case e.Setup == store.Alone && e.Servers[0].Clustered:
		where, lines := t.changeRedis("add addr=HOST2:PORT to what follows the ? of the URL, and leave the database out",
			func(u *redisURL) { u.spread("HOST2:PORT") })
		return []Finding{newFinding(check, Bad, "this Redis is a node of a cluster and stores only a part of the list: name a second node too"+where, lines...)}
	case replica:
		primary := e.Servers[0].Primary
		where, lines := t.changeRedis("write "+primary+" in place of the host and the port", func(u *redisURL) { u.moveTo(primary) })
		finding = newFinding(check, Bad, "this Redis is a replica, which refuses changes: name the primary"+where, lines...)
	}
	findings := append([]Finding{finding}, checkWrites(t, e)...)
	findings = append(findings, worst(t, e, checkMemory), worst(t, e, checkDisk), worst(t, e, checkClock))
	if e.Setup == store.Cluster || e.Setup == store.Sentinels {
		findings = append(findings, checkReplicas(t, e))
	}
	return append(findings, checkData(t, e)...)
}

// checkUnusable explains why the data are not usable.
func checkUnusable(t Target, problem error) Finding {
	finding := newFinding("redis", Bad, oneLine(problem))
	finding.Unreachable = errors.Is(problem, retry.ErrUnreachable)
	switch {
	case finding.Unreachable:
		finding.Text += ": start Redis, or correct the URL"
		finding.Type = []string{redisCLI(t.Redis, "ping")}
		if parsed, err := url.Parse(t.Redis); err == nil && parsed.Query().Has("master_name") {
			finding.Type[0] = redisCLI(t.Redis, "sentinel get-master-addr-by-name "+shellWord(parsed.Query().Get("master_name")))
		}
	case errors.Is(problem, store.ErrNewerSchema):
		finding.Type = []string{"ringfence version"}
	default:
		like := suggested.FindString(oneLine(problem))
		words := "correct the URL"
		if like != "" {
			words += ", as in " + like
		}
		where, lines := t.changeRedis(words, func(u *redisURL) { u.follow(like) })
		finding.Text += where
		if like != "" || strings.Contains(t.Redis, maskedPassword) {
			finding.Type = append(finding.Type, lines...)
		}
	}
	return finding
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
		return fmt.Sprintf(": the primary of the sentinels at %s, and %s", e.Servers[0].Address, some(replicas, "replica", "replicas"))
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

// worst returns the most severe finding about the servers.
func worst(t Target, e RedisEvidence, check func(Target, store.Server) Finding) Finding {
	severity := []Grade{Skip, OK, Warn, Bad}
	var finding Finding
	for i, server := range e.Servers {
		next := check(t, server)
		if i == 0 || slices.Index(severity, next.Grade) > slices.Index(severity, finding.Grade) {
			finding = next
		}
	}
	return finding
}

// noLookups is what happens while Redis refuses lookups.
const noLookups = ": no caller is looked up, only prefixes are refused"

// readOnlyEffect is what happens while Redis refuses writes.
const readOnlyEffect = ": listed callers are refused, but rate rules do not count, call records wait and no change is possible"

// checkWrites checks that Redis accepts changes and that its user has all rights.
// It reports no replica: checkRedis does.
func checkWrites(t Target, e RedisEvidence) []Finding {
	const check = "redis-writes"
	if len(e.Trial.Missing) > 0 {
		return []Finding{checkRights(t, e)}
	}
	if e.Trial.Refused == nil {
		return []Finding{newFinding(check, OK, "Redis accepts changes, and its user has all rights that serve needs")}
	}
	var server store.Server
	if len(e.Servers) > 0 {
		server = e.Servers[0]
	}
	cli := func(command string) string { return serverCLI(t.Redis, server.Address, command) }
	switch store.ReasonOf(e.Trial.Refused) {
	case store.NoReplicas:
		return []Finding{newFinding(check, Bad, fmt.Sprintf("Redis refuses changes (NOREPLICAS): %s it, fewer than min-replicas-to-write; start the others, or lower the limit",
			some(server.Replicas, "replica follows", "replicas follow"))+readOnlyEffect,
			cli("config set min-replicas-to-write "+strconv.Itoa(server.Replicas)))}
	case store.OutOfMemory:
		return []Finding{newFinding(check, Bad, "Redis refuses changes (OOM): its memory is full; remove other data, or raise maxmemory"+readOnlyEffect,
			cli(raisedMemory(server)), cli("config rewrite"))}
	case store.DiskFails:
		return []Finding{newFinding(check, Bad, "Redis refuses changes (MISCONF): it cannot save its data; free space in its folder and save again, or turn stop-writes-on-bgsave-error off"+readOnlyEffect,
			cli("config get dir"), cli("bgsave"), cli("config set stop-writes-on-bgsave-error no"))}
	case store.IsReplica:
		return nil
	default:
		return []Finding{newFinding(check, Bad, oneLine(e.Trial.Refused)+readOnlyEffect)}
	}
}

// maxRights bounds the missing rights that a finding names.
const maxRights = 4

// checkRights reports missing rights of the user.
func checkRights(t Target, e RedisEvidence) Finding {
	trial, effect := e.Trial, readOnlyEffect
	if e.Problem != nil {
		effect = noLookups
	}
	named := strings.Join(trial.Missing[:min(maxRights, len(trial.Missing))], " ")
	if more := len(trial.Missing) - maxRights; more > 0 {
		named += fmt.Sprintf(" and %d more", more)
	}
	return newFinding("redis-writes", Bad, fmt.Sprintf("the user %s of Redis lacks the rights %s", trial.User, named)+effect,
		adminCLI(t.Redis, "acl setuser "+trial.User+" "+quoted(trial.Missing)))
}

// quoted returns words quoted for a shell.
func quoted(words []string) string {
	var text []string
	for _, word := range words {
		if strings.HasPrefix(word, "~") {
			word = shellQuoted(word)
		}
		text = append(text, word)
	}
	return strings.Join(text, " ")
}

// checkReplicas checks that each primary has a replica.
func checkReplicas(t Target, e RedisEvidence) Finding {
	const check = "redis-replicas"
	for _, server := range e.Servers {
		if server.Replicas > 0 {
			continue
		}
		line := "redis-cli -h HOST -p PORT replicaof " + strings.Replace(server.Address, ":", " ", 1)
		if e.Setup == store.Cluster {
			line = redisCLI(t.Redis, "--cluster add-node HOST:PORT "+server.Address+" --cluster-slave")
		}
		return newFinding(check, Warn, "the primary at "+server.Address+" has no replica that replaces it if it fails", line)
	}
	return newFinding(check, OK, "each primary has a replica")
}
