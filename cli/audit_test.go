package cli

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// TestUnrecorded breaks the trail: the change is made and shown, and the
// command fails all the same.
func TestUnrecorded(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	prefix := "{" + t.Name() + "}:"
	if err := client.Set(t.Context(), prefix+"audit", "no trail", 0).Err(); err != nil {
		t.Fatal(err)
	}
	common := []string{"--redis", server.URL(), "--redis-prefix", prefix, "--config", "testdata/empty.yml"}
	for _, c := range []struct {
		args []string
		out  string
	}{
		{[]string{"block", "+4930123456"}, "blocked +4930123456\n"},
		{[]string{"remove", "+4930123456"}, "removed +4930123456, which was blocked\n"},
		{[]string{"settings", "set", "mode=observe"}, ""},
	} {
		var out, words bytes.Buffer
		args := append(append([]string{"ringfence"}, c.args...), common...)
		if code := Run(t.Context(), args, strings.NewReader(""), &out, &words); code != exitFailed {
			t.Errorf("%v: exit code %d, want %d", c.args, code, exitFailed)
		}
		if out.String() != c.out || !strings.Contains(words.String(), "what was changed until then is not in the audit trail") {
			t.Errorf("%v: %q, %q", c.args, out.String(), words.String())
		}
	}
	if code := exitCode(fmt.Errorf("%w: %w", errors.New("failed"), store.ErrUnreachable)); code != exitUnreachable {
		t.Errorf("exit code %d without Redis, want %d", code, exitUnreachable)
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
