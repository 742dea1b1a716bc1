package serve

import (
	"testing"

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
