package cli

import (
	"os"
	"testing"

	"github.com/ringfence/ringfence/audit"
)

func TestActor(t *testing.T) {
	t.Parallel()
	under := func(variables map[string]string) audit.By {
		return actor(func(name string) string { return variables[name] })
	}
	self := under(nil)
	if self.Via != audit.CommandLine || self.Name == "" {
		t.Errorf("actor %v", self)
	}
	// Who isn't root can set any name.
	want := self.Name
	if os.Geteuid() == 0 {
		want = "alice"
	}
	if got := under(map[string]string{"SUDO_USER": "alice", "USER": "bob", "LOGNAME": "bob"}); got.Name != want {
		t.Errorf("actor %q, want %q", got.Name, want)
	}
}
