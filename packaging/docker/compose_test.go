package docker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cleanUpTime is kept free at the end of the test for taking everything down.
const cleanUpTime = time.Minute

// A project is what docker-compose.yml starts, under a name of its own.
type project struct {
	compose []string // docker-compose, or docker compose
	env     []string
}

// newProject skips the test where containers cannot be run.
func newProject(ctx context.Context, t *testing.T) *project {
	t.Helper()
	brief, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := exec.CommandContext(brief, "docker", "info").Run(); err != nil {
		t.Skipf("no Docker engine answers here (docker info: %v), so the containers are not tried", err)
	}
	for _, compose := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if exec.CommandContext(brief, compose[0], append(compose[1:], "version")...).Run() != nil {
			continue
		}
		return &project{compose: compose, env: append(os.Environ(),
			fmt.Sprintf("COMPOSE_PROJECT_NAME=ringfence-test-%d", os.Getpid()),
			"RINGFENCE_TAG=test",
			"RINGFENCE_ARI_PASSWORD=made;for\\this test",
			// The engine chooses free ports.
			"RINGFENCE_SIP_PORT=0",
			"RINGFENCE_HTTP_PORT=0",
			// What the machine fetches from may listen on its own address only.
			"RINGFENCE_BUILD_NETWORK=host",
			"GOPROXY="+goEnv(ctx, t, "GOPROXY"),
			"GOSUMDB="+goEnv(ctx, t, "GOSUMDB"),
			"VERSION=test",
		)}
	}
	t.Skip("docker compose is not installed, so the containers are not tried")
	return nil
}

func goEnv(ctx context.Context, t *testing.T, name string) string {
	t.Helper()
	value, err := exec.CommandContext(ctx, "go", "env", name).Output()
	if err != nil {
		t.Fatalf("go env %s: %v", name, err)
	}
	return strings.TrimSpace(string(value))
}

// boundedContext ends in time for the cleaning up, and on Ctrl-C.
func boundedContext(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	t.Cleanup(stop)
	deadline, bounded := t.Deadline()
	if !bounded {
		deadline = time.Now().Add(10 * time.Minute)
	}
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(-cleanUpTime))
	t.Cleanup(cancel)
	return ctx
}

// run runs a program at the root of the tree and returns what it printed.
func (p *project) run(ctx context.Context, t *testing.T, name string, arguments ...string) string {
	t.Helper()
	output, err := p.try(ctx, name, arguments...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, lastLines(output, 60))
	}
	return output
}

func (p *project) try(ctx context.Context, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, name, arguments...)
	command.Dir = "../.."
	command.Env = p.env
	// What a script has started ends with it, and has time to clean up.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	output, err := command.CombinedOutput()
	return string(output), err
}

// do runs docker compose.
func (p *project) do(ctx context.Context, t *testing.T, arguments ...string) string {
	t.Helper()
	return p.run(ctx, t, p.compose[0], append(p.compose[1:len(p.compose):len(p.compose)], arguments...)...)
}

// down removes the containers, networks and volumes of this project, and what
// builds of this tree left behind a day ago or earlier.
func (p *project) down(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpTime)
	defer cancel()
	if t.Failed() {
		t.Log(lastLines(p.do(ctx, t, "logs", "--no-color"), 100))
	}
	p.do(ctx, t, "--profile", "demo", "down", "--volumes", "--remove-orphans", "--timeout", "5")
	p.run(ctx, t, "docker", "image", "prune", "--force", "--filter", "label=ringfence.origin=build", "--filter", "until=24h")
}

// A container is what the engine tells of one.
type container struct {
	State struct {
		Status string
		Health struct{ Status string }
	}
	Config     struct{ User string }
	HostConfig struct {
		ReadonlyRootfs bool
		Privileged     bool
		CapDrop        []string
		SecurityOpt    []string
		PortBindings   map[string][]struct{ HostIP string }
	}
}

func (p *project) inspect(ctx context.Context, t *testing.T, service string) container {
	t.Helper()
	id := strings.TrimSpace(p.do(ctx, t, "ps", "--quiet", service))
	var found []container
	if err := json.Unmarshal([]byte(p.run(ctx, t, "docker", "inspect", id)), &found); err != nil {
		t.Fatalf("inspect %s: %v", service, err)
	}
	return found[0]
}

// waitHealthy waits until the service's own health check says so.
func (p *project) waitHealthy(ctx context.Context, t *testing.T, service string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	poll := time.NewTicker(500 * time.Millisecond)
	defer poll.Stop()
	for {
		state := p.inspect(ctx, t, service).State
		if state.Health.Status == "healthy" {
			return
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			t.Fatalf("%s is %s, %s, and not healthy within a minute", service, state.Status, state.Health.Status)
		}
	}
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
