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

func TestDoctorChecksRedis(t *testing.T) {
	for name, test := range map[string]struct {
		setUp       []string
		noSnapshots bool
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
			setUp: []string{"set {doctor}:schema 99"},
			check: "redis", grade: doctor.Bad, text: "newer ringfence", first: "ringfence version",
		},
		"a replica": {
			setUp: []string{"replicaof 127.0.0.1 1"},
			check: "redis", grade: doctor.Bad, text: "is a replica", first: "export RINGFENCE_REDIS=redis://127.0.0.1:1/0",
		},
		"too few replicas": {
			setUp: []string{"config set min-replicas-to-write 1"},
			check: "redis-writes", grade: doctor.Bad, text: "NOREPLICAS", first: "config set min-replicas-to-write 0",
		},
		"a disk that fails": {
			setUp: []string{`config set save "3600 1"`, "bgsave"}, noSnapshots: true,
			check: "redis-writes", grade: doctor.Bad, text: "MISCONF", first: "config get dir",
		},
		"full": {
			setUp: []string{"config set maxmemory 1"},
			check: "redis-writes", grade: doctor.Bad, text: "OOM", first: "config set maxmemory ",
		},
		"a user without scripts": {
			setUp: []string{"acl setuser default -@scripting"},
			check: "redis-writes", grade: doctor.Bad, text: "the user default of Redis lacks the rights +eval +evalsha:", first: "acl setuser default +eval +evalsha",
		},
		"a user without EVALSHA": {
			setUp: []string{"acl setuser default -evalsha"},
			check: "redis-writes", grade: doctor.Bad, text: "lacks the rights +evalsha:", first: "acl setuser default +evalsha",
		},
		"a user without writes": {
			setUp: []string{"acl setuser default -@write"},
			check: "redis-writes", grade: doctor.Bad, text: "lacks the rights +append +del ", first: "acl setuser default +append ",
		},
		"a user without reads": {
			setUp: []string{"acl setuser default -get"},
			check: "redis-writes", grade: doctor.Bad, text: "lacks the rights +get:", first: "acl setuser default +get",
		},
		"a user without our keys": {
			setUp: []string{"acl setuser default resetkeys ~other:*"},
			check: "redis-writes", grade: doctor.Bad, text: "lacks the rights ~{doctor}:*:", first: "acl setuser default '~{doctor}:*'",
		},
		"a version of another type": {
			setUp: []string{"sadd {doctor}:version x"},
			check: "redis-data", grade: doctor.Bad, text: "{doctor}:version holds a set rather than a text", first: "renamenx '{doctor}:version' '{doctor}:version.damaged'",
		},
		"a version that is none": {
			setUp: []string{"set {doctor}:version seven"},
			check: "redis-data", grade: doctor.Bad, text: "holds a text that is not a version", first: "renamenx '{doctor}:version' ",
		},
		"a log that is full": {
			setUp: []string{"xadd {doctor}:calls 18446744073709551615-18446744073709551615 a b"},
			check: "redis-data", grade: doctor.Bad, text: "{doctor}:calls has the highest ID that there is", first: "renamenx '{doctor}:calls' ",
		},
		"a setting that is none": {
			setUp: []string{"hset {doctor}:settings mode sleepy"},
			check: "redis-data", grade: doctor.Warn, text: "cannot read a setting",
		},
		"observe": {
			setUp: []string{"hset {doctor}:settings mode observe"},
			check: "mode", grade: doctor.Warn, text: "no caller is refused",
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
			check: "redis-memory", grade: doctor.OK, text: "no memory limit",
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
			if test.noSnapshots {
				if err := server.BreakSnapshots(); err != nil {
					t.Fatal(err)
				}
			}
			tell(t, server, test.setUp...)
			eventuallySaved(t, server)
			d := newDoctor(doctor.Target{Redis: server.URL(), RedisPrefix: "doctor:"})
			e, err := d.AskRedis(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			finding := want(t, doctor.Diagnose(doctor.Evidence{Target: d.Target, Redis: e}), test.check, test.grade, test.text)
			if test.first != "" && (len(finding.Type) == 0 || !strings.Contains(finding.Type[0], test.first)) {
				t.Errorf("to type: %q", finding.Type)
			}
		})
	}
}

