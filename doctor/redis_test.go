package doctor_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

func TestDoctorLooksAtRedis(t *testing.T) {
	for name, test := range map[string]struct {
		setUp       []string
		check       string
		grade       doctor.Grade
		text, first string
	}{
		"well": {
			check: "redis", grade: doctor.OK, text: "answers",
		},
		"a password": {
			setUp: []string{"config set requirepass secret"},
			check: "redis", grade: doctor.Bad, text: "asks for a password", first: "export RINGFENCE_REDIS=",
		},
		"a newer schema": {
			setUp: []string{"set doctor:schema 99"},
			check: "redis", grade: doctor.Bad, text: "newer ringfence", first: "ringfence version",
		},
		"a replica": {
			setUp: []string{"replicaof 127.0.0.1 1"},
			check: "redis", grade: doctor.Bad, text: "is a replica", first: "export RINGFENCE_REDIS=redis://127.0.0.1:1/0",
		},
		"evicts all": {
			setUp: []string{"config set maxmemory-policy allkeys-lru maxmemory 100mb"},
			check: "redis-memory", grade: doctor.Bad, text: "allkeys-lru", first: "config set maxmemory-policy noeviction",
		},
		"evicts what expires": {
			setUp: []string{"config set maxmemory-policy volatile-ttl maxmemory 100mb"},
			check: "redis-memory", grade: doctor.Warn, text: "volatile-ttl", first: "config set maxmemory-policy noeviction",
		},
		"evicts nothing without a limit": {
			setUp: []string{"config set maxmemory-policy allkeys-lru"},
			check: "redis-memory", grade: doctor.OK, text: "no limit",
		},
		"in memory only": {
			setUp: []string{"config set appendonly no"},
			check: "redis-disk", grade: doctor.Warn, text: "in memory only", first: "config set appendonly yes",
		},
		"snapshots": {
			setUp: []string{`config set appendonly no save "900 1"`},
			check: "redis-disk", grade: doctor.OK, text: "snapshots",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := labtest.NeedRedis(t, lab.RedisOptions{Keep: true})
			tell(t, server, test.setUp...)
			d := newDoctor(doctor.Target{Redis: server.URL(), RedisPrefix: "doctor:"})
			e, err := d.AskRedis(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			verdict := want(t, doctor.Judge(doctor.Evidence{Target: d.Target, Redis: e}), test.check, test.grade, test.text)
			if test.first != "" && (len(verdict.Type) == 0 || !strings.Contains(verdict.Type[0], test.first)) {
				t.Errorf("to type: %q", verdict.Type)
			}
		})
	}
}

func TestDoctorWithoutRedis(t *testing.T) {
	t.Parallel()
	d := newDoctor(doctor.Target{Redis: "redis://:secret@" + freeAddress(t) + "/0", RedisPrefix: "doctor:"})
	e, err := d.AskRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checks := doctor.Judge(doctor.Evidence{Target: d.Target, Redis: e})
	if !want(t, checks, "redis", doctor.Bad, "out of reach").OutOfReach {
		t.Error("it does not say that Redis is out of reach")
	}
	if strings.Contains(written(t, checks), "secret") {
		t.Error("the password is shown")
	}
}

func TestDoctorKnowsTheLastCall(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	d := newDoctor(doctor.Target{Redis: server.URL(), RedisPrefix: "doctor:"})
	s, err := store.Open(store.Options{URL: server.URL(), Prefix: d.Target.RedisPrefix})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	at := time.Now().Truncate(time.Millisecond)
	if err := s.AppendCalls(t.Context(), []calllog.Record{{Time: at, Caller: "+4930123456"}}, false); err != nil {
		t.Fatal(err)
	}
	e, err := d.AskRedis(t.Context())
	if err != nil || !e.LastCall.Equal(at) {
		t.Fatalf("the last call was at %s (%v), want %s", e.LastCall, err, at)
	}
	checks := doctor.Judge(doctor.Evidence{Console: doctor.ConsoleEvidence{Silent: errNoConsole}, Redis: e})
	want(t, checks, "dialplan", doctor.Skip, "the last call was screened at "+at.Local().Format(time.DateTime))
}

// A look at Redis leaves it as it is.
func TestDoctorWritesNothing(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	if _, err := newDoctor(doctor.Target{Redis: server.URL(), RedisPrefix: "doctor:"}).AskRedis(t.Context()); err != nil {
		t.Fatal(err)
	}
	if keys := tell(t, server, "dbsize")[0]; keys != ":0" {
		t.Errorf("Redis has %s keys", keys)
	}
}

// tell sends commands to a server and returns the first line of each answer.
func tell(t *testing.T, server *lab.Redis, commands ...string) []string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answers, reader := []string{}, bufio.NewReader(conn)
	for _, command := range commands {
		if _, err := conn.Write([]byte(command + "\r\n")); err != nil {
			t.Fatal(err)
		}
		answer, err := reader.ReadString('\n')
		if err != nil || answer[0] == '-' {
			t.Fatalf("%s: %q, %v", command, answer, err)
		}
		answers = append(answers, strings.TrimSpace(answer))
	}
	return answers
}

func TestJudgeRedisThatTellsLittle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		e    doctor.RedisEvidence
		want []string
	}{
		"no INFO":         {doctor.RedisEvidence{Silent: errors.New("NOPERM")}, []string{"redis ok"}},
		"an empty INFO":   {doctor.RedisEvidence{}, []string{"redis ok"}},
		"no CONFIG":       {doctor.RedisEvidence{Server: store.Server{Version: "7"}}, []string{"redis ok", "redis-memory ok", "redis-disk skip"}},
		"an unknown kind": {doctor.RedisEvidence{Server: store.Server{Version: "7", EvictionPolicy: "new", MaxMemory: 1}}, []string{"redis ok", "redis-memory warn", "redis-disk skip"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range doctor.Judge(doctor.Evidence{Redis: test.e}) {
				if strings.HasPrefix(f.Check, "redis") {
					got = append(got, fmt.Sprintf("%s %s", f.Check, f.Grade))
				}
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
		if got := doctor.RedisCLI(address, "ping"); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}
