package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

func TestDoctorLooksAtRedis(t *testing.T) {
	for name, test := range map[string]struct {
		setUp       [][]any
		check       string
		grade       grade
		text, first string
	}{
		"well": {
			check: "redis", grade: gradeOK, text: "answers",
		},
		"a password": {
			setUp: [][]any{{"config", "set", "requirepass", "secret"}},
			check: "redis", grade: gradeBad, text: "asks for a password", first: "export RINGFENCE_REDIS=",
		},
		"a newer schema": {
			setUp: [][]any{{"set", "doctor:schema", "99"}},
			check: "redis", grade: gradeBad, text: "newer ringfence", first: "ringfence version",
		},
		"a replica": {
			setUp: [][]any{{"replicaof", "127.0.0.1", "1"}},
			check: "redis", grade: gradeBad, text: "is a replica", first: "export RINGFENCE_REDIS=redis://127.0.0.1:1/0",
		},
		"evicts all": {
			setUp: [][]any{{"config", "set", "maxmemory-policy", "allkeys-lru", "maxmemory", "100mb"}},
			check: "redis-memory", grade: gradeBad, text: "allkeys-lru", first: "config set maxmemory-policy noeviction",
		},
		"evicts what expires": {
			setUp: [][]any{{"config", "set", "maxmemory-policy", "volatile-ttl", "maxmemory", "100mb"}},
			check: "redis-memory", grade: gradeWarn, text: "volatile-ttl", first: "config set maxmemory-policy noeviction",
		},
		"evicts nothing without a limit": {
			setUp: [][]any{{"config", "set", "maxmemory-policy", "allkeys-lru"}},
			check: "redis-memory", grade: gradeOK, text: "no limit",
		},
		"in memory only": {
			setUp: [][]any{{"config", "set", "appendonly", "no"}},
			check: "redis-disk", grade: gradeWarn, text: "in memory only", first: "config set appendonly yes",
		},
		"snapshots": {
			setUp: [][]any{{"config", "set", "appendonly", "no", "save", "900 1"}},
			check: "redis-disk", grade: gradeOK, text: "snapshots",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := labtest.NeedRedis(t, lab.RedisOptions{Keep: true})
			client := redis.NewClient(&redis.Options{Addr: server.Address()})
			defer client.Close() //nolint:errcheck // Nothing is left to be written.
			for _, command := range test.setUp {
				if err := client.Do(t.Context(), command...).Err(); err != nil {
					t.Fatal(err)
				}
			}
			d := &doctor{config: config{Redis: server.URL(), RedisPrefix: "doctor:"}}
			e, err := d.askRedis(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			verdict := want(t, judgeRedis(d.config, e), test.check, test.grade, test.text)
			if test.first != "" && (len(verdict.Type) == 0 || !strings.Contains(verdict.Type[0], test.first)) {
				t.Errorf("to type: %q", verdict.Type)
			}
		})
	}
}

func TestDoctorWithoutRedis(t *testing.T) {
	t.Parallel()
	d := &doctor{config: config{Redis: "redis://:secret@" + freeAddress(t) + "/0", RedisPrefix: "doctor:"}}
	e, err := d.askRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checks := judgeRedis(d.config, e)
	want(t, checks, "redis", gradeBad, "out of reach")
	if code := exitCode(conclude(checks)); code != exitUnreachable {
		t.Errorf("exit code %d, want %d", code, exitUnreachable)
	}
	if strings.Contains(written(t, checks), "secret") {
		t.Error("the password is shown")
	}
}

func TestDoctorKnowsTheLastCall(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	d := &doctor{config: config{Redis: server.URL(), RedisPrefix: "doctor:"}}
	s, err := store.Open(store.Options{URL: server.URL(), Prefix: d.config.RedisPrefix})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	at := time.Now().Truncate(time.Millisecond)
	if err := s.AppendCalls(t.Context(), []calllog.Record{{Time: at, Caller: "+4930123456"}}, false); err != nil {
		t.Fatal(err)
	}
	e, err := d.askRedis(t.Context())
	if err != nil || !e.lastCall.Equal(at) {
		t.Fatalf("the last call was at %s (%v), want %s", e.lastCall, err, at)
	}
	verdict := judgeDialplan(evidence{console: consoleEvidence{silent: errNoConsole}, redis: e})
	if !strings.Contains(verdict.Finding, "the last call was screened at "+localTime(at)) {
		t.Errorf("finding: %s", verdict.Finding)
	}
}

func TestJudgeRedisThatTellsLittle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		e    redisEvidence
		want []string
	}{
		"no INFO":         {redisEvidence{silent: errors.New("NOPERM")}, []string{"redis ok"}},
		"an empty INFO":   {redisEvidence{}, []string{"redis ok"}},
		"no CONFIG":       {redisEvidence{version: "7"}, []string{"redis ok", "redis-memory ok", "redis-disk skip"}},
		"an unknown kind": {redisEvidence{version: "7", policy: "new", maxMemory: 1}, []string{"redis ok", "redis-memory warn", "redis-disk skip"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, d := range judgeRedis(config{}, test.e) {
				got = append(got, fmt.Sprintf("%s %s", d.Check, d.Grade))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedisCLI(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"redis://127.0.0.1:6379/0":            "redis-cli -h 127.0.0.1 -p 6379 ping",
		"rediss://alice:secret@cache:6380/2":  "redis-cli -h cache -p 6380 --tls --user alice --askpass ping",
		"redis://:secret@localhost:6379":      "redis-cli -h localhost -p 6379 --askpass ping",
		"unix:///run/redis/redis.sock?db=1":   "redis-cli -s /run/redis/redis.sock ping",
		"redis://default:secret@[::1]:6379/0": "redis-cli -h ::1 -p 6379 --askpass ping",
	} {
		if got := redisCLI(address, "ping"); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