// Ensure the doctor sees what a cluster and sentinels are made of, and says
// what to write who names a part of one.
func TestDoctorChecksSeveralServers(t *testing.T) {
	cluster, pair := labtest.NeedRedisCluster(t), labtest.NeedRedisSentinel(t)
	for _, node := range cluster.Nodes() {
		tell(t, node, "config set maxmemory 100mb")
	}
	evicting := cluster.Nodes()[1]
	tell(t, evicting, "config set maxmemory-policy allkeys-lru")
	node, sentinel := cluster.Nodes()[0].Address(), pair.Sentinels()[0].Address()
	host, port, _ := strings.Cut(evicting.Address(), ":")

	type test struct {
		url, check  string
		grade       doctor.Grade
		text, first string
	}
	look := func(tests map[string]test) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				d := newDoctor(doctor.Target{Redis: test.url, RedisPrefix: "doctor:"})
				e, err := d.AskRedis(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				finding := want(t, doctor.Diagnose(doctor.Evidence{Target: d.Target, Redis: e}), test.check, test.grade, test.text)
				if test.first != "" && (len(finding.Type) == 0 || !strings.Contains(finding.Type[0], test.first)) {
					t.Errorf("to type: %q", finding.Type)
				}
			})
		}
	}
	look(map[string]test{
		"a cluster":             {cluster.URL(), "redis", doctor.OK, "a cluster of 3 primaries and 3 replicas", ""},
		"its replicas":          {cluster.URL(), "redis-replicas", doctor.OK, "each primary has a replica", ""},
		"a node that evicts":    {cluster.URL(), "redis-memory", doctor.Bad, "allkeys-lru", "-h " + host + " -p " + port + " config set"},
		"a node of it":          {"redis://" + node, "redis", doctor.Bad, "is a node of a cluster", "export RINGFENCE_REDIS='redis://" + node + "?addr="},
		"sentinels":             {pair.URL(), "redis", doctor.OK, "at " + pair.Servers()[0].Address() + ", and 1 replica", ""},
		"a sentinel":            {"redis://" + sentinel, "redis", doctor.Bad, "if it is a sentinel", "redis://" + sentinel + "?master_name=mymaster&addr=HOST2:26379'"},
		"sentinels' disk":       {pair.URL(), "redis-disk", doctor.Warn, "in memory only", "-p " + pair.Servers()[0].Address()[len("127.0.0.1:"):]},
		"sentinels of no such":  {strings.Replace(pair.URL(), "mymaster", "yours", 1), "redis", doctor.Bad, "no sentinel knows", ""},
		"a replica of the pair": {pair.Servers()[1].URL(), "redis", doctor.Bad, "is a replica", pair.Servers()[0].URL()},
	})
	if err := pair.Servers()[1].Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Nodes()[0].Pause(); err != nil {
		t.Fatal(err)
	}
	look(map[string]test{
		"no replica":          {pair.URL(), "redis-replicas", doctor.Warn, "has no replica", "replicaof 127.0.0.1 "},
		"a node that is dead": {cluster.URL(), "redis", doctor.Bad, "unreachable", "redis-cli"},
	})
}

