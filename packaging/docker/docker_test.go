// Package docker_test builds and runs what docker-compose.yml describes, on the
// Docker engine of the machine.
package docker_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

var services = []string{"redis", "asterisk", "ringfence"}

// TestCompose is one story, since starting the containers is what costs: its
// parts build on each other.
func TestCompose(t *testing.T) {
	ctx := boundedContext(t)
	p := newProject(ctx, t)

	clock := time.Now()
	took := func(what string) {
		t.Helper()
		t.Logf("%s: %.1f s", what, time.Since(clock).Seconds())
		clock = time.Now()
	}
	t.Log(p.run(ctx, t, "packaging/docker/bases.sh"))
	took("base images")
	p.do(ctx, t, "--profile", "demo", "build")
	took("build")

	t.Cleanup(func() { p.down(t) })
	p.do(ctx, t, "up", "--detach")
	for _, service := range services {
		p.waitHealthy(ctx, t, service)
	}
	took("start")

	t.Run("callers get what they should", func(t *testing.T) {
		t.Log("\n" + p.demo(ctx, t))
	})
	t.Run("containers can do little", func(t *testing.T) {
		for _, service := range services {
			p.checkHardened(ctx, t, service)
		}
	})
	t.Run("the list outlives a restart of Redis", func(t *testing.T) {
		p.do(ctx, t, "exec", "-T", "ringfence", "ringfence", "block", "+442079460101", "--reason", "kept")
		p.do(ctx, t, "restart", "redis")
		p.waitHealthy(ctx, t, "redis")
		if list := p.do(ctx, t, "exec", "-T", "ringfence", "ringfence", "list"); !strings.Contains(list, "+442079460101") {
			t.Errorf("the number blocked before is not in the list:\n%s", list)
		}
		p.waitHealthy(ctx, t, "ringfence")
		p.demo(ctx, t)
	})
	t.Run("calls continue while Ringfence is dead", func(t *testing.T) {
		p.do(ctx, t, "kill", "ringfence")
		t.Log("\n" + p.demo(ctx, t, "--unscreened"))
		p.do(ctx, t, "up", "--detach", "ringfence")
		p.waitHealthy(ctx, t, "ringfence")
		p.demo(ctx, t)
	})
	took("trials")
}

// demo runs the service that places calls, which fails if a caller does not
// get what it should.
func (p *project) demo(ctx context.Context, t *testing.T, arguments ...string) string {
	t.Helper()
	return p.do(ctx, t, append([]string{"--profile", "demo", "run", "--rm", "--no-deps", "-T", "demo"}, arguments...)...)
}

func (p *project) checkHardened(ctx context.Context, t *testing.T, service string) {
	t.Helper()
	c := p.inspect(ctx, t, service)
	if user, _, _ := strings.Cut(c.Config.User, ":"); slices.Contains([]string{"", "0", "root"}, user) {
		t.Errorf("%s runs as user %q", service, c.Config.User)
	}
	if !c.HostConfig.ReadonlyRootfs {
		t.Errorf("%s can write to its root", service)
	}
	if c.HostConfig.Privileged || !slices.Equal(c.HostConfig.CapDrop, []string{"ALL"}) {
		t.Errorf("%s drops the capabilities %q", service, c.HostConfig.CapDrop)
	}
	if !slices.Contains(c.HostConfig.SecurityOpt, "no-new-privileges:true") {
		t.Errorf("%s has the security options %q", service, c.HostConfig.SecurityOpt)
	}
	for port, bindings := range c.HostConfig.PortBindings {
		for _, binding := range bindings {
			if binding.HostIP != "127.0.0.1" {
				t.Errorf("%s is published at %q, port %s", service, binding.HostIP, port)
			}
		}
	}
}
