package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

func TestOpenRefusesURLsOfSeveralServers(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"redis://:" + secret + "@h:1?addr=" + secret:                                       "cannot read the Redis URL",
		"redis://u:1#" + secret + "@h:6379":                                                "cannot read the Redis URL",
		"redis://h:1?addr=" + secret + "@h:2":                                              "cannot read the Redis URL",
		"redis://h:1?addr=h:2&password=" + secret:                                          "cannot read the Redis URL",
		"redis://h:1?master_name=&password=" + secret:                                      "cannot read the Redis URL",
		"redis://h:1?master_name=m&sentinel_password=" + secret:                            "cannot read the Redis URL",
		"redis://h:1/" + secret + "?master_name=m":                                         "cannot read the Redis URL",
		"unix://:" + secret + "@/run/redis.sock?addr=h:1":                                  "cannot read the Redis URL",
		"redis://:" + secret + "@h:1/3?addr=h:2":                                           "a cluster has none but 0",
		"redis://:" + secret + "@h:1?addr=h:2&read_only=true":                              "reading from replicas",
		"redis://:" + secret + "@h:1?addr=h:2&route_randomly=true":                         "reading from replicas",
		"redis://h:1?master_name=m&password=" + secret + "&replica_only=true":              "reading from replicas",
		"redis://h:1?master_name=m&password=" + secret + "&addr=h:2&route_by_latency=true": "reading from replicas",
	} {
		if _, err := store.Open(store.Options{URL: url}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v, want %q", url, err, want)
		}
	}
}

func FuzzOpenShowsNoSecret(f *testing.F) {
	for _, url := range []string{
		"redis://u:SECRET@h:1/2", "rediss://u:SECRET@h:1?addr=h:2&addr=SECRET", "unix://u:SECRET@/s?db=SECRET",
		"redis://:SECRET@h?master_name=m&username=u&password=SECRET&addr=h:2", "redis://h?master_name=m&route_by_latency=1",
	} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		s, err := store.Open(store.Options{URL: url})
		if err == nil {
			_ = s.Close()
		} else if strings.Contains(err.Error(), "SECRET") {
			t.Error(err)
		}
	})
}

// For the wrong kind of server in the URL, the error says what to write.
func TestTheWrongKindOfServerIsReported(t *testing.T) {
	cluster := labtest.SharedRedisCluster(t)
	pair := labtest.SharedRedisSentinel(t)
	alone := labtest.NeedRedis(t, lab.RedisOptions{})
	node, sentinel := cluster.Nodes()[0].Address(), pair.Sentinels()[0].Address()
	for name, test := range map[string]struct{ url, want string }{
		"a node of a cluster": {"redis://" + node, "is a node of a cluster: name a second one in the URL, redis://" + node + "?addr=127.0.0.1:"},
		"its database":        {"redis://" + node + "/1", "which has no databases but 0"},
		"a sentinel":          {"redis://" + sentinel + "/0", "redis://" + sentinel + "/0?master_name=mymaster"},
		"a replica":           {pair.Servers()[1].URL(), "is a replica, which refuses changes: name the primary"},
		"no cluster":          {alone.URL() + "?addr=" + alone.Address(), "is not a cluster: name one server"},
		"no sentinel":         {alone.URL() + "?master_name=mymaster", "that is not a sentinel"},
		"another name":        {strings.Replace(pair.URL(), "mymaster", "yours", 1), "no sentinel knows a primary of this name"},
	} {
		t.Run(name, func(t *testing.T) {
			s := fixture{url: test.url, prefix: "x:"}.open(t, store.Options{})
			said := 0
			for method, do := range everything(t, s) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // for who follows a log that there is
				err := do(ctx)
				cancel()
				if err == nil {
					continue
				}
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %v", method, err)
				}
				if strings.Contains(err.Error(), test.want) {
					said++
				} else {
					t.Logf("%s: %v", method, err)
				}
			}
			// Which keys a node of a cluster has is a matter of chance.
			if said < 3 {
				t.Errorf("%d methods say %q", said, test.want)
			}
		})
	}
}

// Each part of Redis asks for its own password, and gets it.
func TestPasswordsOfSeveralServers(t *testing.T) {
	pair := labtest.NeedRedisSentinel(t)
	for _, server := range pair.Servers() {
		for _, setting := range []string{"masterauth", "requirepass"} {
			send(t, server, "CONFIG", "SET", setting, secret)
		}
	}
	for _, sentinel := range pair.Sentinels() {
		send(t, sentinel, "SENTINEL", "SET", "mymaster", "auth-pass", secret)
	}
	without := fixture{url: pair.URL(), prefix: "x:"}.open(t, store.Options{})
	if err := without.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "&password=PASSWORD") {
		t.Error("no password gives", err)
	}
	with := fixture{url: pair.URL() + "&password=" + secret, prefix: "x:"}.open(t, store.Options{})
	if err := with.CheckWritable(t.Context()); err != nil {
		t.Error(err)
	}
	for _, sentinel := range pair.Sentinels() {
		send(t, sentinel, "ACL", "SETUSER", "default", "resetpass", ">other")
	}
	for url, want := range map[string]string{
		pair.URL() + "&password=" + secret:                                 "the sentinels ask for a password",
		strings.Replace(pair.URL(), "redis://", "redis://:"+secret+"@", 1): "the sentinels refuse",
	} {
		s := fixture{url: url, prefix: "x:"}.open(t, store.Options{})
		if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	both := fixture{url: strings.Replace(pair.URL(), "redis://", "redis://:other@", 1) + "&password=" + secret, prefix: "x:"}.open(t, store.Options{})
	if err := both.CheckWritable(t.Context()); err != nil {
		t.Error(err)
	}
}

// The password of a cluster goes to every node.
func TestThePasswordOfACluster(t *testing.T) {
	cluster := labtest.NeedRedisCluster(t)
	for _, node := range cluster.Nodes() {
		for _, setting := range []string{"masterauth", "requirepass"} {
			send(t, node, "CONFIG", "SET", setting, secret)
		}
	}
	for password, want := range map[string]string{
		"":      "redis://:PASSWORD@HOST:PORT?addr=HOST2:PORT",
		"guess": "refuses the user name or the password",
		secret:  "",
	} {
		url := cluster.URL()
		if password != "" {
			url = strings.Replace(url, "redis://", "redis://:"+password+"@", 1)
		}
		s := fixture{url: url, prefix: "x:"}.open(t, store.Options{})
		_, err := s.Put(t.Context(), []blacklist.Entry{block(t, "100"), block(t, "101"), block(t, "102"), block(t, "+4420*")})
		if want == "" {
			if err != nil {
				t.Error(err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func send(t *testing.T, server *lab.Redis, words ...string) {
	t.Helper()
	if answer, err := server.Ask(context.WithoutCancel(t.Context()), words...); err != nil || answer != "OK" {
		t.Fatalf("%v: %q, %v", words, answer, err)
	}
}