func TestServerCLI(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"redis://u:secret@h:1?addr=h:2":                                           "redis-cli -h h -p 2 --user u --askpass ping",
		"rediss://u:secret@h:1?master_name=m&username=v&password=secret&addr=h:3": "redis-cli -h h -p 2 --tls --user v --askpass ping",
		"redis://:secret@h:1?master_name=m&addr=h:3":                              "redis-cli -h h -p 2 ping",
	} {
		if got := doctor.ServerCLI(url, "h:2", "ping"); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

func TestDoctorWithoutRedis(t *testing.T) {
	t.Parallel()
	d := newDoctor(doctor.Target{Redis: "redis://:secret@" + freeAddress(t) + "/0", RedisPrefix: "doctor:"})
	e, err := d.AskRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checks := doctor.Diagnose(doctor.Evidence{Target: d.Target, Redis: e})
	if !want(t, checks, "redis", doctor.Bad, "unreachable").Unreachable {
		t.Error("the finding is not marked as unreachable")
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
	if err := s.AppendCalls(t.Context(), calllog.Batch{Records: []calllog.Record{{Time: at, Caller: "+4930123456"}}}); err != nil {
		t.Fatal(err)
	}
	e, err := d.AskRedis(t.Context())
	if err != nil || !e.LastCall.Equal(at) {
		t.Fatalf("the last call was at %s (%v), want %s", e.LastCall, err, at)
	}
	checks := doctor.Diagnose(doctor.Evidence{Console: doctor.ConsoleEvidence{Err: errNoConsole}, Redis: e})
	want(t, checks, "dialplan", doctor.Skip, "the last call was screened at "+at.Local().Format(time.DateTime))
}

// A damaged key is one finding, although the store logs it too.
func TestDoctorNamesADamagedKeyOnce(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	tell(t, server, "set {doctor}:settings x", "set {doctor}:hours x", "hset {doctor}:calendars x y")
	d := newDoctor(doctor.Target{Redis: server.URL(), RedisPrefix: "doctor:"})
	e, err := d.AskRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"{doctor}:settings", "{doctor}:hours"} {
		var named []string
		for _, f := range doctor.Diagnose(doctor.Evidence{Target: d.Target, Redis: e}) {
			if strings.Contains(f.Text, key) {
				named = append(named, f.Text)
			}
		}
		if len(named) != 1 {
			t.Errorf("%s: %q", key, named)
		}
	}
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

// eventuallySaved waits for the end of a BGSAVE.
func eventuallySaved(t *testing.T, server *lab.Redis) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		info, err := server.Ask(t.Context(), "INFO", "persistence")
		if err != nil && !strings.Contains(err.Error(), "NOAUTH") {
			t.Fatal(err)
		}
		if !strings.Contains(info, "rdb_bgsave_in_progress:1") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("BGSAVE takes longer than 10 s")
		}
		time.Sleep(5 * time.Millisecond)
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

func TestDiagnoseRedisWithoutState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		e    doctor.RedisEvidence
		want []string
	}{
		"no INFO":         {doctor.RedisEvidence{Err: errors.New("NOPERM")}, []string{"redis ok", "redis-writes ok"}},
		"an empty INFO":   {doctor.RedisEvidence{}, []string{"redis ok", "redis-writes ok"}},
		"no CONFIG":       {doctor.RedisEvidence{Servers: []store.Server{{Version: "7"}}}, []string{"redis ok", "redis-writes ok", "redis-memory ok", "redis-disk skip", "redis-clock ok"}},
		"an unknown kind": {doctor.RedisEvidence{Servers: []store.Server{{Version: "7", EvictionPolicy: "new", MaxMemory: 1}}}, []string{"redis ok", "redis-writes ok", "redis-memory warn", "redis-disk skip", "redis-clock ok"}},
		"nearly full": {
			doctor.RedisEvidence{Servers: []store.Server{{Version: "7", EvictionPolicy: "noeviction", MaxMemory: 100, UsedMemory: 90}}},
			[]string{"redis ok", "redis-writes ok", "redis-memory warn", "redis-disk skip", "redis-clock ok"},
		},
		"a clock ahead": {
			doctor.RedisEvidence{Servers: []store.Server{{Version: "7"}, {Version: "7", Ahead: 11 * time.Second}}},
			[]string{"redis ok", "redis-writes ok", "redis-memory ok", "redis-disk skip", "redis-clock warn"},
		},
		"a clock far behind": {
			doctor.RedisEvidence{Servers: []store.Server{{Version: "7", Ahead: -61 * time.Second}}},
			[]string{"redis ok", "redis-writes ok", "redis-memory ok", "redis-disk skip", "redis-clock warn"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range doctor.Diagnose(doctor.Evidence{Redis: test.e}) {
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
