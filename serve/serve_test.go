package serve

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/config"
)

// A try in memory must not take the place of what the real service remembers.
func TestAnEmbeddedListIsNotSaved(t *testing.T) {
	t.Parallel()
	if file := policyFile(config.Config{State: "/state", Embedded: true}); file != "" {
		t.Errorf("it is, in %s", file)
	}
	if file := policyFile(config.Config{State: "/state"}); file != "/state/policy.json" {
		t.Errorf("the list in Redis is remembered in %q", file)
	}
}

// Ensure that the log says when the policy is not saved.
func TestRun_SaysThatNoFolderIsKnown(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"", t.TempDir()} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		conf := config.Config{
			Redis: "redis://127.0.0.1:1", ARIURL: "http://127.0.0.1:1", ARIUsername: "u", ARIPassword: "p", ARIApp: "ringfence",
			HTTP: "127.0.0.1:0", State: state, Region: "DE", DrainTimeout: time.Second, Deadline: time.Second, Instance: "here",
		}
		var log strings.Builder
		if err := Run(ctx, conf, Output{Writer: &log}, time.Now); err != nil {
			t.Fatal(err)
		}
		if said := strings.Contains(log.String(), "the policy is not saved"); said != (state == "") {
			t.Errorf("with the folder %q the log says\n%s", state, log.String())
		}
	}
}
