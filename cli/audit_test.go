package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// A change that cannot be recorded is not made.
func TestNothingIsChangedUnrecorded(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	if err := client.Set(t.Context(), "{x}:audit", "no trail", 0).Err(); err != nil {
		t.Fatal(err)
	}
	common := []string{"--redis", server.URL(), "--redis-prefix", "x", "--config", "testdata/empty.yml"}
	for _, args := range [][]string{{"block", "+4930123456"}, {"settings", "set", "mode=observe"}, {"hours", "set", "default", "Mo-Fr 09:00-17:00"}} {
		var out, words bytes.Buffer
		all := append(append([]string{"ringfence"}, args...), common...)
		if code := Run(t.Context(), all, strings.NewReader(""), &out, &words); code != exitFailed || out.String() != "" {
			t.Errorf("%v: exit code %d, %q", args, code, out.String())
		}
	}
	if keys := client.Keys(t.Context(), "*").Val(); len(keys) != 1 {
		t.Errorf("keys: %q", keys)
	}
}

func TestTypist(t *testing.T) {
	self := typistUnder()
	if self.Via != audit.CommandLine || self.Name == "" {
		t.Errorf("typist %v", self)
	}
	// Whoever isn't root can call themselves anything.
	want := self.Name
	if os.Geteuid() == 0 {
		want = "alice"
	}
	if got := typistUnder("SUDO_USER=alice", "USER=bob", "LOGNAME=bob"); got.Name != want {
		t.Errorf("typist %q, want %q", got.Name, want)
	}
}
